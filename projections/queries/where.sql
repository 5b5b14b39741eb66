-- title: Where everything is
-- question: Who holds how many units, at which site and country, in which state?
-- parameters: batch (batch, optional, units of this batch)
--             rack (rack, optional, units in this rack)
--             shipment (shipment, optional, units on the way under this shipment)
--             holder (party, optional, units that this party holds)
--             site (site, optional, units at this site)
--             country (country, optional, units at sites in this country)
-- columns: holder: a name with @ is no party: @transferred left for another ledger
--          quantity: GPUs; below zero where more left an account than came
--          on_one_word: GPUs whose newest arrival in this state one party alone signed
--          on_two_words: GPUs whose newest arrival two parties or more signed or accepted
--          on_opening: GPUs whose newest arrival is an opening balance that one party alone signed
-- note: An account that was filled by several events is taken to hold what came last. A signature
--       shows who says so, not that it is so. The country of a site is as it was last registered.
-- with: standing, standing_lots, word_of, place
WITH asked AS NOT MATERIALIZED (
  SELECT account
  FROM account
  WHERE book = 'possession' AND holder NOT IN ('@commissioned', '@opening')
    AND (:shipment IS NULL OR shipment = :shipment)
    AND (:holder IS NULL OR holder = :holder)
    AND (:site IS NULL OR site = :site)
    AND (:country IS NULL OR site IN (SELECT site FROM place WHERE country = :country))
),
picked AS (SELECT account FROM asked WHERE coalesce(:rack, :batch, :shipment) IS NULL),
picked_lot AS (
  SELECT lot FROM lot WHERE :rack IS NOT NULL AND rack = :rack AND (:batch IS NULL OR batch = :batch)
  UNION
  SELECT lot FROM lot WHERE :rack IS NULL AND :batch IS NOT NULL AND batch = :batch
  UNION
  SELECT lot FROM posted
  WHERE coalesce(:rack, :batch) IS NULL
    AND account IN (SELECT account FROM account WHERE :shipment IS NOT NULL AND shipment = :shipment)
),
standing AS (
  SELECT *, NULL AS apart FROM accounts_standing
  UNION ALL
  SELECT *, NULL FROM lots_standing
  WHERE EXISTS (SELECT 1 FROM asked WHERE asked.account = lots_standing.account)
)
SELECT holder, account.site, place.country, state, model, sum(word_of.quantity) AS quantity,
       sum(on_one_word) AS on_one_word, sum(on_two_words) AS on_two_words,
       sum(on_opening) AS on_opening
FROM word_of
JOIN account ON account.account = word_of.account
LEFT JOIN place ON place.site = account.site
GROUP BY holder, account.site, state, model
HAVING sum(word_of.quantity) <> 0
ORDER BY holder, account.site, state, model
