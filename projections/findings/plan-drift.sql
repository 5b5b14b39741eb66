-- code: PLAN-DRIFT
-- title: What stands there is not what was planned
-- severity: low
-- basis: a deployment that differs from what was told before it
-- explains: a plan that went on, and whose change is not recorded
-- note: Compared with the racks that are said to fulfil the plan; a plan that none is said to fulfil
--       is compared when its last day is over.
-- subject: plan
-- thresholds: tolerance (5, percent by which quantities may differ)
-- with: told, place, standing_lots
WITH said AS (
  SELECT plan.plan, plan.event_idx, plan.quantity, plan.qualifier, plan.country, plan.site,
         plan.window_to, plan.window_to_end, 0 AS cancelled, told.valid_at
  FROM plan JOIN told ON told.idx = plan.event_idx
  WHERE (:subject IS NULL OR plan.plan = :subject)
  UNION ALL
  SELECT change.plan, change.event_idx, change.quantity, change.qualifier, change.country,
         change.site, change.window_to, change.window_to_end, change.cancelled, told.valid_at
  FROM plan_change AS change JOIN told ON told.idx = change.event_idx
  WHERE (:subject IS NULL OR change.plan = :subject)
),
terms AS (
  SELECT said.plan, max(said.event_idx) AS event_idx, max(said.cancelled) AS cancelled,
         (SELECT other.quantity || ' ' || coalesce(other.qualifier, 'exact') FROM said AS other
          WHERE other.plan = said.plan AND other.quantity IS NOT NULL
          ORDER BY other.valid_at DESC, other.event_idx DESC LIMIT 1) AS amount,
         (SELECT other.country FROM said AS other
          WHERE other.plan = said.plan AND other.country IS NOT NULL
          ORDER BY other.valid_at DESC, other.event_idx DESC LIMIT 1) AS country,
         (SELECT other.window_to_end FROM said AS other
          WHERE other.plan = said.plan AND other.window_to IS NOT NULL
          ORDER BY other.valid_at DESC, other.event_idx DESC LIMIT 1) AS over_at
  FROM said GROUP BY said.plan
),
fulfilling AS (
  SELECT terms.plan, terms.country, plan_rack.rack, plan_rack.event_idx
  FROM terms
  CROSS JOIN plan_rack ON plan_rack.plan = terms.plan
  JOIN told ON told.idx = plan_rack.event_idx
),
picked_lot AS (
  SELECT lot.lot
  FROM (SELECT rack FROM fulfilling GROUP BY rack) AS one CROSS JOIN lot ON lot.rack = one.rack
),
in_rack AS (
  SELECT lot.rack, sum(lots_standing.quantity) AS quantity,
         min(iif(account.state IN ('installed', 'operational'), place.country, NULL)) AS first,
         max(iif(account.state IN ('installed', 'operational'), place.country, NULL)) AS last
  FROM lots_standing
  CROSS JOIN account ON account.account = lots_standing.account
  CROSS JOIN lot ON lot.lot = lots_standing.lot
  LEFT JOIN place ON place.site = account.site
  WHERE book = 'possession' AND substr(account.holder, 1, 1) <> '@'
  GROUP BY lot.rack
),
stands AS (
  SELECT fulfilling.plan, max(fulfilling.event_idx) AS newest, sum(in_rack.quantity) AS gpus,
         min(iif(in_rack.first <> fulfilling.country, in_rack.first,
                 iif(in_rack.last <> fulfilling.country, in_rack.last, NULL))) AS elsewhere
  FROM fulfilling LEFT JOIN in_rack ON in_rack.rack = fulfilling.rack
  GROUP BY fulfilling.plan
),
compared AS (
  SELECT terms.*, stands.newest, coalesce(stands.gpus, 0) AS gpus, stands.elsewhere,
         CAST(amount AS INTEGER) AS planned, substr(amount, instr(amount, ' ') + 1) AS qualifier
  FROM terms LEFT JOIN stands ON stands.plan = terms.plan
  WHERE NOT terms.cancelled AND (stands.plan IS NOT NULL OR terms.over_at < :as_of)
)
SELECT plan AS subject, json_array(event_idx, newest) AS entries,
       iif(elsewhere IS NOT NULL,
         printf('planned for %s, and racks of it stand in %s', country, elsewhere),
         printf('%s %,d GPUs are planned, and racks that fulfil it hold %,d', replace(qualifier,
           '_', ' '), planned, gpus)) AS facts,
       iif(elsewhere IS NOT NULL, 'medium', 'low') AS severity
FROM compared
WHERE elsewhere IS NOT NULL
   OR gpus * 100 < planned * (100 - :tolerance)
   OR (qualifier IN ('exact', 'about') AND gpus * 100 > planned * (100 + :tolerance))
