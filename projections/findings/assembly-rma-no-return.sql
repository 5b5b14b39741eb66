-- code: RMA-NO-RETURN
-- title: Replaced units neither returned nor destroyed
-- severity: high
-- basis: 15 CFR 740.10: what is replaced one for one goes back or is destroyed
-- explains: units that wait for a shipment; a repair that kept title on purpose
-- subject: rack
-- waits: yes
-- thresholds: days (60, days from the repair)
-- with: word
WITH out_of AS (
  SELECT replacement.event_idx, replacement.rack, replacement.holder, replacement.site, line.model,
         line.batch, line.quantity, word.occurred
  FROM replacement
  JOIN word ON word.idx = replacement.event_idx
  JOIN line ON line.event_idx = replacement.event_idx AND line.part = 'out'
  WHERE (:subject IS NULL OR replacement.rack = :subject)
    AND julianday(word.valid_until) + :days <= julianday(:as_of)
),
lying AS (
  SELECT out_of.*,
         (SELECT sum(posting.quantity) FROM posting
          WHERE posting.batch = out_of.batch AND posting.rack IS NULL AND book = 'possession'
            AND +posting.holder = out_of.holder AND +posting.site = out_of.site
            AND state = 'quarantined' AND posting.valid_at < :as_of
            AND posting.idx <= :known_at) AS left_there
  FROM out_of
)
SELECT rack AS subject, json_array(event_idx) AS entries,
       printf('%,d GPUs of batch %s taken out of %s on %s are still set apart at %s',
         min(quantity, left_there), batch, rack, occurred, site) AS facts
FROM lying
WHERE left_there > 0
