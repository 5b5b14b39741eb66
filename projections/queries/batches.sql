-- title: Batches
-- question: Which batches were commissioned, by whom, and how much of each does somebody hold?
-- parameters: batch (batch, optional, this batch)
--             party (party, optional, batches that this party made)
-- columns: quantity: GPUs commissioned
--          held: GPUs of the batch on accounts of parties, destroyed ones too
--          racks: racks that hold some of it
-- note: Batches of stock that was there before the ledger opened are not commissioned in it.
-- with: standing, standing_lots
WITH asked AS (
  SELECT batch.*, event.occurred
  FROM batch
  JOIN counting ON counting.event_idx = batch.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = batch.event_idx
  WHERE event.valid_at < :as_of
    AND (:batch IS NULL OR batch.batch = :batch)
    AND (:party IS NULL OR batch.maker = :party)
),
-- All accounts, where all batches are asked about; else the lots of those that are.
picked AS (
  SELECT account FROM account WHERE coalesce(:batch, :party) IS NULL AND book = 'possession'
),
picked_lot AS (
  SELECT lot FROM lot
  WHERE batch IN (SELECT batch FROM asked WHERE coalesce(:batch, :party) IS NOT NULL)
),
stands AS (
  SELECT lot.batch, lot.rack, sum(standing.quantity) AS quantity,
         sum(iif(substr(account.holder, 1, 1) <> '@', standing.quantity, 0)) AS held
  FROM (SELECT * FROM accounts_standing UNION ALL SELECT * FROM lots_standing) AS standing
  CROSS JOIN account ON account.account = standing.account AND account.book = 'possession'
  CROSS JOIN lot ON lot.lot = standing.lot
  GROUP BY standing.lot
),
of_batch AS (
  SELECT batch, sum(held) AS held, count(iif(quantity > 0, rack, NULL)) AS racks
  FROM stands GROUP BY batch
)
SELECT asked.batch, asked.model, asked.maker, asked.site, asked.occurred, asked.quantity,
       of_batch.held, coalesce(of_batch.racks, 0) AS racks, asked.event_idx AS entry
FROM asked LEFT JOIN of_batch ON of_batch.batch = asked.batch
ORDER BY asked.batch, asked.event_idx
