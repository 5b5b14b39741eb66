-- title: Batches
-- question: Which batches were commissioned, by whom, and how much of each does somebody hold?
-- parameters: batch (batch, optional, this batch)
--             party (party, optional, batches that this party made)
-- columns: quantity: GPUs commissioned
--          held: GPUs of the batch on accounts of parties, destroyed ones too
--          racks: racks that hold some of it
-- note: Batches of stock that was there before the ledger opened are not commissioned in it.
SELECT batch.batch, batch.model, batch.maker, batch.site, event.occurred, batch.quantity,
       (SELECT sum(movement.quantity)
        FROM movement
        CROSS JOIN account ON account.account = movement.account
        CROSS JOIN event ON event.idx = movement.event_idx
        WHERE movement.batch = batch.batch AND book = 'possession' AND substr(holder, 1, 1) <> '@'
          AND event.valid_at < :as_of AND movement.idx <= :known_at) AS held,
       (SELECT count(*) FROM
         (SELECT rack FROM posting
          WHERE posting.batch = batch.batch AND book = 'possession' AND rack IS NOT NULL
            AND valid_at < :as_of AND idx <= :known_at
          GROUP BY rack HAVING sum(quantity) > 0)) AS racks,
       batch.event_idx AS entry
FROM batch
JOIN counting ON counting.event_idx = batch.event_idx
  AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
JOIN event ON event.idx = batch.event_idx
WHERE event.valid_at < :as_of
  AND (:batch IS NULL OR batch.batch = :batch)
  AND (:party IS NULL OR batch.maker = :party)
ORDER BY batch.batch, batch.event_idx
