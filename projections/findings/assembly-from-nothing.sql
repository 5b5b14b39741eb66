-- code: ASSEMBLY-FROM-NOTHING
-- title: A rack built of units that its integrator did not have
-- severity: critical
-- basis: conservation: units come out of nowhere into a rack
-- explains: a receipt or a commissioning that is missing, late, or names another site
-- note: Dates are taken as the entries allow at best, as for NEG-BALANCE.
-- subject: rack
-- with: word
WITH built AS (
  SELECT assembly.rack, assembly.event_idx, assembly.integrator, assembly.site, line.model,
         line.batch, sum(line.quantity) AS quantity, word.valid_at, word.valid_until
  FROM assembly
  JOIN word ON word.idx = assembly.event_idx
  JOIN line ON line.event_idx = assembly.event_idx
  WHERE (:subject IS NULL OR assembly.rack = :subject)
  GROUP BY assembly.event_idx, line.model, line.batch
),
flow AS (
  SELECT posting.holder, posting.site, posting.model, posting.batch, posting.event_idx,
         sum(posting.quantity) AS quantity
  FROM posting
  WHERE posting.batch IN (SELECT batch FROM built) AND book = 'possession' AND state = 'stock'
    AND rack IS NULL AND shipment IS NULL AND posting.valid_at < :as_of
    AND posting.idx <= :known_at
  GROUP BY holder, site, model, batch, event_idx
),
level AS (
  SELECT flow.*,
         sum(flow.quantity) OVER (
           PARTITION BY flow.holder COLLATE NOCASE, flow.site COLLATE NOCASE,
             flow.model COLLATE NOCASE, flow.batch
           ORDER BY iif(flow.quantity > 0, event.valid_at, event.valid_until), flow.quantity > 0)
           AS at_best
  FROM flow JOIN event ON event.idx = flow.event_idx
  WHERE flow.quantity <> 0
)
SELECT built.rack AS subject, json_array(built.event_idx) AS entries,
       printf('%s is built of %,d GPUs of batch %s; %s had %,d fewer in stock at %s', built.rack,
         built.quantity, built.batch, built.integrator, -level.at_best, built.site) AS facts
FROM built
JOIN level ON level.event_idx = built.event_idx AND level.batch = built.batch
  AND level.model = built.model
WHERE level.at_best < 0 AND level.quantity < 0
