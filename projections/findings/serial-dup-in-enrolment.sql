-- code: DUP-SERIAL-IN-ENROLMENT
-- title: A serial number enrolled twice
-- severity: high
-- basis: data integrity: one number stands for two units
-- explains: two makers that number alike; a manifest that was attached to the wrong batch
-- subject: serial
-- with: word
SELECT unit.serial AS subject, json_group_array(DISTINCT unit.event_idx) AS entries,
       printf('serial %s is enrolled in batches %s and %s', unit.serial, min(unit.batch),
         max(unit.batch)) AS facts
FROM unit
JOIN batch ON batch.event_idx = unit.event_idx
JOIN word ON word.idx = unit.event_idx
WHERE (:subject IS NULL OR unit.serial = :subject)
GROUP BY unit.serial
HAVING count(DISTINCT unit.event_idx) > 1
