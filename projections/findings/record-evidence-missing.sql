-- code: EVIDENCE-MISSING
-- title: A document that is not here
-- severity: medium
-- basis: 15 CFR 762.4: the original records, or reproductions of them
-- explains: a document that is attached later, or kept by another party
-- note: Looked at are manifests whose bytes are absent, and licences and permits without any document.
--       Whether all documents are present is told by `chipledger verify`.
-- subject: entry
-- with: word
SELECT word.idx AS subject, json_array(word.idx) AS entries,
       printf('%s names a manifest whose bytes are not here', word.summary) AS facts
FROM manifest
JOIN word ON word.idx = manifest.event_idx
WHERE (:subject IS NULL OR word.idx = :subject) AND manifest.problem = 'missing'
  AND NOT EXISTS (SELECT 1 FROM disposal WHERE disposal.document = manifest.sha256)
UNION ALL
SELECT word.idx, json_array(word.idx),
       printf('%s is a %s, and no document is with it', word.summary, authorization.kind)
FROM authorization
JOIN word ON word.idx = authorization.event_idx
WHERE (:subject IS NULL OR word.idx = :subject) AND authorization.kind IN ('licence', 'permit')
  AND NOT EXISTS (SELECT 1 FROM document_ref WHERE document_ref.event_idx = word.idx)
  AND NOT EXISTS (SELECT 1 FROM attachment
                  WHERE attachment.target_id = word.id AND attachment.event_idx <= :known_at)
