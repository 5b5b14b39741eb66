-- title: Leases against running capacity
-- question: How much ran at each site, and how much of it was leased, after every change?
-- parameters: site (site, optional, this site)
-- columns: moment: when it changed, UTC; the first instant of what was signed as a day
--          occurred: the same as its event says it
--          operational: GPUs that run from then on
--          leased: GPUs under leases that state a quantity
--          unallocated: GPUs that run and nobody leases; below zero where more is leased than runs
-- note: Leases whose quantity nobody stated are in no figure here; `lease-book` lists them.
-- with: flow
WITH changed AS (
  SELECT valid_at, site, model, max(event_idx) AS event_idx,
         sum(iif(lessee = '@capacity', -quantity, 0)) AS ran,
         sum(iif(lessee = '@capacity', 0, quantity)) AS let
  FROM flow
  -- what is not allocated is the rest of what the other accounts of the event say
  WHERE book = 'use' AND lessee <> '@unallocated' AND (:site IS NULL OR site = :site)
  GROUP BY valid_at, site, model
  HAVING ran <> 0 OR let <> 0
)
SELECT changed.site, changed.model, changed.valid_at AS moment, event.occurred,
       sum(ran) OVER so_far AS operational, sum(let) OVER so_far AS leased,
       sum(ran - let) OVER so_far AS unallocated, changed.event_idx AS entry
FROM changed JOIN event ON event.idx = changed.event_idx
WINDOW so_far AS (PARTITION BY changed.site, changed.model ORDER BY changed.valid_at)
ORDER BY changed.site, changed.model, changed.valid_at
