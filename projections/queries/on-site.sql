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
WITH standing AS (
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
summed AS (
  SELECT holder, site, state, model, rack, event_idx, sum(quantity) AS quantity, sum(rest) AS rest
  FROM explained
  GROUP BY holder, site, state, model, rack, event_idx
),
worded AS (
  SELECT idx AS event_idx, type LIKE 'StockOpened.%' AS opening,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = event.idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM event WHERE idx IN (SELECT event_idx FROM summed)
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
place AS (
  SELECT site.site, site.country, site.operator, max(site.event_idx)
  FROM site JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  GROUP BY site.site
),
-- The newest classification, by each name of the model.
classified AS (
  SELECT called, eccn, tpp, max(place)
  FROM (
    SELECT model.model AS called, model.eccn, model.tpp,
           event.valid_at || printf('%015d', event.idx) AS place
    FROM model
    JOIN counting ON counting.event_idx = model.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = model.event_idx
    WHERE event.valid_at < :as_of
    UNION ALL
    SELECT model_alias.alias, model.eccn, model.tpp,
           event.valid_at || printf('%015d', event.idx)
    FROM model_alias
    JOIN model ON model.event_idx = model_alias.event_idx
    JOIN counting ON counting.event_idx = model.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = model.event_idx
    WHERE event.valid_at < :as_of)
  GROUP BY called COLLATE NOCASE
)
SELECT summed.site, place.country, place.operator, holder, summed.model, classified.eccn, state,
       count(DISTINCT iif(rest > 0, rack, NULL)) AS racks, sum(quantity) AS quantity,
       substr(came.first, 21) AS first_came, substr(came.last, 21) AS last_came,
       CAST(round(sum(quantity) * CAST(classified.tpp AS REAL)) AS INTEGER) AS tpp_total,
       sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
       sum(iif(words >= 2, rest, 0)) AS on_two_words,
       sum(iif(opening AND words < 2, rest, 0)) AS on_opening
FROM summed
JOIN worded USING (event_idx)
LEFT JOIN place ON place.site = summed.site
LEFT JOIN came ON came.site = summed.site AND came.model = summed.model
  AND came.receiver = summed.holder
LEFT JOIN classified ON classified.called = summed.model COLLATE NOCASE
WHERE :country IS NULL OR place.country = :country
GROUP BY summed.site, holder, summed.model, state
HAVING sum(quantity) <> 0
ORDER BY summed.site, summed.model, state, holder
