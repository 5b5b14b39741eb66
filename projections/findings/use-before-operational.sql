-- code: LEASE-BEFORE-OPERATIONAL
-- title: Leased where nothing runs yet
-- severity: medium
-- basis: plan and fact: a lease of hardware that exists only as a plan
-- explains: racks that run, and whose placement is not recorded; a start that was agreed ahead
-- note: A lease whose site is not known is not decidable. What ran there before and stopped is seen
--       by LEASE-OVER-CAPACITY.
-- subject: lease
-- with: word
WITH let AS (
  SELECT lease.lease, lease.event_idx, lease.site,
         coalesce(lease.pool_model, (SELECT min(line.model) FROM line
                                     WHERE line.event_idx = lease.event_idx)) AS model,
         word.valid_until, word.occurred
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lease = :subject) AND lease.service IS NOT 'colocation'
    AND lease.parent_lease IS NULL
)
SELECT lease AS subject, json_array(event_idx) AS entries,
       iif(site IS NULL, printf('it begins on %s at a site that it does not name', occurred),
           printf('it begins on %s, and no %s runs at %s then', occurred, model, site)) AS facts,
       iif(site IS NULL, 'not decidable', 'indicator') AS certainty,
       iif(site IS NULL, 'info', 'medium') AS severity
FROM let
WHERE site IS NULL
   OR NOT EXISTS (SELECT 1 FROM posting JOIN word ON word.idx = posting.event_idx
                  WHERE posting.site = let.site AND book = 'use' AND lessee = '@capacity'
                    AND posting.model = let.model AND posting.quantity < 0
                    AND posting.valid_at < let.valid_until AND posting.idx <= :known_at)
