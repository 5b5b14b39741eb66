-- title: On the way
-- question: What was dispatched and not received, with whom is it, and for how long?
-- parameters: shipment (shipment, optional, this shipment)
--             holder (party, optional, what this party carries)
-- columns: holder: who holds the units on the way: the carrier that the dispatch names
--          quantity: GPUs still in transit
--          days: whole days from dispatch to the moment asked about
--          filed_usd: value in the filings for the whole shipment; null where none is stated openly
--          days_late: whole days since the expected arrival was over; null if not due or not stated
-- note: A receipt that was never recorded looks the same as goods that never arrived.
WITH picked AS (
  SELECT * FROM posting WHERE :shipment IS NOT NULL AND shipment = :shipment
  UNION ALL
  SELECT * FROM posting WHERE :shipment IS NULL AND :holder IS NOT NULL AND holder = :holder
  UNION ALL
  SELECT * FROM posting WHERE coalesce(:shipment, :holder) IS NULL AND shipment IS NOT NULL
),
travelling AS (
  SELECT shipment, holder, model, sum(quantity) AS quantity, count(DISTINCT rack) AS racks
  FROM (
    SELECT shipment, holder, model, batch, rack, sum(quantity) AS quantity
    FROM picked
    WHERE book = 'possession' AND state = 'in_transit'
      AND valid_at < :as_of AND idx <= :known_at
      AND (:holder IS NULL OR holder = :holder)
    GROUP BY shipment, holder, model, batch, rack
    HAVING sum(quantity) <> 0
  )
  GROUP BY shipment, holder, model
  HAVING sum(quantity) > 0
),
dispatch AS (
  SELECT shipment.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM travelling
  JOIN shipment USING (shipment)
  JOIN counting ON counting.event_idx = shipment.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = shipment.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY shipment.event_idx
),
filed AS (
  SELECT filing.shipment, sum(filing_line.value_usd) AS value_usd
  FROM filing
  JOIN counting ON counting.event_idx = filing.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = filing.event_idx
  JOIN filing_line ON filing_line.event_idx = filing.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND filing.shipment IN (SELECT shipment FROM travelling)
  GROUP BY filing.shipment
)
SELECT travelling.shipment, travelling.holder, consignor, consignee, from_site, to_site,
       model, quantity, racks, dispatch.occurred AS dispatched, due,
       CAST(julianday(:as_of) - julianday(dispatch.valid_at) AS INTEGER) AS days,
       CASE WHEN due_end < :as_of
            THEN CAST(julianday(:as_of) - julianday(due_end) AS INTEGER) END AS days_late,
       filed.value_usd AS filed_usd, dispatch.asserted_by, dispatch.event_idx AS entry
FROM travelling
LEFT JOIN filed ON filed.shipment = travelling.shipment
LEFT JOIN dispatch ON dispatch.shipment = travelling.shipment
ORDER BY dispatch.valid_at, travelling.shipment, travelling.holder, model
