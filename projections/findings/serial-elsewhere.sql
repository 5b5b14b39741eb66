-- code: SERIAL-TWO-PLACES
-- title: Serial numbers seen where their rack is not
-- severity: critical
-- basis: what is seen at one site is in the books at another
-- explains: a transport that is not recorded yet; labels that were read wrong
-- subject: rack
-- with: word
WITH seen AS (
  SELECT sighting.serial, sighting.event_idx, inspection.site, word.valid_at, word.valid_until,
         word.occurred, unit.rack, max(told.valid_at || printf('%012d', told.idx))
  FROM sighting
  JOIN word ON word.idx = sighting.event_idx AND sighting.found
  JOIN inspection ON inspection.event_idx = sighting.event_idx
  JOIN unit ON unit.serial = sighting.serial
  JOIN word AS told ON told.idx = unit.event_idx AND told.valid_at < word.valid_until
  GROUP BY sighting.serial, sighting.event_idx
),
grouped AS (
  SELECT rack, site, event_idx, valid_at, valid_until, occurred, count(*) AS units,
         min(serial) AS serial
  FROM seen
  WHERE rack IS NOT NULL AND (:subject IS NULL OR seen.rack = :subject)
  GROUP BY rack, event_idx
)
SELECT rack AS subject,
       json_array(event_idx, (SELECT max(posting.event_idx) FROM posting
                              WHERE posting.rack = grouped.rack AND book = 'possession'
                                AND posting.valid_at < grouped.valid_until
                                AND posting.idx <= :known_at)) AS entries,
       printf('serial number %s of %s%s seen at %s on %s; the books have the rack elsewhere', serial,
         rack, iif(units > 1, printf(' and %,d more were', units - 1), ' was'), site, occurred)
         AS facts
FROM grouped
-- What came there before the inspection was over, less what had left before it began.
WHERE coalesce((SELECT sum(iif(posting.quantity > 0 OR posting.valid_at < grouped.valid_at,
                               posting.quantity, 0))
                FROM posting
                WHERE posting.rack = grouped.rack AND book = 'possession'
                  AND +posting.site = grouped.site AND posting.valid_at < grouped.valid_until
                  AND posting.idx <= :known_at), 0) <= 0
