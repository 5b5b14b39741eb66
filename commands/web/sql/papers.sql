WITH chosen AS (
  SELECT value AS idx FROM json_each(:entries)
  UNION
  SELECT attachment.event_idx
  FROM json_each(:entries) CROSS JOIN event ON event.idx = json_each.value
  JOIN attachment ON attachment.target_id = event.id
  WHERE attachment.event_idx <= :known_at
)
SELECT event.idx AS entry, event.occurred, event.asserted_by,
       (SELECT group_concat(said, '; ') FROM (
          SELECT type || ' ' || value AS said FROM reference
          WHERE reference.event_idx = event.idx ORDER BY type, value)) AS numbers_on_paper,
       document_ref.kind, document_ref.title, document_ref.media_type, document_ref.size AS bytes,
       document_ref.sha256
FROM chosen CROSS JOIN event ON event.idx = chosen.idx
LEFT JOIN document_ref ON document_ref.event_idx = event.idx
WHERE document_ref.sha256 IS NOT NULL
   OR EXISTS (SELECT 1 FROM reference WHERE reference.event_idx = event.idx)
ORDER BY event.valid_at, event.idx, document_ref.kind, document_ref.title
