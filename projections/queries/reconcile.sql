-- title: Do the books agree
-- question: Does each book sum to zero, is all that was commissioned held and owned by somebody,
--           and is the capacity in the book of use what is recorded as running?
-- columns: compared: what stands on the left against what stands on the right
--          holds: 1 if both sides are equal
--          left_side: GPUs
--          right_side: GPUs; an opening balance counts against what is held
-- note: Books that agree show that the entries fit together, not that they are true.
WITH stood AS (
  SELECT book, model, state, coalesce(holder, owner, lessee) AS account, sum(quantity) AS quantity
  FROM posting
  WHERE valid_at < :as_of AND idx <= :known_at
  GROUP BY book, model, state, coalesce(holder, owner, lessee)
),
made AS (
  SELECT batch.model, sum(batch.quantity) AS quantity
  FROM batch
  JOIN counting ON counting.event_idx = batch.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = batch.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY batch.model
),
compared AS (
  SELECT 1 AS place, book || ': all accounts sum to zero' AS compared, NULL AS model,
         sum(quantity) AS left_side, 0 AS right_side
  FROM stood GROUP BY book
  UNION ALL
  SELECT 2, 'commissioned = held by somebody', made.model, made.quantity,
         (SELECT total(quantity) FROM stood
          WHERE book = 'possession' AND stood.model = made.model AND account <> '@commissioned')
  FROM made
  UNION ALL
  SELECT 3, 'commissioned = owned by somebody', made.model, made.quantity,
         (SELECT total(quantity) FROM stood
          WHERE book = 'title' AND stood.model = made.model AND account <> '@commissioned')
  FROM made
  UNION ALL
  SELECT 4, 'operational = capacity that is used or unallocated', model,
         total(quantity) FILTER (WHERE state = 'operational'),
         -total(quantity) FILTER (WHERE account = '@capacity')
  FROM stood
  GROUP BY model
)
SELECT compared, model, CAST(left_side AS INTEGER) AS left_side,
       CAST(right_side AS INTEGER) AS right_side, left_side = right_side AS holds
FROM compared
ORDER BY place, compared, model
