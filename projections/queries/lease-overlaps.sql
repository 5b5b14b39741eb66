-- title: Racks under several leases
-- question: Which racks stand under more than one lease at once?
-- parameters: site (site, optional, racks leased at this site)
-- columns: leases: each with its user and the GPUs of the rack under it
--          in_rack: GPUs that run in the rack
--          leased: GPUs of the rack under all of its leases
--          over: GPUs leased beyond what runs in the rack
--          on_one_word: GPUs of leased whose lease one party alone signed
-- note: Two leases may share a rack, each a part of it; `over` says where they take more than it has.
--       A sublease takes its part out of the lease above it. A lease of a pool names no rack.
WITH picked AS (
  SELECT account FROM account
  WHERE book = 'use' AND lessee NOT IN ('@capacity', '@unallocated')
    AND (:site IS NULL OR site = :site)
),
-- Racks that were ever leased under more than one lease: only these can be shared.
crowded AS MATERIALIZED (
  SELECT lot.rack
  FROM picked
  CROSS JOIN posted ON posted.account = picked.account
  CROSS JOIN lot ON lot.lot = posted.lot
  WHERE lot.rack IS NOT NULL
  GROUP BY lot.rack HAVING min(posted.account) <> max(posted.account)
),
used AS MATERIALIZED (
  SELECT account.site, account.model, lot.rack, account.lessee, account.lease,
         sum(posted.quantity) AS quantity, max(posted.event_idx) AS event_idx
  FROM crowded
  CROSS JOIN lot ON lot.rack = crowded.rack
  CROSS JOIN posted ON posted.lot = lot.lot
  CROSS JOIN account ON account.account = posted.account
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE account.account IN (SELECT account FROM picked) AND event.valid_at < :as_of
    AND posted.idx <= :known_at
  GROUP BY account.site, account.model, lot.rack, account.lessee, account.lease
  HAVING sum(posted.quantity) > 0
),
shared AS (
  SELECT site, model, rack, sum(quantity) AS leased
  FROM used GROUP BY site, model, rack HAVING count(*) > 1
)
SELECT shared.rack, shared.site, shared.model,
       (SELECT group_concat(lease || ' ' || lessee || ' ' || quantity, ', ') FROM
         (SELECT lease, lessee, quantity FROM used
          WHERE used.rack = shared.rack AND used.site = shared.site
            AND used.model = shared.model ORDER BY lease, lessee)) AS leases,
       coalesce(running.quantity, 0) AS in_rack, shared.leased,
       max(0, shared.leased - coalesce(running.quantity, 0)) AS over,
       (SELECT sum(used.quantity) FROM used
        WHERE used.rack = shared.rack AND used.site = shared.site AND used.model = shared.model
          AND (SELECT count(*) FROM
                (SELECT stance, max(via_idx) FROM signature
                 WHERE signature.event_idx = used.event_idx AND via_idx <= :known_at
                 GROUP BY party)
               WHERE stance IN ('signed', 'accepts')) < 2) AS on_one_word
FROM shared
LEFT JOIN (
  SELECT posting.site, posting.model, posting.rack, sum(posting.quantity) AS quantity
  FROM posting
  WHERE posting.book = 'possession' AND posting.state = 'operational'
    AND posting.rack IN (SELECT rack FROM shared)
    AND posting.valid_at < :as_of AND posting.idx <= :known_at
  GROUP BY posting.site, posting.model, posting.rack) AS running
  ON running.rack = shared.rack AND running.site = shared.site AND running.model = shared.model
ORDER BY over DESC, shared.site, shared.rack, shared.model
