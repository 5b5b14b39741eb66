-- title: Possession over time
-- question: How many units did each holder have in each state, after every moment that changed it?
-- parameters: batch (batch, optional, units of this batch)
--             holder (party, optional, units that this party held)
--             site (site, optional, units at this site)
-- columns: moment: when it changed, UTC; the first instant of what was signed as a day
--          occurred: the same as its event says it
--          quantity: GPUs from then on
-- note: Units on the way are with their carrier, and at no site.
-- with: flow
WITH changed AS (
  SELECT valid_at, holder, state, sum(quantity) AS change, max(event_idx) AS event_idx
  FROM flow
  WHERE book = 'possession' AND holder NOT IN ('@commissioned', '@opening')
    AND (:batch IS NULL OR batch = :batch)
    AND (:holder IS NULL OR holder = :holder)
    AND (:site IS NULL OR site = :site)
  GROUP BY valid_at, holder, state
  HAVING sum(quantity) <> 0
)
SELECT changed.valid_at AS moment, event.occurred, holder, state,
       sum(change) OVER (PARTITION BY holder, state ORDER BY changed.valid_at) AS quantity,
       changed.event_idx AS entry
FROM changed JOIN event ON event.idx = changed.event_idx
ORDER BY changed.valid_at, holder, state
