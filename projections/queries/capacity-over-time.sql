-- title: Leased and running capacity over time
-- question: How much ran and how much was leased at each site, from each day on which that changed?
-- parameters: site (site, optional, this site)
-- columns: from_day: from this day on, until the next row of the site and model
--          operational: GPUs that run
--          leased: GPUs under leases; what is sublet counts once
--          sublet: GPUs of leased that are under a sublease
--          unallocated: GPUs that run and nobody leases; below zero: more is leased than runs
--          over: yes if more is leased than runs
--          leased_on_one_word: GPUs of leased whose lease one party alone signed
-- note: Days are those that the events name. A lease whose quantity nobody stated is in no figure.
-- with: flow
WITH signed AS (
  SELECT lease.lease, lease.lessee, max(lease.parent_lease IS NOT NULL) AS is_sublease,
         max((SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = lease.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts'))) AS words
  FROM lease
  JOIN counting ON counting.event_idx = lease.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = lease.event_idx
  WHERE event.basis <> 'third_party_report'
  GROUP BY lease.lease, lease.lessee
),
moved AS (
  SELECT flow.site, flow.model, flow.lessee, flow.lease,
         CASE WHEN event.occurred LIKE '../%' THEN date(event.valid_at)
              ELSE substr(event.occurred || '-01-01', 1, 10) END AS day,
         sum(flow.quantity) AS quantity
  FROM flow JOIN event ON event.idx = flow.event_idx
  WHERE flow.book = 'use' AND (:site IS NULL OR flow.site = :site)
  GROUP BY flow.site, flow.model, flow.lessee, flow.lease, day
),
daily AS (
  SELECT moved.site, moved.model, moved.day,
         -sum(iif(moved.lessee = '@capacity', quantity, 0)) AS operational,
         sum(iif(moved.lessee = '@unallocated', quantity, 0)) AS unallocated,
         sum(iif(moved.lessee NOT IN ('@capacity', '@unallocated'), quantity, 0)) AS leased,
         sum(iif(signed.is_sublease, quantity, 0)) AS sublet,
         sum(iif(moved.lessee NOT IN ('@capacity', '@unallocated')
                 AND coalesce(signed.words, 0) < 2, quantity, 0)) AS on_one_word
  FROM moved LEFT JOIN signed ON signed.lease = moved.lease AND signed.lessee = moved.lessee
  GROUP BY moved.site, moved.model, moved.day
),
standing AS (
  SELECT site, model, day, sum(operational) OVER so_far AS operational,
         sum(leased) OVER so_far AS leased, sum(sublet) OVER so_far AS sublet,
         sum(unallocated) OVER so_far AS unallocated,
         sum(on_one_word) OVER so_far AS on_one_word
  FROM daily
  WINDOW so_far AS (PARTITION BY site, model ORDER BY day)
)
SELECT site, model, day AS from_day, operational, leased, sublet, unallocated,
       unallocated < 0 AS over, on_one_word AS leased_on_one_word
FROM standing
ORDER BY site, model, day
