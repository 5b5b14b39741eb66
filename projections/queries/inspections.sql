-- title: Inspections
-- question: When was each site looked at, by whom, how thoroughly, and what was found?
-- parameters: site (site, optional, this site)
-- columns: strength: from 0, a self-declaration, to 5, attestation by device with a proof of place
--          drawn: whether the sample plan that was revealed is the one committed to beforehand
--          counted: units looked at
--          found: units found as recorded
--          operational: GPUs recorded as running at the site when it was looked at
-- note: A label or a serial number seen is weak evidence: labels can be moved.
WITH told AS (
  SELECT inspection.*, event.valid_until
  FROM inspection
  JOIN counting ON counting.event_idx = inspection.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = inspection.event_idx
  WHERE event.valid_at < :as_of AND (:site IS NULL OR inspection.site = :site)
),
-- What ran at each site, from each moment that changed it.
changed AS (
  SELECT account.site, event.valid_at, sum(movement.quantity) AS quantity
  FROM account
  CROSS JOIN movement ON movement.account = account.account
  CROSS JOIN event ON event.idx = movement.event_idx
  WHERE account.site IN (SELECT site FROM told)
    AND book = 'possession' AND state = 'operational' AND movement.idx <= :known_at
  GROUP BY account.site, event.valid_at
),
level AS MATERIALIZED (
  SELECT site, valid_at, sum(quantity) OVER (PARTITION BY site ORDER BY valid_at) AS quantity
  FROM changed
)
SELECT inspection.site, event.occurred, event.asserted_by AS inspector, inspection.host,
       inspection.strength, inspection.method, inspection.counted, inspection.found,
       coalesce((SELECT level.quantity FROM level
                 WHERE level.site = inspection.site AND level.valid_at < inspection.valid_until
                 ORDER BY level.valid_at DESC LIMIT 1), 0) AS operational,
       (SELECT group_concat(exception, '; ') FROM
         (SELECT exception FROM inspection_exception
          WHERE inspection_exception.event_idx = event.idx ORDER BY exception)) AS exceptions,
       inspection.limits,
       CASE WHEN inspection.sample IS NULL THEN 'no sample plan'
            WHEN inspection.plan_sha256 IS NULL THEN 'not revealed'
            WHEN inspection.plan_sha256 IN
              (SELECT sample_plan.plan_sha256 FROM sample_plan
               WHERE sample_plan.sample = inspection.sample
                 AND sample_plan.event_idx < event.idx) THEN 'as committed'
            ELSE 'other than committed' END AS drawn,
       (SELECT group_concat(present, '; ') FROM
         (SELECT present FROM inspection_presence
          WHERE inspection_presence.event_idx = event.idx ORDER BY present)) AS present,
       (SELECT group_concat(party, ', ') FROM
         (SELECT expected.party FROM expected
          WHERE expected.event_idx = event.idx AND NOT EXISTS
            (SELECT 1 FROM signature
             WHERE signature.event_idx = event.idx AND via_idx <= :known_at
               AND signature.party = expected.party)
          ORDER BY expected.party)) AS not_signed_by,
       event.idx AS entry
FROM told AS inspection
JOIN event ON event.idx = inspection.event_idx
ORDER BY inspection.site, event.valid_at, event.idx
