-- code: DOUBLE-CUSTODY
-- title: One serial number in two racks at once
-- severity: critical
-- basis: labels moved to dummy servers, so that two machines show one number
-- explains: a repair or a taking apart between the two that nobody recorded; a wrong manifest
-- note: Serial numbers come from manifests; a rack without one is not looked at.
-- subject: serial
-- with: word
WITH doubled AS (
  SELECT serial FROM unit
  WHERE rack IS NOT NULL AND (:subject IS NULL OR unit.serial = :subject)
  GROUP BY serial HAVING count(DISTINCT rack) > 1
),
told AS (
  SELECT unit.serial, unit.rack, unit.event_idx, word.valid_at,
         lead(unit.rack) OVER later AS next_rack, lead(unit.event_idx) OVER later AS next_idx,
         lead(word.valid_at) OVER later AS next_at
  FROM doubled
  JOIN unit ON unit.serial = doubled.serial
  JOIN word ON word.idx = unit.event_idx
  WHERE unit.rack IS NOT NULL
    OR EXISTS (SELECT 1 FROM replaced_serial AS out
               WHERE out.event_idx = unit.event_idx AND out.serial = unit.serial)
  WINDOW later AS (PARTITION BY unit.serial ORDER BY word.valid_at, unit.event_idx)
)
SELECT serial AS subject, json_array(event_idx, next_idx) AS entries,
       printf('serial %s is built into %s and into %s, and nothing took it out between', serial,
         rack, next_rack) AS facts
FROM told
WHERE rack IS NOT NULL AND next_rack IS NOT NULL AND rack <> next_rack
  AND NOT EXISTS (
    SELECT 1 FROM disassembly JOIN word AS apart ON apart.idx = disassembly.event_idx
    WHERE disassembly.rack = told.rack AND apart.valid_at >= told.valid_at
      AND apart.valid_at <= told.next_at)
