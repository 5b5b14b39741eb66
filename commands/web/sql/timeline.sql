WITH chosen AS (
  SELECT event_idx FROM (
    SELECT event_idx FROM named
    WHERE kind = :kind AND value = :name AND event_idx <= :known_at
    ORDER BY event_idx DESC LIMIT :most)
  UNION
  SELECT value FROM json_each(:also)
)
SELECT event.idx AS entry, event.occurred, event.summary AS what, event.asserted_by, replace(event.basis, '_', ' ') AS word,
       CASE WHEN EXISTS (SELECT 1 FROM counting
              WHERE counting.event_idx = event.idx AND from_idx <= :known_at
                AND (to_idx IS NULL OR to_idx > :known_at)) THEN 'yes' ELSE 'no' END AS counts,
       (SELECT group_concat(how, ', ') FROM (
          SELECT 'corrected by entry ' || later.idx AS how FROM event AS later
          WHERE later.corrects_idx = event.idx AND later.idx <= :known_at
          UNION ALL
          SELECT 'voided by entry ' || later.idx FROM event AS later
          WHERE later.voids_idx = event.idx AND later.idx <= :known_at)) AS since,
       (SELECT group_concat(said, ', ') FROM (
          SELECT DISTINCT party AS said FROM signature
          WHERE signature.event_idx = event.idx AND via_idx <= :known_at
          ORDER BY party)) AS signed_by,
       (SELECT group_concat(party, ', ') FROM (
          SELECT party FROM expected
          WHERE expected.event_idx = event.idx AND NOT EXISTS (
            SELECT 1 FROM signature
            WHERE signature.event_idx = event.idx AND signature.party = expected.party
              AND via_idx <= :known_at)
          ORDER BY party)) AS not_signed_by,
       substr(event.recorded_at, 1, 19) || 'Z' AS recorded_at
FROM chosen CROSS JOIN event ON event.idx = chosen.event_idx
WHERE event.valid_at < :as_of AND event.idx <= :known_at
ORDER BY event.valid_at, event.idx
