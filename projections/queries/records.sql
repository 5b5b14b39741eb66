-- title: The file of a transaction
-- question: Which entries are records of a transaction, a party or a country, and which documents came
--           with each?
-- parameters: about (text, required, a party, a country's code, a number on paper, any identifier)
-- columns: because: names it, or how the entry belongs to one that does
--          counts: yes if the entry stands: not corrected, voided, or told in another version
--          signed_by: who signed it, and who took a stance since
--          not_signed_by: whose signature is expected and absent
--          numbers: numbers on paper that the entry names
--          kind: of a document; null where the entry came without one
--          disposed: entry by which the ledger operator gave the document up; null while it is kept
-- note: What names the thing, and for a party or country no more; of anything else the rest of its
--       shipments, leases and filings too, what they rest on, sales of their racks by the consignor,
--       the receiver's statements of end use, and what was said of all of them later.
--       What was never recorded is not in the file.
WITH said AS (
  SELECT kind, event_idx FROM named
  WHERE value = :about AND kind IN (
    'party', 'country', 'site', 'model', 'batch', 'rack', 'stock', 'change', 'assembly',
    'disassembly', 'placement', 'replacement', 'shipment', 'leg', 'receipt', 'title',
    'certification', 'authorization', 'filing', 'lease', 'lease_change', 'plan', 'claim',
    'sample', 'inspection', 'incident', 'hold')
    AND event_idx <= :known_at
  UNION
  SELECT 'number', event_idx FROM reference WHERE value = :about AND event_idx <= :known_at
  UNION
  -- a country also by its sites
  SELECT 'country', named.event_idx
  FROM site JOIN named ON named.kind = 'site' AND named.value = site.site
  WHERE site.country = :about AND named.event_idx <= :known_at
),
-- A transaction goes on under its shipments, leases and filings.
course AS (
  SELECT DISTINCT named.kind, named.value
  FROM said JOIN named ON named.event_idx = said.event_idx
  WHERE said.kind NOT IN ('party', 'country', 'site', 'model', 'batch', 'rack')
    AND named.kind IN ('shipment', 'lease', 'filing')
    AND said.event_idx NOT IN (SELECT event_idx FROM hold)
),
gone_on AS (
  SELECT named.event_idx, course.kind || ' ' || course.value AS because
  FROM course JOIN named ON named.kind = course.kind AND named.value = course.value
  WHERE named.event_idx <= :known_at
),
rested AS (
  SELECT authorization.event_idx, 'authorization ' || item.authorization AS because
  FROM (SELECT event_idx FROM said
        WHERE kind NOT IN ('party', 'country', 'site', 'model', 'batch', 'rack')
        UNION SELECT event_idx FROM gone_on) AS part
  JOIN shipment_item AS item ON item.event_idx = part.event_idx
  JOIN (SELECT event_idx, authorization FROM authorization
        UNION ALL SELECT event_idx, authorization FROM authorization_change) AS authorization
    ON authorization.authorization = item.authorization
  WHERE authorization.event_idx <= :known_at
),
-- Sales of the racks that were shipped, and the receiver's statements of end use.
sold AS (
  SELECT DISTINCT title_transfer.event_idx, 'title of rack ' || min(sold_line.rack) AS because
  FROM (SELECT DISTINCT value AS shipment FROM course WHERE kind = 'shipment') AS wanted
  JOIN shipment ON shipment.shipment = wanted.shipment
  JOIN line ON line.event_idx = shipment.event_idx
  JOIN line AS sold_line ON sold_line.rack = line.rack
  JOIN title_transfer ON title_transfer.event_idx = sold_line.event_idx
  WHERE title_transfer.event_idx <= :known_at AND shipment.event_idx <= :known_at
    AND title_transfer.seller = shipment.consignor
  GROUP BY title_transfer.event_idx
  UNION
  SELECT end_use.event_idx, 'end use of ' || end_use.end_user
  FROM (SELECT DISTINCT value AS shipment FROM course WHERE kind = 'shipment') AS wanted
  JOIN shipment ON shipment.shipment = wanted.shipment
  JOIN end_use ON end_use.end_user IN (shipment.consignee, shipment.ultimate_consignee)
  WHERE end_use.event_idx <= :known_at AND shipment.event_idx <= :known_at
),
part AS (
  SELECT event_idx, 1 AS place, 'names it' AS because FROM said
  UNION ALL
  SELECT event_idx, 2, because FROM gone_on
  UNION ALL
  SELECT event_idx, 3, because FROM rested
  UNION ALL
  SELECT event_idx, 3, because FROM sold
),
inside AS (SELECT DISTINCT event_idx FROM part),
-- What was said of an entry later, and what an entry in the file was said of.
about AS (
  SELECT later.idx AS event_idx, 'corrects entry ' || later.corrects_idx AS because
  FROM inside JOIN event AS later ON later.corrects_idx = inside.event_idx
  UNION ALL
  SELECT later.idx, 'voids entry ' || later.voids_idx
  FROM inside JOIN event AS later ON later.voids_idx = inside.event_idx
  UNION ALL
  SELECT stance.event_idx, 'is of entry ' || event.idx
  FROM inside JOIN event ON event.idx = inside.event_idx
  JOIN stance ON stance.target_id = event.id
  UNION ALL
  SELECT attachment.event_idx, 'adds to entry ' || event.idx
  FROM inside JOIN event ON event.idx = inside.event_idx
  JOIN attachment ON attachment.target_id = event.id
  UNION ALL
  SELECT event.corrects_idx, 'was corrected by entry ' || event.idx
  FROM inside JOIN event ON event.idx = inside.event_idx WHERE event.corrects_idx IS NOT NULL
),
chosen AS (
  SELECT event_idx, because, min(place)
  FROM (SELECT * FROM part UNION ALL SELECT event_idx, 4, because FROM about)
  GROUP BY event_idx
)
SELECT event.idx AS entry, event.occurred, event.recorded_at, event.asserted_by,
       event.summary AS what, chosen.because,
       EXISTS (SELECT 1 FROM counting
               WHERE counting.event_idx = event.idx AND from_idx <= :known_at
                 AND (to_idx IS NULL OR to_idx > :known_at)) AS counts,
       (SELECT group_concat(said, ', ') FROM
         (SELECT party || CASE stance WHEN 'signed' THEN ''
                          ELSE ' ' || replace(stance, '_', ' ') END AS said
          FROM signature
          WHERE signature.event_idx = event.idx AND via_idx <= :known_at
          ORDER BY via_idx, party)) AS signed_by,
       (SELECT group_concat(party, ', ') FROM
         (SELECT expected.party FROM expected
          WHERE expected.event_idx = event.idx AND NOT EXISTS
            (SELECT 1 FROM signature
             WHERE signature.event_idx = event.idx AND via_idx <= :known_at
               AND signature.party = expected.party)
          ORDER BY expected.party)) AS not_signed_by,
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
FROM chosen
JOIN event ON event.idx = chosen.event_idx
LEFT JOIN document_ref ON document_ref.event_idx = event.idx
WHERE event.valid_at < :as_of AND event.idx <= :known_at
ORDER BY event.idx, document_ref.kind, document_ref.title, document_ref.sha256
