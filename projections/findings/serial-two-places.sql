-- code: SERIAL-TWO-PLACES
-- title: One serial number seen at two sites too soon
-- severity: critical
-- basis: labels moved to dummy servers, so that two sites show one number
-- explains: a transport in between; a label that was read wrong
-- note: Where the dates of the inspections leave time for the way it cannot be excluded, and is low.
-- subject: serial
-- thresholds: hours (48, hours that the way takes at least)
-- with: word
WITH seen AS (
  SELECT sighting.serial, sighting.event_idx, inspection.site, word.valid_at, word.valid_until,
         word.occurred
  FROM sighting
  JOIN word ON word.idx = sighting.event_idx AND sighting.found
  JOIN inspection ON inspection.event_idx = sighting.event_idx
  WHERE (:subject IS NULL OR sighting.serial = :subject)
)
SELECT one.serial AS subject, json_array(one.event_idx, other.event_idx) AS entries,
       printf('serial %s was seen at %s on %s and at %s on %s', one.serial, one.site, one.occurred,
         other.site, other.occurred) AS facts,
       iif((julianday(other.valid_until) - julianday(one.valid_at)) * 24 <= :hours, 'indicator',
           'cannot be excluded') AS certainty,
       iif((julianday(other.valid_until) - julianday(one.valid_at)) * 24 <= :hours, 'critical',
           'low') AS severity
FROM seen AS one
JOIN seen AS other ON other.serial = one.serial AND other.site <> one.site
  AND (other.valid_at, other.event_idx) > (one.valid_at, one.event_idx)
WHERE (julianday(other.valid_at) - julianday(one.valid_until)) * 24 < :hours
