-- code: SERIAL-UNKNOWN
-- title: Serial numbers that no maker enrolled
-- severity: critical
-- basis: counterfeit or relabelled units: the maker's manifest does not name them
-- explains: a maker's manifest that is incomplete, or names them otherwise
-- note: Looked at where the maker's manifest of the batch is present. Where that manifest names fewer
--       units than the batch has, it cannot be excluded.
-- subject: rack
-- with: word
WITH enrolled AS (
  SELECT batch.batch, batch.event_idx, batch.quantity, sum(manifest.rows) AS rows
  FROM batch
  JOIN word ON word.idx = batch.event_idx
  JOIN manifest ON manifest.event_idx = batch.event_idx AND manifest.problem IS NOT 'missing'
  GROUP BY batch.event_idx
),
odd AS (
  SELECT unit.rack, unit.batch, unit.event_idx, enrolled.event_idx AS made,
         count(*) AS units, min(unit.serial) AS serial, max(enrolled.rows < enrolled.quantity) AS partly
  FROM unit
  JOIN word ON word.idx = unit.event_idx
  JOIN enrolled ON enrolled.batch = unit.batch
  WHERE unit.rack IS NOT NULL AND (:subject IS NULL OR unit.rack = :subject)
    AND enrolled.rows > 0
    AND NOT EXISTS (SELECT 1 FROM unit AS made
                    WHERE made.serial = unit.serial AND made.event_idx = enrolled.event_idx)
  GROUP BY unit.rack, unit.batch, unit.event_idx
)
SELECT rack AS subject, json_array(made, event_idx) AS entries,
       printf('%,d serial numbers, such as %s, are not in the manifest of batch %s', units, serial,
         batch) AS facts,
       iif(partly, 'cannot be excluded', 'indicator') AS certainty,
       iif(partly, 'low', 'critical') AS severity
FROM odd
