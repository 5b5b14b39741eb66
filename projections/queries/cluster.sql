-- title: Where a cluster is
-- question: Where are the racks of a cluster, in which state, with whom, and who uses them?
-- parameters: cluster (text, optional, this cluster)
-- columns: cluster: as the newest placement of a rack that names one says
--          owners: who owns units of the batches in these racks, as far as batches tell
--          quantity: GPUs in those racks
--          leased: GPUs of them under leases that name racks; a lease of a pool names none
--          on_one_word: GPUs whose newest arrival in this state one party alone signed
--          on_two_words: GPUs whose newest arrival two parties or more signed or accepted
--          on_opening: GPUs whose newest arrival is an opening balance that one party alone signed
-- note: A rack is of the cluster that was last named with it. Units that were swapped go with the
--       rack that they are in.
WITH candidate AS (
  SELECT line.rack
  FROM placement JOIN line ON line.event_idx = placement.event_idx
  WHERE :cluster IS NOT NULL AND placement.cluster = :cluster AND line.rack IS NOT NULL
  UNION
  SELECT line.rack
  FROM placement JOIN line ON line.event_idx = placement.event_idx
  WHERE :cluster IS NULL AND placement.cluster IS NOT NULL AND line.rack IS NOT NULL
),
named_in AS (
  SELECT line.rack, placement.cluster,
         row_number() OVER (PARTITION BY line.rack
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM candidate
  CROSS JOIN line ON line.rack = candidate.rack
  JOIN placement ON placement.event_idx = line.event_idx
  JOIN counting ON counting.event_idx = placement.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = placement.event_idx
  WHERE placement.cluster IS NOT NULL AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
),
member AS (
  SELECT cluster, rack FROM named_in
  WHERE newest = 1 AND (:cluster IS NULL OR cluster = :cluster)
),
-- Accounts that hold something, and the newest posting into each (bare columns follow max()).
standing AS (
  SELECT cluster, holder, site, state, shipment, model, batch, posting.rack,
         sum(quantity) AS balance, event_idx, quantity, sum(idx <> event_idx) AS reversals,
         max(CASE WHEN quantity > 0 THEN valid_at || (1000000000000 + event_idx) END) AS newest
  FROM member CROSS JOIN posting ON posting.rack = member.rack
  WHERE book = 'possession' AND valid_at < :as_of AND idx <= :known_at
    AND holder NOT IN ('@commissioned', '@opening')
  GROUP BY cluster, holder, site, state, shipment, model, batch, posting.rack
  HAVING sum(quantity) <> 0
),
-- Where the newest arrival alone does not explain the balance: all arrivals, each with what it
-- left on the account; a reversal carries the event that it reverses.
arrival AS (
  SELECT standing.cluster, standing.holder, standing.site, standing.state, standing.shipment,
         standing.model, standing.batch, standing.rack, standing.balance, posting.event_idx,
         posting.valid_at, sum(posting.quantity) AS quantity
  FROM standing CROSS JOIN posting ON posting.batch = standing.batch
  WHERE standing.balance > 0 AND (reversals > 0 OR standing.quantity < standing.balance)
    AND +posting.holder = standing.holder AND +posting.site IS standing.site
    AND posting.state IS standing.state AND +posting.shipment IS standing.shipment
    AND posting.model = standing.model AND +posting.rack IS standing.rack
    AND posting.book = 'possession' AND posting.valid_at < :as_of AND posting.idx <= :known_at
  GROUP BY standing.cluster, standing.holder, standing.site, standing.state, standing.shipment,
           standing.model, standing.batch, standing.rack, posting.event_idx, posting.valid_at
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
  SELECT cluster, holder, site, state, shipment, model, batch, rack, event_idx, 0 AS quantity,
         max(0, min(quantity, balance - (arrived - quantity))) AS rest
  FROM stacked
  UNION ALL
  SELECT cluster, holder, site, state, shipment, model, batch, rack, event_idx, balance,
         CASE WHEN balance > 0 AND reversals = 0 AND quantity >= balance
              THEN balance ELSE 0 END
  FROM standing
),
worded AS (
  SELECT idx AS event_idx, type LIKE 'StockOpened.%' AS opening,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = event.idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM event WHERE idx IN (SELECT event_idx FROM explained)
),
owned AS (
  SELECT model, batch, owner
  FROM posting
  WHERE book = 'title' AND batch IN (SELECT batch FROM explained)
    AND valid_at < :as_of AND idx <= :known_at AND owner NOT IN ('@commissioned', '@opening')
  GROUP BY model, batch, owner
  HAVING sum(quantity) > 0
),
leased AS (
  SELECT member.cluster, posting.site, posting.model, posting.rack, sum(quantity) AS quantity
  FROM member CROSS JOIN posting ON posting.rack = member.rack
  WHERE book = 'use' AND lessee NOT IN ('@capacity', '@unallocated')
    AND valid_at < :as_of AND idx <= :known_at
  GROUP BY member.cluster, posting.site, posting.model, posting.rack
),
place AS (
  SELECT site.site, site.country, max(site.event_idx)
  FROM site JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  GROUP BY site.site
)
SELECT cluster, explained.site, place.country, state, holder, shipment,
       (SELECT group_concat(owner, ', ') FROM
         (SELECT DISTINCT owner FROM owned
          JOIN explained AS part ON part.batch = owned.batch AND part.model = owned.model
          WHERE part.cluster = explained.cluster AND part.holder = explained.holder
          ORDER BY owner)) AS owners,
       explained.model, count(DISTINCT rack) AS racks, sum(quantity) AS quantity,
       (SELECT coalesce(sum(leased.quantity), 0) FROM leased
        WHERE leased.cluster = explained.cluster AND leased.site = explained.site
          AND leased.model = explained.model AND explained.state = 'operational') AS leased,
       sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
       sum(iif(words >= 2, rest, 0)) AS on_two_words,
       sum(iif(opening AND words < 2, rest, 0)) AS on_opening
FROM explained
JOIN worded USING (event_idx)
LEFT JOIN place ON place.site = explained.site
GROUP BY cluster, explained.site, state, holder, shipment, explained.model
HAVING sum(quantity) <> 0
ORDER BY cluster, explained.site, state, holder, shipment, explained.model
