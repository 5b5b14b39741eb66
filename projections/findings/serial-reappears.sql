-- code: SERIAL-REAPPEARS
-- title: A serial number seen after its rack was destroyed or lost
-- severity: critical
-- basis: end-of-life fraud: what is told as scrapped goes on running elsewhere
-- explains: a destruction or loss that was told of the wrong rack; units found again
-- subject: serial
-- with: word
WITH gone AS (
  SELECT line.rack, units_change.event_idx, units_change.to_state, word.valid_at, word.valid_until,
         word.occurred
  FROM units_change
  JOIN word ON word.idx = units_change.event_idx
  JOIN line ON line.event_idx = units_change.event_idx AND line.rack IS NOT NULL
  WHERE units_change.to_state IN ('destroyed', 'lost', 'stolen')
),
was AS (
  SELECT unit.serial, gone.rack, gone.event_idx, gone.to_state, gone.valid_at, gone.valid_until,
         gone.occurred, max(unit.valid_at || printf('%012d', unit.event_idx)) AS newest
  FROM gone CROSS JOIN unit ON unit.rack = gone.rack AND unit.valid_at < gone.valid_until
  JOIN word ON word.idx = unit.event_idx
  WHERE (:subject IS NULL OR unit.serial = :subject)
  GROUP BY unit.serial, gone.event_idx
)
SELECT was.serial AS subject, json_array(was.event_idx, again.event_idx) AS entries,
       printf('%s was told as %s on %s with rack %s, and appears in %s on %s', was.serial,
         was.to_state, was.occurred, was.rack, coalesce('rack ' || again.rack, 'batch ' || again.batch),
         word.occurred) AS facts
FROM was
JOIN unit AS again ON again.serial = was.serial AND again.valid_at >= was.valid_until
JOIN word ON word.idx = again.event_idx
WHERE NOT EXISTS (
  SELECT 1 FROM unit AS between_them
  WHERE between_them.serial = was.serial AND between_them.valid_at < was.valid_until
    AND between_them.rack IS NOT was.rack
    AND between_them.valid_at || printf('%012d', between_them.event_idx) > was.newest)
  AND NOT EXISTS (
    SELECT 1 FROM units_change AS found
    JOIN word AS back ON back.idx = found.event_idx
    JOIN line ON line.event_idx = found.event_idx AND line.rack = was.rack
    WHERE found.to_state = 'found' AND back.valid_at <= again.valid_at)
