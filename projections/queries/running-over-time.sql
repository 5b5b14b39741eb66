-- title: Leases against running capacity
-- question: How much ran at each site, and how much of it was leased, after every change?
-- parameters: site (site, optional, this site)
-- columns: moment: when it changed, UTC; the first instant of what was signed as a day
--          occurred: the same as its event says it
--          operational: GPUs that run from then on
--          leased: GPUs under leases that state a quantity
--          unallocated: GPUs that run and nobody leases; below zero where more is leased than runs
-- note: Leases whose quantity nobody stated are in no figure here; `lease-book` lists them.
WITH changed AS (
  -- From the accounts on: they are few, and what moved on them is a small part of all that moved.
  SELECT valid_at, site, model, max(event_idx) AS event_idx,
         sum(iif(lessee = '@capacity', -movement.quantity, 0)) AS ran,
         sum(iif(lessee = '@capacity', 0, movement.quantity)) AS let
  FROM account
  CROSS JOIN movement ON movement.account = account.account
  CROSS JOIN event ON event.idx = movement.event_idx
  -- what is not allocated is the rest of what the other accounts of the event say
  WHERE book = 'use' AND lessee <> '@unallocated' AND (:site IS NULL OR site = :site)
    AND event.valid_at < :as_of AND movement.idx <= :known_at
  GROUP BY valid_at, site, model
  HAVING ran <> 0 OR let <> 0
)
SELECT changed.site, changed.model, changed.valid_at AS moment, event.occurred,
       sum(ran) OVER so_far AS operational, sum(let) OVER so_far AS leased,
       sum(ran - let) OVER so_far AS unallocated, changed.event_idx AS entry
FROM changed JOIN event ON event.idx = changed.event_idx
WINDOW so_far AS (PARTITION BY changed.site, changed.model ORDER BY changed.valid_at)
ORDER BY changed.site, changed.model, changed.valid_at
