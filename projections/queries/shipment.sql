-- title: A shipment, line by line
-- question: What was dispatched under a shipment, and what of it was received, whole or damaged?
-- parameters: shipment (shipment, required, the shipment)
-- columns: dispatched: GPUs in the dispatch that counts
--          received: GPUs received whole, in all receipts that count
--          damaged: GPUs received damaged
--          missing: dispatched less received and damaged; below zero: more came than was sent
--          to_ledger: the other ledger that it left for, where nothing of it can be missing here
--          dispatch_entry: entry of the dispatch that counts
--          receipt_entries: entries of the receipts that count
-- note: What the parties told of the shipment, as it counts; other versions of it are listed by
--       `corrections`. A receipt that says it is final does not make the missing arrive.
WITH told AS (
  SELECT event_idx, 'dispatched' AS act, to_ledger FROM shipment WHERE shipment = :shipment
  UNION ALL
  SELECT event_idx, 'received', NULL FROM receipt WHERE shipment = :shipment
),
lined AS (
  SELECT told.act, told.to_ledger, line.part, line.model, line.batch, line.rack, line.quantity, told.event_idx
  FROM told
  JOIN counting ON counting.event_idx = told.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = told.event_idx
    AND event.valid_at < :as_of AND event.basis <> 'third_party_report'
  JOIN line ON line.event_idx = told.event_idx
)
SELECT model, batch, rack,
       sum(iif(act = 'dispatched', quantity, 0)) AS dispatched,
       sum(iif(act = 'received' AND part = 'lines', quantity, 0)) AS received,
       sum(iif(part = 'damaged', quantity, 0)) AS damaged,
       sum(iif(act = 'dispatched', iif(to_ledger IS NULL, quantity, 0), -quantity)) AS missing,
       max(to_ledger) AS to_ledger,
       max(event_idx) FILTER (WHERE act = 'dispatched') AS dispatch_entry,
       group_concat(DISTINCT CASE act WHEN 'received' THEN event_idx END) AS receipt_entries
FROM lined
GROUP BY model, batch, rack
ORDER BY rack, batch, model
