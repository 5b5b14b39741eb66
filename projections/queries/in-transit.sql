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
-- with: total, standing
WITH on_the_way AS MATERIALIZED (
  SELECT shipment, holder, model, sum(quantity) AS quantity
  FROM total
  WHERE state = 'in_transit' AND quantity <> 0
    AND (:shipment IS NULL OR shipment = :shipment)
    AND (:holder IS NULL OR holder = :holder)
  GROUP BY +shipment, holder, model  -- the sign: not in the order of an index of all accounts
  HAVING sum(quantity) > 0
),
picked AS (
  SELECT account FROM account
  WHERE state = 'in_transit' AND shipment IN (SELECT shipment FROM on_the_way)
),
racked AS (
  SELECT shipment, holder, model, count(DISTINCT rack) AS racks
  FROM accounts_standing
  JOIN account ON account.account = accounts_standing.account
  JOIN lot ON lot.lot = accounts_standing.lot
  GROUP BY shipment, holder, model
),
travelling AS MATERIALIZED (
  SELECT on_the_way.*, coalesce(racks, 0) AS racks
  FROM on_the_way LEFT JOIN racked USING (shipment, holder, model)
),
dispatch AS (
  SELECT shipment.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM travelling
  CROSS JOIN shipment ON shipment.shipment = travelling.shipment
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
