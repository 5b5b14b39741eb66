-- code: CLAIMS-DIFFER
-- title: Two parties tell one event in two ways
-- severity: high
-- basis: one of the two is wrong
-- explains: a correction by one of them; figures that one of them does not know
-- subject: any
WITH several AS (
  SELECT opened FROM event
  WHERE opened IS NOT NULL AND (:subject IS NULL OR event.opened = :subject)
  GROUP BY opened
  HAVING count(*) > 1
),
rival AS (
  SELECT event.type, event.opened
  FROM several CROSS JOIN event ON event.opened = several.opened
  WHERE basis <> 'third_party_report' AND idx <= :known_at
  GROUP BY event.opened, event.type
  HAVING min(asserted_by) <> max(asserted_by)
),
version AS (
  SELECT event.idx, event.type, event.opened, event.asserted_by, event.occurred, content.sha256,
         named.kind, named.value,
         EXISTS (SELECT 1 FROM counting
                 WHERE counting.event_idx = event.idx AND from_idx <= :known_at
                   AND (to_idx IS NULL OR to_idx > :known_at)) AS counts
  FROM rival
  JOIN event ON event.opened = rival.opened AND event.type = rival.type
  JOIN content ON content.event_idx = event.idx
  JOIN named ON named.kind = substr(event.opened, 1, instr(event.opened, '/') - 1)
    AND named.value = substr(event.opened, instr(event.opened, '/') + 1)
    AND named.event_idx = event.idx
  WHERE event.basis <> 'third_party_report' AND event.idx <= :known_at AND event.valid_at < :as_of
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
)
SELECT winner.value AS subject, winner.kind,
       json_array(winner.idx, other.idx) AS entries,
       printf('%s of %s: entry %d by %s counts; entry %d by %s tells it otherwise',
         substr(winner.type, 1, instr(winner.type, '.') - 1), winner.value, winner.idx,
         winner.asserted_by, other.idx, other.asserted_by) AS facts
FROM version AS winner
JOIN version AS other ON other.opened = winner.opened AND other.type = winner.type
WHERE winner.counts AND NOT other.counts
  AND (other.sha256 <> winner.sha256 OR other.occurred <> winner.occurred)
