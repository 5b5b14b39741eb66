-- title: What is on site
-- question: What is held at each site, of which class, in which state, and when did it come?
-- parameters: site (site, optional, this site)
--             country (country, optional, sites in this country)
-- columns: operator: of the site, as it was last registered
--          eccn: as the newest classification of the model states it
--          racks: racks that hold them; 0 for loose units
--          first_came: day on which the holder first received the model at the site
--          last_came: day of the last one
--          tpp_total: total processing performance of all of them, by the newest classification
--          on_one_word: GPUs whose newest arrival in this state one party alone signed
--          on_two_words: GPUs whose newest arrival two parties or more signed or accepted
--          on_opening: GPUs whose newest arrival is an opening balance that one party alone signed
-- note: What is recorded, not what was seen: `assurance` says what an inspection looked at. Units
--       that were lost, stolen or destroyed stay listed in that state.
-- with: standing, word_of, place, classified
WITH picked AS (
  SELECT account
  FROM account
  WHERE book = 'possession' AND site IS NOT NULL AND (:site IS NULL OR site = :site)
),
standing AS (SELECT *, NULL AS apart FROM accounts_standing),
in_racks AS (
  SELECT account.site, account.holder, account.model, account.state, count(DISTINCT rack) AS racks
  FROM standing
  JOIN account ON account.account = standing.account
  JOIN lot ON lot.lot = standing.lot
  WHERE standing.quantity > 0 AND rack IS NOT NULL
  GROUP BY account.site, account.holder, account.model, account.state
),
came AS (
  SELECT receipt.site, receipt.receiver, line.model, min(event.valid_at || event.occurred) AS first,
         max(event.valid_at || event.occurred) AS last
  FROM receipt
  JOIN counting ON counting.event_idx = receipt.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = receipt.event_idx
  JOIN line ON line.event_idx = receipt.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:site IS NULL OR receipt.site = :site)
  GROUP BY receipt.site, receipt.receiver, line.model
),
held AS (
  SELECT account.site, account.holder, account.model, account.state,
         sum(word_of.quantity) AS quantity, sum(on_one_word) AS on_one_word,
         sum(on_two_words) AS on_two_words, sum(on_opening) AS on_opening
  FROM word_of JOIN account ON account.account = word_of.account
  GROUP BY account.site, account.holder, account.model, account.state
  HAVING sum(word_of.quantity) <> 0
)
SELECT held.site, place.country, place.operator, held.holder, held.model, classified.eccn,
       held.state, coalesce(racks, 0) AS racks, quantity, substr(came.first, 21) AS first_came,
       substr(came.last, 21) AS last_came,
       CAST(round(quantity * CAST(classified.tpp AS REAL)) AS INTEGER) AS tpp_total,
       on_one_word, on_two_words, on_opening
FROM held
LEFT JOIN in_racks ON in_racks.site = held.site AND in_racks.holder = held.holder
  AND in_racks.model = held.model AND in_racks.state IS held.state
LEFT JOIN place ON place.site = held.site
LEFT JOIN came ON came.site = held.site AND came.model = held.model
  AND came.receiver = held.holder
LEFT JOIN classified ON classified.called = held.model COLLATE NOCASE
WHERE :country IS NULL OR place.country = :country
ORDER BY held.site, held.model, held.state, held.holder
