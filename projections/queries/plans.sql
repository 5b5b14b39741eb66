-- title: Plans against what is recorded
-- question: What deployments are said to come, and what is recorded of each?
-- parameters: plan (plan, optional, this plan)
--             country (country, optional, plans for this country)
-- columns: stage: as the newest change that counts has it; so with all that follows
--          cancelled: yes if it was given up, and no later change gives it a stage again
--          changed: when it was last changed: on the word of the party whose plan it is, if it did
--          qualifier: what is known of the planned figure
--          planned: GPUs as stated; never added to what is recorded
--          word: on what ground it is told
--          linked_racks: racks that somebody said fulfil the plan
--          linked: GPUs recorded in those racks now
--          held_there: GPUs of the model recorded at the site, else in the country; null if neither
-- note: A plan is no hardware: it stands beside what is recorded and is never added to it. Units
--       held in the country need not belong to the plan.
-- with: total, place, standing_lots
WITH first AS MATERIALIZED (
  SELECT plan.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM plan
  JOIN counting ON counting.event_idx = plan.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = plan.event_idx
  WHERE event.valid_at < :as_of AND (:plan IS NULL OR plan = :plan)
),
-- What was said of it afterwards by who told of the plan, and by the party whose plan it is: its
-- own word goes before that of others, then the newest one.
later AS (
  SELECT first.event_idx AS plan_idx, plan_change.*, event.occurred, event.idx,
         row_number() OVER (
           PARTITION BY first.event_idx
           ORDER BY CASE event.basis WHEN 'first_party' THEN 0 WHEN 'authority' THEN 1
                      WHEN 'counterparty' THEN 2 ELSE 3 END,
                    event.valid_at DESC, event.idx DESC) AS nth
  FROM first
  JOIN plan_change ON plan_change.plan = first.plan
  JOIN counting ON counting.event_idx = plan_change.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = plan_change.event_idx
  WHERE event.valid_at < :as_of AND event.valid_until > first.valid_at
    AND (event.asserted_by = first.asserted_by
         OR (plan_change.planner = first.planner AND first.basis <> 'third_party_report'
             AND event.basis <> 'third_party_report'))
),
-- Of each thing the first that was said, in that order: the least number, and what stands behind it.
changed AS MATERIALIZED (
  SELECT plan_idx, min(iif(nth = 1, occurred, NULL)) AS occurred,
         min(iif(qualifier IS NULL, NULL, place || coalesce(quantity, ''))) AS quantity,
         min(place || qualifier) AS qualifier,
         min(iif(cancelled OR stage IS NOT NULL, place || coalesce(cancelled, 0), NULL)) AS cancelled,
         min(place || stage) AS stage,
         min(place || country) AS country,
         min(place || site) AS site,
         min(place || cluster) AS cluster,
         min(place || owner) AS owner,
         min(place || operator) AS operator,
         min(place || supplier) AS supplier,
         min(place || for_party) AS for_party,
         min(place || window_from) AS window_from,
         min(place || window_to) AS window_to
  FROM (SELECT *, printf('%09d', nth) AS place FROM later)
  GROUP BY plan_idx
),
folded AS (
  SELECT first.event_idx, first.plan, first.model, first.occurred, first.valid_at, first.basis,
         first.asserted_by,
         coalesce(substr(changed.stage, 10), first.stage) AS stage,
         coalesce(substr(changed.country, 10), first.country) AS country,
         coalesce(substr(changed.site, 10), first.site) AS site,
         coalesce(substr(changed.cluster, 10), first.cluster) AS cluster,
         coalesce(substr(changed.owner, 10), first.owner) AS owner,
         coalesce(substr(changed.operator, 10), first.operator) AS operator,
         coalesce(substr(changed.supplier, 10), first.supplier) AS supplier,
         coalesce(substr(changed.for_party, 10), first.for_party) AS for_party,
         coalesce(substr(changed.window_from, 10), first.window_from) AS window_from,
         coalesce(substr(changed.window_to, 10), first.window_to) AS window_to,
         CASE WHEN changed.qualifier IS NULL THEN first.quantity
              ELSE CAST(nullif(substr(changed.quantity, 10), '') AS INTEGER) END AS quantity,
         coalesce(substr(changed.qualifier, 10), first.qualifier) AS qualifier,
         coalesce(CAST(substr(changed.cancelled, 10) AS INTEGER), 0) AS cancelled,
         changed.occurred AS changed
  FROM first LEFT JOIN changed ON changed.plan_idx = first.event_idx
),
told AS MATERIALIZED (
  SELECT * FROM folded WHERE :country IS NULL OR country = :country COLLATE NOCASE
),
linked AS MATERIALIZED (
  SELECT DISTINCT plan_rack.plan, plan_rack.rack
  FROM told
  CROSS JOIN plan_rack ON plan_rack.plan = told.plan
  JOIN counting ON counting.event_idx = plan_rack.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = plan_rack.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
),
picked_lot AS (SELECT lot.lot FROM linked CROSS JOIN lot ON lot.rack = linked.rack),
in_lot AS (
  SELECT lots_standing.lot, sum(lots_standing.quantity) AS quantity
  FROM lots_standing
  CROSS JOIN account ON account.account = lots_standing.account AND account.book = 'possession'
  GROUP BY lots_standing.lot
),
linked_units AS (
  SELECT linked.plan, count(DISTINCT linked.rack) AS racks, sum(in_lot.quantity) AS quantity
  FROM linked
  LEFT JOIN lot ON lot.rack = linked.rack
  LEFT JOIN in_lot ON in_lot.lot = lot.lot
  GROUP BY linked.plan
),
meant AS (
  SELECT told.event_idx, model_alias.model
  FROM told
  JOIN model_alias ON model_alias.alias = told.model
  JOIN counting ON counting.event_idx = model_alias.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  UNION
  SELECT event_idx, model FROM told
),
meant_site AS (
  SELECT site FROM told WHERE site IS NOT NULL
  UNION
  SELECT place.site FROM told JOIN place ON place.country = told.country
),
held AS MATERIALIZED (
  SELECT total.site, place.country, total.model, sum(total.quantity) AS quantity
  FROM total
  LEFT JOIN place ON place.site = total.site
  WHERE total.book = 'possession' AND total.model IN (SELECT model FROM meant)
    AND total.site IN (SELECT site FROM meant_site)
  GROUP BY total.site, total.model
)
SELECT told.plan, told.stage, told.cancelled, told.changed, told.qualifier, told.quantity AS planned, told.model,
       told.country, told.site, told.cluster, told.for_party, told.owner, told.operator,
       told.supplier, told.window_from, told.window_to,
       CASE told.basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
       told.asserted_by, told.occurred,
       coalesce(linked_units.racks, 0) AS linked_racks,
       CAST(coalesce(linked_units.quantity, 0) AS INTEGER) AS linked,
       CASE WHEN coalesce(told.site, told.country) IS NOT NULL THEN
         (SELECT CAST(total(held.quantity) AS INTEGER) FROM held
          WHERE held.model IN (SELECT meant.model FROM meant
                               WHERE meant.event_idx = told.event_idx)
            AND CASE WHEN told.site IS NOT NULL THEN held.site = told.site
                     ELSE held.country = told.country END) END AS held_there,
       told.event_idx AS entry
FROM told LEFT JOIN linked_units ON linked_units.plan = told.plan
ORDER BY told.country, told.plan, told.basis = 'third_party_report', told.event_idx
