-- code: MASS-BALANCE
-- title: Commissioned and held units differ
-- severity: critical
-- basis: conservation: what was commissioned or opened is held by somebody, or told as gone
-- explains: nothing in the log can; the file of read models was altered, or is damaged
-- note: Books sum to zero by the way they are made, so this says that the file is no longer what
--       follows from the log. Delete it and it is built again.
-- subject: batch
-- with: word, flow
WITH made AS (
  SELECT batch, sum(quantity) AS quantity, max(event_idx) AS event_idx
  FROM (
    SELECT batch.batch, batch.quantity, batch.event_idx
    FROM batch JOIN word ON word.idx = batch.event_idx
    WHERE (:subject IS NULL OR batch.batch = :subject)
    UNION ALL
    SELECT line.batch, line.quantity, line.event_idx
    FROM line
    JOIN stock_opening ON stock_opening.event_idx = line.event_idx
    JOIN word ON word.idx = line.event_idx
    WHERE (:subject IS NULL OR line.batch = :subject)
  )
  GROUP BY batch
)
SELECT made.batch AS subject, json_array(made.event_idx) AS entries,
       printf('%,d GPUs of batch %s came into being, and accounts hold %,d', made.quantity,
         made.batch, held.quantity) AS facts
FROM made
JOIN (SELECT batch,
             sum(iif(holder NOT IN ('@commissioned', '@opening'), quantity, 0)) AS quantity
      FROM flow
      WHERE book = 'possession' AND batch IS NOT NULL
        AND (:subject IS NULL OR flow.batch = :subject)
      GROUP BY batch) AS held ON held.batch = made.batch
WHERE held.quantity <> made.quantity
