-- title: What a site can run, and runs
-- question: What power is each site said to have, and what runs there on it?
-- parameters: site (site, optional, this site)
--             country (country, optional, sites in this country)
-- columns: it_megawatts: as the newest attestation states it; null: nobody did
--          metered_mwh: energy metered in the period, where one is stated
--          attested_by: on whose word the power is recorded
--          held: GPUs recorded at the site in any state
--          operational: GPUs of them that run
--          racks: racks with GPUs that run
--          kilowatts_each: power that the attestation leaves for each GPU that runs
--          tpp_running: total processing performance of what runs, by the newest classifications
--          leased: GPUs under leases
--          on_one_word: GPUs of operational whose start one party alone signed
-- note: Power is an operator's statement until somebody measured it. How much a model needs is not
--       recorded here; little power for many GPUs, or much for few, deserves a question.
WITH place AS (
  SELECT site.site, site.country, site.kind, site.operator, max(site.event_idx)
  FROM site JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    AND (:site IS NULL OR site.site = :site)
  GROUP BY site.site
),
attested AS (
  SELECT site_capacity.*, event.asserted_by, max(event.valid_at || printf('%015d', event.idx))
  FROM site_capacity
  JOIN counting ON counting.event_idx = site_capacity.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = site_capacity.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY site_capacity.site
),
-- Accounts that hold something, and the newest posting into each (bare columns follow max()).
standing AS (
  SELECT holder, site, state, shipment, model, batch, posting.rack, sum(quantity) AS balance,
         event_idx, quantity, sum(idx <> event_idx) AS reversals,
         max(CASE WHEN quantity > 0 THEN valid_at || (1000000000000 + event_idx) END) AS newest
  FROM posting
  WHERE book = 'possession' AND site IS NOT NULL AND valid_at < :as_of AND idx <= :known_at
    AND (:site IS NULL OR site = :site)
  GROUP BY holder, site, state, shipment, model, batch, posting.rack
  HAVING sum(quantity) <> 0
),
-- Where the newest arrival alone does not explain the balance: all arrivals, each with what it
-- left on the account; a reversal carries the event that it reverses.
arrival AS (
  SELECT standing.holder, standing.site, standing.state, standing.shipment, standing.model,
         standing.batch, standing.rack, standing.balance, posting.event_idx,
         posting.valid_at, sum(posting.quantity) AS quantity
  FROM standing CROSS JOIN posting ON posting.batch = standing.batch
  WHERE standing.balance > 0 AND (reversals > 0 OR standing.quantity < standing.balance)
    AND +posting.holder = standing.holder AND +posting.site IS standing.site
    AND posting.state IS standing.state AND +posting.shipment IS standing.shipment
    AND posting.model = standing.model AND +posting.rack IS standing.rack
    AND posting.book = 'possession' AND posting.valid_at < :as_of AND posting.idx <= :known_at
  GROUP BY standing.holder, standing.site, standing.state, standing.shipment, standing.model,
           standing.batch, standing.rack, posting.event_idx, posting.valid_at
  HAVING sum(posting.quantity) > 0
),
-- Newest first: of each arrival, what later arrivals leave unexplained of the balance.
stacked AS (
  SELECT *, sum(quantity) OVER (PARTITION BY holder, site, state, shipment, model, batch, rack
                                ORDER BY valid_at DESC, event_idx DESC
                                ROWS UNBOUNDED PRECEDING) AS arrived
  FROM arrival
),
explained AS (
  SELECT holder, site, state, shipment, model, batch, rack, event_idx, 0 AS quantity,
         max(0, min(quantity, balance - (arrived - quantity))) AS rest
  FROM stacked
  UNION ALL
  SELECT holder, site, state, shipment, model, batch, rack, event_idx, balance,
         CASE WHEN balance > 0 AND reversals = 0 AND quantity >= balance
              THEN balance ELSE 0 END
  FROM standing
),
lone AS (
  SELECT event_idx
  FROM (SELECT DISTINCT event_idx FROM explained WHERE state = 'operational') AS started
  WHERE (SELECT count(*) FROM
          (SELECT stance, max(via_idx) FROM signature
           WHERE signature.event_idx = started.event_idx AND via_idx <= :known_at GROUP BY party)
         WHERE stance IN ('signed', 'accepts')) < 2
),
classified AS (
  SELECT called, tpp, max(place)
  FROM (
    SELECT model.model AS called, model.tpp, event.valid_at || printf('%015d', event.idx) AS place
    FROM model
    JOIN counting ON counting.event_idx = model.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = model.event_idx
    WHERE event.valid_at < :as_of AND model.tpp IS NOT NULL
    UNION ALL
    SELECT model_alias.alias, model.tpp, event.valid_at || printf('%015d', event.idx)
    FROM model_alias
    JOIN model ON model.event_idx = model_alias.event_idx
    JOIN counting ON counting.event_idx = model.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = model.event_idx
    WHERE event.valid_at < :as_of AND model.tpp IS NOT NULL)
  GROUP BY called COLLATE NOCASE
),
here AS (
  SELECT site, sum(quantity) AS held,
         sum(iif(state = 'operational', quantity, 0)) AS operational,
         count(DISTINCT iif(state = 'operational' AND quantity > 0, rack, NULL)) AS racks,
         CAST(round(sum(iif(state = 'operational', quantity * CAST(tpp AS REAL), 0))) AS INTEGER)
           AS tpp_running,
         count(iif(state = 'operational' AND tpp IS NULL, 1, NULL)) AS unclassified,
         sum(iif(state = 'operational' AND event_idx IN (SELECT event_idx FROM lone), rest, 0))
           AS on_one_word
  FROM explained LEFT JOIN classified ON classified.called = explained.model COLLATE NOCASE
  GROUP BY site
),
leased AS (
  SELECT site, sum(quantity) AS quantity
  FROM posting
  WHERE book = 'use' AND lessee NOT IN ('@capacity', '@unallocated')
    AND valid_at < :as_of AND idx <= :known_at AND (:site IS NULL OR site = :site)
  GROUP BY site
)
SELECT place.site, place.country, place.kind, place.operator, attested.it_megawatts,
       attested.metered_mwh, attested.period, attested.asserted_by AS attested_by,
       coalesce(here.held, 0) AS held, coalesce(here.operational, 0) AS operational,
       coalesce(here.racks, 0) AS racks,
       CASE WHEN here.operational > 0 AND attested.it_megawatts IS NOT NULL THEN
         printf('%.2f', CAST(attested.it_megawatts AS REAL) * 1000 / here.operational) END
         AS kilowatts_each,
       iif(here.unclassified, NULL, coalesce(here.tpp_running, 0)) AS tpp_running,
       coalesce(leased.quantity, 0) AS leased, coalesce(here.on_one_word, 0) AS on_one_word,
       attested.event_idx AS entry
FROM place
LEFT JOIN attested ON attested.site = place.site
LEFT JOIN here ON here.site = place.site
LEFT JOIN leased ON leased.site = place.site
WHERE (:country IS NULL OR place.country = :country)
  AND (attested.event_idx IS NOT NULL OR here.held <> 0)
ORDER BY place.site
