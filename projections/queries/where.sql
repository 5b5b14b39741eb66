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
WITH picked AS (
  SELECT * FROM posting WHERE :rack IS NOT NULL AND rack = :rack
  UNION ALL
  SELECT * FROM posting
  WHERE :rack IS NULL AND :shipment IS NOT NULL AND shipment = :shipment
  UNION ALL
  SELECT * FROM posting
  WHERE coalesce(:rack, :shipment) IS NULL AND :batch IS NOT NULL AND batch = :batch
  UNION ALL
  SELECT * FROM posting
  WHERE coalesce(:rack, :shipment, :batch) IS NULL AND :holder IS NOT NULL AND holder = :holder
  UNION ALL
  SELECT * FROM posting
  WHERE coalesce(:rack, :shipment, :batch, :holder) IS NULL AND :site IS NOT NULL AND site = :site
  UNION ALL
  SELECT * FROM posting WHERE coalesce(:rack, :shipment, :batch, :holder, :site) IS NULL
),
-- Accounts that hold something, and the newest posting into each (bare columns follow max()).
standing AS (
  SELECT holder, site, state, shipment, model, batch, rack, sum(quantity) AS balance,
         event_idx, quantity, sum(idx <> event_idx) AS reversals,
         max(CASE WHEN quantity > 0 THEN valid_at || (1000000000000 + event_idx) END) AS newest
  FROM picked
  WHERE book = 'possession' AND valid_at < :as_of AND idx <= :known_at
    AND holder NOT IN ('@commissioned', '@opening')
    AND (:shipment IS NULL OR shipment = :shipment)
    AND (:batch IS NULL OR batch = :batch)
    AND (:holder IS NULL OR holder = :holder)
    AND (:site IS NULL OR site = :site)
  GROUP BY holder, site, state, shipment, model, batch, rack
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
  SELECT holder, site, state, model, event_idx, 0 AS quantity,
         max(0, min(quantity, balance - (arrived - quantity))) AS rest
  FROM stacked
  UNION ALL
  SELECT holder, site, state, model, event_idx, balance,
         CASE WHEN balance > 0 AND reversals = 0 AND quantity >= balance
              THEN balance ELSE 0 END
  FROM standing
),
summed AS (
  SELECT holder, site, state, model, event_idx, sum(quantity) AS quantity, sum(rest) AS rest
  FROM explained
  GROUP BY holder, site, state, model, event_idx
),
worded AS (
  SELECT summed.*, event.type LIKE 'StockOpened.%' AS opening,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = summed.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM summed JOIN event ON event.idx = summed.event_idx
),
place AS (
  SELECT site.site, site.country, max(site.event_idx)
  FROM site JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  GROUP BY site.site
)
SELECT holder, worded.site, place.country, state, model,
       sum(quantity) AS quantity,
       sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
       sum(iif(words >= 2, rest, 0)) AS on_two_words,
       sum(iif(opening AND words < 2, rest, 0)) AS on_opening
FROM worded LEFT JOIN place ON place.site = worded.site
WHERE :country IS NULL OR place.country = :country
GROUP BY holder, worded.site, state, model
HAVING sum(quantity) <> 0
ORDER BY holder, worded.site, state, model
