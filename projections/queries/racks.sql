-- title: Racks
-- question: Which racks are recorded, what is in each, who holds it, where and in which state?
-- parameters: rack (rack, optional, this rack)
--             batch (batch, optional, racks that hold units of this batch)
--             holder (party, optional, racks that this party holds)
--             site (site, optional, racks at this site)
--             shipment (shipment, optional, racks on the way under this shipment)
-- columns: assembly: model of the rack as its newest assembly names it; null for opened stock
--          quantity: GPUs in the rack
--          batches: batches that they are of
-- note: A rack that was taken apart holds nothing and is not listed.
-- with: standing, standing_lots
WITH asked AS NOT MATERIALIZED (
  SELECT account
  FROM account
  WHERE book = 'possession' AND holder NOT IN ('@commissioned', '@opening')
    AND (:holder IS NULL OR holder = :holder)
    AND (:site IS NULL OR site = :site)
    AND (:shipment IS NULL OR shipment = :shipment)
),
picked AS (SELECT account FROM asked WHERE coalesce(:rack, :batch) IS NULL),
-- With a batch, all that is in its racks: other batches are named beside it.
picked_lot AS (
  SELECT lot FROM lot WHERE :rack IS NOT NULL AND rack = :rack
  UNION
  SELECT lot FROM lot
  WHERE :rack IS NULL AND rack IN (SELECT rack FROM lot WHERE :batch IS NOT NULL AND batch = :batch)
),
held AS MATERIALIZED (
  SELECT lot.rack, standing.account, lot.batch, standing.quantity
  FROM (
    SELECT * FROM accounts_standing
    UNION ALL
    SELECT * FROM lots_standing
    WHERE EXISTS (SELECT 1 FROM asked WHERE asked.account = lots_standing.account)
  ) AS standing
  CROSS JOIN lot ON lot.lot = standing.lot
  WHERE lot.rack IS NOT NULL
  ORDER BY lot.rack, lot.batch
),
told AS (
  SELECT rack, account, sum(quantity) AS quantity, group_concat(DISTINCT batch) AS batches,
         max(batch = :batch) AS of_batch,
         (SELECT assembly.rowid FROM assembly
          JOIN counting ON counting.event_idx = assembly.event_idx
            AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
          JOIN event ON event.idx = assembly.event_idx
          WHERE assembly.rack = held.rack AND event.valid_at < :as_of
          ORDER BY event.valid_at DESC, event.idx DESC LIMIT 1) AS built
  FROM held GROUP BY rack, account
)
SELECT told.rack, assembly.model AS assembly, assembly.chassis_serial, account.holder,
       account.site, account.state, account.shipment,
       account.model, told.quantity, batches
FROM told
CROSS JOIN account ON account.account = told.account
LEFT JOIN assembly ON assembly.rowid = told.built
WHERE (:batch IS NULL OR of_batch)
ORDER BY told.rack, account.holder, account.site, account.state, account.shipment, account.model
