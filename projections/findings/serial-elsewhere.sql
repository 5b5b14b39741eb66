-- code: SERIAL-TWO-PLACES
-- title: Serial numbers seen where their rack is not
-- severity: critical
-- basis: what is seen at one site is in the books at another
-- explains: a transport that is not recorded yet; labels that were read wrong
-- subject: rack
-- with: sighted
WITH could AS MATERIALIZED (
  SELECT sighted.serial, sighted.event_idx, sighted.site, sighted.valid_at, sighted.valid_until,
         sighted.occurred, was_in.rack
  FROM sighted
  JOIN was_in ON was_in.serial = sighted.serial AND was_in.event_idx = sighted.event_idx
  WHERE EXISTS (SELECT 1 FROM unit WHERE unit.serial = sighted.serial
                AND (:subject IS NULL OR unit.rack = :subject))
),
-- What came there before the inspection was over, less what had surely left before it began.
placed AS MATERIALIZED (
  SELECT rack, event_idx,
         coalesce((SELECT sum(iif(posting.quantity > 0 OR moved.valid_until <= seen.valid_at,
                                  posting.quantity, 0))
                   FROM posting JOIN event AS moved ON moved.idx = posting.event_idx
                   WHERE posting.rack = seen.rack AND book = 'possession'
                     AND +posting.site = seen.site AND posting.valid_at < seen.valid_until
                     AND posting.idx <= :known_at), 0) > 0 AS here
  FROM (SELECT DISTINCT rack, event_idx, site, valid_at, valid_until FROM could
        WHERE rack IS NOT NULL) AS seen
),
-- Each serial that was in a rack, and in none that may have been there.
elsewhere AS (
  SELECT could.serial, could.event_idx, could.site, could.valid_until, could.occurred,
         could.rack, min(could.rack) AS first_rack
  FROM could
  LEFT JOIN placed ON placed.rack = could.rack AND placed.event_idx = could.event_idx
  GROUP BY could.serial, could.event_idx
  HAVING NOT max(could.rack IS NULL OR placed.here)
),
grouped AS (
  SELECT rack, site, event_idx, valid_until, occurred, count(*) AS units, min(serial) AS serial
  FROM elsewhere
  WHERE (:subject IS NULL OR elsewhere.rack = :subject)
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
