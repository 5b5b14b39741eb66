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
-- with: standing, word_of, place, rated, total
WITH attested AS (
  SELECT site_capacity.*, event.asserted_by, max(event.valid_at || printf('%015d', event.idx))
  FROM site_capacity
  JOIN counting ON counting.event_idx = site_capacity.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = site_capacity.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY site_capacity.site
),
-- Whose word is looked at only for what runs; all else is counted by account.
picked AS (
  SELECT account FROM account
  WHERE book = 'possession' AND state = 'operational' AND site IS NOT NULL
    AND (:site IS NULL OR site = :site)
),
standing AS (SELECT *, NULL AS apart FROM accounts_standing),
racks_of AS (
  SELECT account.site, count(DISTINCT rack) AS racks
  FROM standing
  JOIN account ON account.account = standing.account
  JOIN lot ON lot.lot = standing.lot
  WHERE standing.quantity > 0
  GROUP BY account.site
),
running AS (
  SELECT account.site, sum(word_of.quantity) AS operational,
         sum(on_one_word + on_opening) AS on_one_word,
         CAST(round(sum(word_of.quantity * CAST(tpp AS REAL))) AS INTEGER) AS tpp_running,
         count(iif(tpp IS NULL, 1, NULL)) AS unclassified
  FROM word_of
  JOIN account ON account.account = word_of.account
  LEFT JOIN rated ON rated.called = account.model COLLATE NOCASE
  GROUP BY account.site
),
held AS (
  SELECT site, sum(quantity) AS quantity
  FROM total
  WHERE book = 'possession' AND site IS NOT NULL AND (:site IS NULL OR site = :site)
  GROUP BY site
),
leased AS (
  SELECT site, sum(quantity) AS quantity
  FROM total
  WHERE book = 'use' AND lessee NOT IN ('@capacity', '@unallocated')
    AND (:site IS NULL OR site = :site)
  GROUP BY site
)
SELECT place.site, place.country, place.kind, place.operator, attested.it_megawatts,
       attested.metered_mwh, attested.period, attested.asserted_by AS attested_by,
       coalesce(held.quantity, 0) AS held, coalesce(running.operational, 0) AS operational,
       coalesce(racks_of.racks, 0) AS racks,
       CASE WHEN running.operational > 0 AND attested.it_megawatts IS NOT NULL THEN
         printf('%.2f', CAST(attested.it_megawatts AS REAL) * 1000 / running.operational) END
         AS kilowatts_each,
       iif(running.unclassified, NULL, coalesce(running.tpp_running, 0)) AS tpp_running,
       coalesce(leased.quantity, 0) AS leased, coalesce(running.on_one_word, 0) AS on_one_word,
       attested.event_idx AS entry
FROM place
LEFT JOIN attested ON attested.site = place.site
LEFT JOIN held ON held.site = place.site
LEFT JOIN running ON running.site = place.site
LEFT JOIN racks_of ON racks_of.site = place.site
LEFT JOIN leased ON leased.site = place.site
WHERE (:country IS NULL OR place.country = :country)
  AND (:site IS NULL OR place.site = :site)
  AND (attested.event_idx IS NOT NULL OR held.quantity <> 0)
ORDER BY place.site
