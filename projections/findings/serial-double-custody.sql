-- code: DOUBLE-CUSTODY
-- title: One serial number in two racks at once
-- severity: critical
-- basis: labels moved to dummy servers, so that two machines show one number
-- explains: a repair or a taking apart between the two that nobody recorded; a wrong manifest
-- note: Serial numbers come from manifests; a rack without one is not looked at. Dates are taken as
--       the entries allow at best: what may have been taken out between was.
-- subject: serial
-- with: word
WITH doubled AS (
  SELECT serial FROM unit
  WHERE rack IS NOT NULL AND (:subject IS NULL OR unit.serial = :subject)
  GROUP BY serial HAVING count(DISTINCT rack) > 1
),
in_turn AS (
  SELECT unit.serial, unit.rack, unit.event_idx, word.valid_at, word.valid_until,
         lead(unit.rack) OVER later AS next_rack, lead(unit.event_idx) OVER later AS next_idx,
         lead(word.valid_at) OVER later AS next_at, lead(word.valid_until) OVER later AS next_until
  FROM doubled
  JOIN unit ON unit.serial = doubled.serial AND unit.rack IS NOT NULL
  JOIN word ON word.idx = unit.event_idx
  WINDOW later AS (PARTITION BY unit.serial ORDER BY word.valid_at, unit.event_idx)
),
told AS (
  SELECT in_turn.*,
         iif(next_at < valid_until, max(valid_until, next_until), next_until) AS by_then
  FROM in_turn
)
SELECT serial AS subject, json_array(event_idx, next_idx) AS entries,
       printf('serial %s is built into %s and into %s, and nothing took it out between', serial,
         rack, next_rack) AS facts
FROM told
WHERE next_rack IS NOT NULL AND rack <> next_rack
  -- Where their dates overlap either may have been the first.
  AND NOT EXISTS (
    SELECT 1 FROM disassembly JOIN word AS apart ON apart.idx = disassembly.event_idx
    WHERE (disassembly.rack = told.rack
           OR disassembly.rack = told.next_rack AND told.next_at < told.valid_until)
      AND apart.valid_until > told.valid_at AND apart.valid_at < told.by_then)
  AND NOT EXISTS (
    SELECT 1 FROM replaced_serial AS out JOIN word AS apart ON apart.idx = out.event_idx
    WHERE out.serial = told.serial AND out.direction = 'out'
      AND apart.valid_until > told.valid_at AND apart.valid_at < told.by_then)
