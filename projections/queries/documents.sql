-- title: Papers
-- question: Which documents and numbers on paper belong to which event?
-- parameters: reference (text, optional, events that name this number)
--             shipment (shipment, optional, events that name this shipment)
--             batch (batch, optional, events that name this batch)
--             party (party, optional, events that name this party or that it signed)
--             country (country, optional, events that name this country)
-- columns: counts: yes if the event stands: not corrected, voided, or told in another version
--          about: entry that the document was added to later; else null
--          numbers: numbers on paper that the event names
--          disposed: entry by which the ledger operator gave the document up; null while it is kept
-- note: Lists what events name by digest. Whether the bytes are at hand is for `verify` to say.
WITH wanted AS (
  SELECT event_idx FROM reference WHERE :reference IS NOT NULL AND value = :reference
  UNION
  SELECT event_idx FROM named
  WHERE :reference IS NULL AND :shipment IS NOT NULL AND kind = 'shipment' AND value = :shipment
  UNION
  SELECT event_idx FROM named
  WHERE coalesce(:reference, :shipment) IS NULL AND :batch IS NOT NULL
    AND kind = 'batch' AND value = :batch
  UNION
  SELECT event_idx FROM named
  WHERE coalesce(:reference, :shipment, :batch) IS NULL AND :party IS NOT NULL
    AND kind = 'party' AND value = :party
  UNION
  SELECT event_idx FROM named
  WHERE coalesce(:reference, :shipment, :batch, :party) IS NULL AND :country IS NOT NULL
    AND kind = 'country' AND value = :country
  UNION
  SELECT event_idx FROM document_ref
  WHERE coalesce(:reference, :shipment, :batch, :party, :country) IS NULL
  UNION
  SELECT event_idx FROM reference
  WHERE coalesce(:reference, :shipment, :batch, :party, :country) IS NULL
),
-- Documents that were added to a wanted event belong to it.
taken AS (
  SELECT event_idx, NULL AS about FROM wanted
  UNION
  SELECT attachment.event_idx, event.idx
  FROM wanted
  JOIN event ON event.idx = wanted.event_idx
  JOIN attachment ON attachment.target_id = event.id
)
SELECT event.idx AS entry, event.occurred, event.asserted_by, event.summary,
       EXISTS (SELECT 1 FROM counting
               WHERE counting.event_idx = event.idx AND from_idx <= :known_at
                 AND (to_idx IS NULL OR to_idx > :known_at)) AS counts,
       max(taken.about) AS about,
       (SELECT group_concat(type || ' ' || value, '; ') FROM
         (SELECT type, value FROM reference
          WHERE reference.event_idx = event.idx ORDER BY type, value)) AS numbers,
       document_ref.kind, document_ref.title, document_ref.media_type, document_ref.size,
       document_ref.sha256,
       (SELECT max(disposal.event_idx) FROM disposal
        JOIN event AS given_up ON given_up.idx = disposal.event_idx
        WHERE disposal.document = document_ref.sha256 AND given_up.idx <= :known_at
          AND given_up.valid_at < :as_of AND given_up.basis = 'first_party'
          AND given_up.idx >= (SELECT max(again.event_idx) FROM document_ref AS again
                               WHERE again.sha256 = document_ref.sha256
                                 AND again.event_idx <= :known_at)) AS disposed
FROM taken
JOIN event ON event.idx = taken.event_idx
LEFT JOIN document_ref ON document_ref.event_idx = event.idx
WHERE event.valid_at < :as_of AND event.idx <= :known_at
  AND (document_ref.sha256 IS NOT NULL
       OR EXISTS (SELECT 1 FROM reference WHERE reference.event_idx = event.idx))
  AND (:shipment IS NULL OR EXISTS (SELECT 1 FROM named WHERE kind = 'shipment'
         AND value = :shipment AND named.event_idx = coalesce(about, event.idx)))
  AND (:batch IS NULL OR EXISTS (SELECT 1 FROM named WHERE kind = 'batch'
         AND value = :batch AND named.event_idx = coalesce(about, event.idx)))
  AND (:party IS NULL OR EXISTS (SELECT 1 FROM named WHERE kind = 'party'
         AND value = :party AND named.event_idx = coalesce(about, event.idx)))
  AND (:country IS NULL OR EXISTS (SELECT 1 FROM named WHERE kind = 'country'
         AND value = :country AND named.event_idx = coalesce(about, event.idx)))
GROUP BY event.idx, document_ref.sha256, document_ref.kind, document_ref.title
ORDER BY event.valid_at, event.idx, document_ref.kind, document_ref.title
