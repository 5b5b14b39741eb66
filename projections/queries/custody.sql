-- title: Chain of custody
-- question: Through whose hands did a batch, a rack or one GPU go, and who signed each link?
-- parameters: batch (batch, optional, all of this batch)
--             rack (rack, optional, this rack and the batches that it was built of)
--             serial (serial, optional, the GPU with this serial number, where manifests name it)
-- columns: book: possession, title or use; null where nothing moved
--          from_state: state that the units left
--          from_place: of opened stock, the entry of another ledger, or that nothing is recorded
--          to_place: site, the shipment that they are on the way under, or another ledger
--          quantity: GPUs of the batch or rack that the event moved, not of the whole event
--          word: on what ground it is told
--          signed_by: who signed or took a stance
--          not_signed_by: whose signature is expected and absent: claimed, not signed by them
--          numbers: numbers on paper that it names, filings and authorizations of its shipment too
--          papers: titles of the documents with it, those that came later too
-- note: Name one of the three. Before a rack was built its links are those of its batches as a
--       whole. Use by quantity names no batch: a pool lease at the site may use these units too.
-- with: place
WITH told_unit AS (
  SELECT unit.batch, unit.rack, unit.valid_at, unit.event_idx,
         coalesce(lead(unit.valid_at) OVER later, '9') AS to_at,
         coalesce(lead(unit.event_idx) OVER later, 0) AS to_idx
  FROM unit
  JOIN counting ON counting.event_idx = unit.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE :serial IS NOT NULL AND unit.serial = :serial
  WINDOW later AS (ORDER BY unit.valid_at, unit.event_idx)
),
-- Racks that were taken apart while the unit was in them: it is a loose one from there on.
apart AS (
  SELECT told_unit.batch, event.valid_at, event.idx AS event_idx, told_unit.event_idx AS since,
         told_unit.to_at, told_unit.to_idx,
         min(event.valid_at || printf('%012d', event.idx))
  FROM told_unit
  JOIN disassembly ON disassembly.rack = told_unit.rack
  JOIN counting ON counting.event_idx = disassembly.event_idx
    AND from_idx <= :known_at AND (counting.to_idx IS NULL OR counting.to_idx > :known_at)
  JOIN event ON event.idx = disassembly.event_idx AND event.basis <> 'third_party_report'
    AND event.valid_at < :as_of
  WHERE (event.valid_at, event.idx) > (told_unit.valid_at, told_unit.event_idx)
    AND (event.valid_at, event.idx) < (told_unit.to_at, told_unit.to_idx)
  GROUP BY told_unit.event_idx, told_unit.batch
),
known_unit AS (
  SELECT told_unit.batch, told_unit.rack, told_unit.valid_at, told_unit.event_idx,
         coalesce(apart.valid_at, told_unit.to_at) AS to_at,
         coalesce(apart.event_idx, told_unit.to_idx) AS to_idx
  FROM told_unit LEFT JOIN apart ON apart.since = told_unit.event_idx
  UNION ALL
  SELECT batch, NULL, valid_at, event_idx, to_at, to_idx FROM apart
),
built AS (
  SELECT batch, valid_at, event_idx, min(valid_at || printf('%012d', event_idx))
  FROM posting
  WHERE :serial IS NULL AND :rack IS NOT NULL AND rack = :rack
    AND book = 'possession' AND quantity > 0 AND idx <= :known_at
  GROUP BY batch
),
-- Spans in which the units were of a batch: in a rack, or loose where rack is null.
piece AS (
  SELECT batch, rack, valid_at AS from_at, event_idx AS from_idx, to_at, to_idx
  FROM known_unit
  UNION ALL
  SELECT batch, NULL, '', 0, valid_at, event_idx FROM built
  WHERE event_idx NOT IN (SELECT event_idx FROM stock_opening)
  UNION ALL
  SELECT batch, :rack, valid_at, event_idx, '9', 0 FROM built
),
picked AS (
  SELECT posted.id
  FROM piece
  CROSS JOIN lot ON lot.rack IS piece.rack AND lot.batch = piece.batch
  CROSS JOIN posted ON posted.lot = lot.lot
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE (event.valid_at, event.idx) >= (piece.from_at, piece.from_idx)
    AND (event.valid_at, event.idx) <= (piece.to_at, piece.to_idx)
    AND (lot.rack IS NOT NULL OR event.idx IN (SELECT event_idx FROM stock_opening) OR NOT EXISTS (
      SELECT 1
      FROM posted AS other CROSS JOIN lot AS into_lot ON into_lot.lot = other.lot
      WHERE other.event_idx = event.idx AND into_lot.batch = piece.batch
        AND into_lot.rack IS NOT NULL
        AND into_lot.rack NOT IN (SELECT rack FROM piece WHERE rack IS NOT NULL)))
  UNION
  SELECT id FROM posting
  WHERE coalesce(:serial, :rack) IS NULL AND :batch IS NOT NULL AND batch = :batch
),
side AS (
  SELECT event_idx, book, coalesce(holder, owner, nullif(lessee, '@unallocated')) AS party,
         coalesce(site, shipment) AS place, site, state, shipment, rack, lease,
         sum(quantity) AS quantity
  FROM picked CROSS JOIN posting ON posting.id = picked.id
  WHERE valid_at < :as_of AND idx <= :known_at
    AND (:serial IS NULL
         OR EXISTS (SELECT 1 FROM replaced_serial AS swapped
                    WHERE swapped.event_idx = posting.event_idx AND swapped.serial = :serial)
         OR NOT EXISTS (SELECT 1 FROM replaced_serial AS swapped
                        WHERE swapped.event_idx = posting.event_idx))
  GROUP BY event_idx, book, holder, owner, lessee, site, state, shipment, rack, lease
  HAVING sum(quantity) <> 0
),
moved AS (
  SELECT event_idx, book,
         group_concat(DISTINCT iif(quantity < 0, party, NULL)) AS from_party,
         group_concat(DISTINCT iif(quantity < 0, place, NULL)) AS from_place,
         group_concat(DISTINCT iif(quantity < 0, state, NULL)) AS from_state,
         group_concat(DISTINCT iif(quantity > 0, party, NULL)) AS to_party,
         group_concat(DISTINCT iif(quantity > 0, place, NULL)) AS to_place,
         group_concat(DISTINCT iif(quantity > 0, state, NULL)) AS to_state,
         max(iif(quantity > 0, site, NULL)) AS to_site,
         CASE count(DISTINCT rack) WHEN 0 THEN NULL WHEN 1 THEN max(rack)
              ELSE count(DISTINCT rack) || ' racks' END AS racks,
         max(sum(max(quantity, 0)), -sum(min(quantity, 0))) AS quantity
  FROM side
  GROUP BY event_idx, book
  HAVING book <> 'use' OR count(party) > count(iif(party = '@capacity', 1, NULL))
),
link AS (
  SELECT * FROM moved
  UNION ALL
  SELECT leg.event_idx, NULL, NULL, NULL, NULL, leg.carrier, leg.place, leg.milestone, NULL, NULL,
         NULL
  FROM leg
  WHERE leg.shipment IN (SELECT shipment FROM side) AND leg.milestone <> 'handed_over'
    AND EXISTS (SELECT 1 FROM counting
                WHERE counting.event_idx = leg.event_idx
                  AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at))
)
SELECT event.idx AS entry, event.occurred,
       substr(event.type, 1, instr(event.type, '.') - 1) AS link, book,
       from_party,
       coalesce(from_place,
         (SELECT coalesce('entry ' || from_index || ' of ' || from_origin,
                          'provenance not recorded here')
          FROM stock_opening WHERE stock_opening.event_idx = event.idx)) AS from_place,
       from_state, to_party,
       coalesce((SELECT 'ledger ' || to_ledger
                 FROM shipment WHERE shipment.event_idx = event.idx), to_place) AS to_place,
       to_state, place.country,
       racks, quantity,
       CASE event.basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
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
       (SELECT group_concat(number, '; ') FROM
         (SELECT type || ' ' || value AS number FROM reference
          WHERE reference.event_idx = event.idx
          UNION
          SELECT 'itn ' || filing.itn
          FROM shipment JOIN filing ON filing.shipment = shipment.shipment
          JOIN counting ON counting.event_idx = filing.event_idx
            AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
          WHERE shipment.event_idx = event.idx
          UNION
          SELECT coalesce(authorization.kind, 'authorization') || ' '
                 || coalesce(authorization.number, shipment_item.authorization)
          FROM shipment_item
          LEFT JOIN authorization
            ON authorization.authorization = shipment_item.authorization
            AND EXISTS (SELECT 1 FROM counting
                        WHERE counting.event_idx = authorization.event_idx
                          AND from_idx <= :known_at
                          AND (to_idx IS NULL OR to_idx > :known_at))
          WHERE shipment_item.event_idx = event.idx
            AND shipment_item.authorization IS NOT NULL
          ORDER BY number)) AS numbers,
       (SELECT group_concat(title, '; ') FROM
         (SELECT title FROM document_ref WHERE document_ref.event_idx = event.idx
          UNION
          SELECT title FROM attachment
          JOIN document_ref USING (event_idx)
          WHERE attachment.target_id = event.id AND attachment.event_idx <= :known_at
          ORDER BY title)) AS papers
FROM link
JOIN event ON event.idx = link.event_idx AND event.valid_at < :as_of
LEFT JOIN place ON place.site = link.to_site
ORDER BY event.valid_at, coalesce(event.corrects_idx, event.idx), book
