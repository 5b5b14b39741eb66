-- code: SERIAL-UNKNOWN
-- title: Serial numbers seen that no manifest names
-- severity: critical
-- basis: counterfeit or relabelled units: no manifest names what was seen
-- explains: manifests that are incomplete, or name units otherwise
-- note: Where a batch has no manifest, or one with fewer units than it has, it cannot be excluded.
-- subject: site
-- with: word
WITH odd AS (
  SELECT inspection.site, sighting.event_idx, word.occurred, count(*) AS units,
         min(sighting.serial) AS serial
  FROM sighting
  JOIN word ON word.idx = sighting.event_idx AND sighting.found
  JOIN inspection ON inspection.event_idx = sighting.event_idx
  WHERE (:subject IS NULL OR inspection.site = :subject)
    AND NOT EXISTS (SELECT 1 FROM unit JOIN word AS told ON told.idx = unit.event_idx
                    WHERE unit.serial = sighting.serial)
  GROUP BY sighting.event_idx
),
partly AS (
  SELECT EXISTS (
    SELECT 1 FROM batch JOIN word ON word.idx = batch.event_idx
    WHERE batch.quantity > coalesce((SELECT sum(rows) FROM manifest
                                     WHERE manifest.event_idx = batch.event_idx), 0)) AS is_so
)
SELECT site AS subject, json_array(event_idx) AS entries,
       printf('%,d serial numbers seen at %s on %s, such as %s, are in no manifest', units, site,
         occurred, serial) AS facts,
       iif(is_so, 'cannot be excluded', 'indicator') AS certainty,
       iif(is_so, 'low', 'critical') AS severity
FROM odd CROSS JOIN partly
