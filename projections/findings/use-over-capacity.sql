-- code: LEASE-OVER-CAPACITY
-- title: More capacity leased than runs
-- severity: high
-- basis: phantom cloud: use is sold of hardware that is not there
-- explains: racks that run, and whose placement is not recorded; a lease that ended
-- note: Dates are taken as the entries allow at best. Where only the books' own order is below zero it
--       cannot be excluded, and is graded low.
-- subject: site
-- with: flow
WITH moved AS (
  SELECT site, model, event_idx, max(idx) AS by_idx, sum(quantity) AS quantity
  FROM flow
  WHERE book = 'use' AND lessee = '@unallocated' AND site IS NOT NULL
    AND (:subject IS NULL OR flow.site = :subject)
  GROUP BY site, model, event_idx
),
level AS (
  SELECT moved.*, event.occurred,
         sum(quantity) OVER (PARTITION BY site, model
           ORDER BY iif(quantity > 0, valid_at, valid_until), quantity > 0) AS at_best,
         sum(quantity) OVER (PARTITION BY site, model ORDER BY valid_at) AS as_posted
  FROM moved JOIN event ON event.idx = moved.event_idx
  WHERE quantity <> 0
)
SELECT site AS subject, json_array(event_idx, max(by_idx)) AS entries,
       printf('%,d GPUs of %s more are leased than run at %s, at worst by what is dated %s',
         -least, model, site, occurred) AS facts,
       iif(certain, 'indicator', 'cannot be excluded') AS certainty,
       iif(certain, 'high', 'low') AS severity
FROM (
  SELECT site, model, event_idx, by_idx, occurred, min(at_best) < 0 AS certain,
         min(min(at_best, as_posted)) AS least
  FROM level
  WHERE at_best < 0 OR as_posted < 0
  GROUP BY site, model
)
GROUP BY site, model
