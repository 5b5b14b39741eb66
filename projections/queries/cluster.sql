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
WITH named_in AS (
  SELECT line.rack, placement.cluster,
         row_number() OVER (PARTITION BY line.rack
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM placement
  JOIN counting ON counting.event_idx = placement.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = placement.event_idx
  JOIN line ON line.event_idx = placement.event_idx
  WHERE placement.cluster IS NOT NULL AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report' AND line.rack IS NOT NULL
),
member AS (
  SELECT cluster, rack FROM named_in
  WHERE newest = 1 AND (:cluster IS NULL OR cluster = :cluster COLLATE NOCASE)
),
moved AS (
  SELECT member.cluster, holder, site, state, shipment, model, batch, posting.rack, event_idx,
         sum(quantity) AS quantity, min(valid_at) AS valid_at
  FROM member CROSS JOIN posting ON posting.rack = member.rack
  WHERE book = 'possession' AND valid_at < :as_of AND idx <= :known_at
    AND holder NOT IN ('@commissioned', '@opening')
  GROUP BY member.cluster, holder, site, state, shipment, model, batch, posting.rack, event_idx
  HAVING sum(quantity) <> 0
),
-- Newest first: of each arrival, what later arrivals leave unexplained of the balance.
stacked AS (
  SELECT *, sum(quantity) OVER holding AS balance,
         sum(max(quantity, 0)) OVER (holding ORDER BY valid_at DESC, event_idx DESC
                                     ROWS UNBOUNDED PRECEDING) AS arrived
  FROM moved
  WINDOW holding AS (PARTITION BY cluster, holder, site, state, shipment, model, batch, rack)
),
explained AS (
  SELECT stacked.*, event.type LIKE 'StockOpened.%' AS opening,
         max(0, min(quantity, balance - (arrived - quantity))) AS rest,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = stacked.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM stacked JOIN event ON event.idx = stacked.event_idx
  WHERE balance <> 0 AND quantity > 0
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
       explained.model, count(DISTINCT rack) AS racks, sum(rest) AS quantity,
       (SELECT coalesce(sum(leased.quantity), 0) FROM leased
        WHERE leased.cluster = explained.cluster AND leased.site = explained.site
          AND leased.model = explained.model AND explained.state = 'operational') AS leased,
       sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
       sum(iif(words >= 2, rest, 0)) AS on_two_words,
       sum(iif(opening AND words < 2, rest, 0)) AS on_opening
FROM explained LEFT JOIN place ON place.site = explained.site
GROUP BY cluster, explained.site, state, holder, shipment, explained.model
HAVING sum(rest) > 0
ORDER BY cluster, explained.site, state, holder, shipment, explained.model
