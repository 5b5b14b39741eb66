-- title: Do the books agree
-- question: Does each book sum to zero, is all that was commissioned, or opened as stock, held and
--           owned by somebody, and is the capacity in the book of use what is recorded as running?
-- columns: compared: what stands on the left against what stands on the right
--          holds: yes if both sides are equal
--          left_side: GPUs
--          right_side: GPUs; those destroyed, and those that left for another ledger, count too
-- note: Books that agree show that the entries fit together, not that they are true.
-- with: flow
WITH stood AS (
  SELECT book, model, sum(quantity) AS total,
         sum(iif(coalesce(holder, owner) NOT IN ('@commissioned', '@opening'), quantity, 0)) AS kept,
         sum(iif(state = 'operational', quantity, 0)) AS running,
         sum(iif(lessee = '@capacity', -quantity, 0)) AS capacity
  FROM flow
  GROUP BY book, model
),
told AS (
  SELECT event_idx, model, quantity, 0 AS opened FROM batch
  UNION ALL
  SELECT event_idx, line.model, line.quantity, 1 FROM stock_opening JOIN line USING (event_idx)
),
made AS (
  SELECT told.model, sum(told.quantity) AS quantity,
         CASE sum(told.opened) WHEN 0 THEN 'commissioned' WHEN count(*) THEN 'opened'
              ELSE 'commissioned or opened' END AS how
  FROM told
  JOIN counting ON counting.event_idx = told.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = told.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY told.model
),
compared AS (
  SELECT 1 AS place, book || ': all accounts sum to zero' AS compared, NULL AS model,
         sum(total) AS left_side, 0 AS right_side
  FROM stood GROUP BY book
  UNION ALL
  SELECT 2, how || ' = held by somebody', made.model, made.quantity, coalesce(kept, 0)
  FROM made LEFT JOIN stood ON stood.model = made.model AND book = 'possession'
  UNION ALL
  SELECT 3, how || ' = owned by somebody', made.model, made.quantity, coalesce(kept, 0)
  FROM made LEFT JOIN stood ON stood.model = made.model AND book = 'title'
  UNION ALL
  SELECT 4, 'operational = capacity that is used or unallocated', model,
         sum(running), sum(capacity)
  FROM stood GROUP BY model
)
SELECT compared, model, left_side, right_side, left_side = right_side AS holds
FROM compared
ORDER BY place, compared, model
