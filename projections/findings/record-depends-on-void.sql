-- code: DEPENDS-ON-VOID
-- title: Rests on an event that was voided
-- severity: medium
-- basis: what is said of a thing stays, where the event that brought it is said not to have occurred
-- explains: a new event that takes the place of the voided one
-- subject: entry
-- with: word
SELECT word.idx AS subject, json_array(word.idx, gone.idx, void.idx) AS entries,
       printf('%s names %s %s, which entry %d opened and entry %d voided', word.summary, named.kind,
         named.value, gone.idx, void.idx) AS facts
FROM event AS void
JOIN event AS gone ON gone.idx = void.voids_idx AND gone.opened IS NOT NULL
JOIN named ON named.kind = substr(gone.opened, 1, instr(gone.opened, '/') - 1)
  AND named.value = substr(gone.opened, instr(gone.opened, '/') + 1)
JOIN word ON word.idx = named.event_idx AND word.opened IS NOT gone.opened
WHERE (:subject IS NULL OR word.idx = :subject) AND void.idx <= :known_at
  AND word.idx > gone.idx
  AND NOT EXISTS (SELECT 1 FROM event AS other JOIN word AS stands ON stands.idx = other.idx
                  WHERE other.opened = gone.opened)
GROUP BY word.idx, gone.idx
