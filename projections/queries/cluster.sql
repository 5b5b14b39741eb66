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
-- with: standing, standing_lots, word_of, place
WITH candidate AS (
  SELECT line.rack
  FROM placement JOIN line ON line.event_idx = placement.event_idx
  WHERE :cluster IS NOT NULL AND placement.cluster = :cluster AND line.rack IS NOT NULL
),
named_in AS (
  SELECT line.rack, placement.cluster,
         row_number() OVER (PARTITION BY line.rack
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM placement
  JOIN counting ON counting.event_idx = placement.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = placement.event_idx
  JOIN line ON line.event_idx = placement.event_idx
  WHERE placement.cluster IS NOT NULL AND line.rack IS NOT NULL AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
    AND (:cluster IS NULL OR placement.event_idx IN
          (SELECT line.event_idx FROM line WHERE line.rack IN (SELECT rack FROM candidate)))
    AND (:cluster IS NULL OR line.rack IN (SELECT rack FROM candidate))
),
member AS (
  SELECT cluster, rack FROM named_in
  WHERE newest = 1 AND (:cluster IS NULL OR cluster = :cluster)
),
picked_lot AS (
  SELECT lot.lot FROM member CROSS JOIN lot ON lot.rack = member.rack
  WHERE :cluster IS NOT NULL
),
wanted AS (
  SELECT account FROM account
  WHERE book = 'possession' AND holder NOT IN ('@commissioned', '@opening')
    OR book = 'use' AND lessee NOT IN ('@capacity', '@unallocated')
),
picked AS (SELECT account FROM wanted WHERE :cluster IS NULL),
there AS MATERIALIZED (
  SELECT part.*, account.book, lot.batch, member.cluster
  FROM (SELECT * FROM accounts_standing
        UNION ALL
        SELECT * FROM lots_standing WHERE account IN (SELECT account FROM wanted)) AS part
  CROSS JOIN account ON account.account = part.account
  CROSS JOIN lot ON lot.lot = part.lot
  CROSS JOIN member ON member.rack = lot.rack
),
standing AS MATERIALIZED (
  SELECT account, lot, quantity, came, batch, cluster AS apart
  FROM there
  WHERE book = 'possession'
),
-- Whoever owns a batch may have it elsewhere too.
owned AS (
  SELECT account.model, movement.batch, account.owner
  FROM (SELECT DISTINCT batch FROM standing) AS held
  CROSS JOIN movement ON movement.batch = held.batch
  CROSS JOIN account ON account.account = movement.account
  CROSS JOIN event ON event.idx = movement.event_idx
  WHERE account.book = 'title' AND account.owner NOT IN ('@commissioned', '@opening')
    AND event.valid_at < :as_of AND movement.idx <= :known_at
  GROUP BY account.model, movement.batch, account.owner
  HAVING sum(movement.quantity) > 0
),
owners AS (
  SELECT cluster, holder, group_concat(owner, ', ') AS owners
  FROM (SELECT DISTINCT part.apart AS cluster, account.holder, owned.owner
        FROM (SELECT DISTINCT apart, account, batch FROM standing) AS part
        CROSS JOIN account ON account.account = part.account
        CROSS JOIN owned ON owned.batch = part.batch AND owned.model = account.model
        ORDER BY owned.owner)
  GROUP BY cluster, holder
),
leased AS (
  SELECT part.cluster, account.site, account.model, sum(part.quantity) AS quantity
  FROM there AS part CROSS JOIN account ON account.account = part.account
  WHERE part.book = 'use'
  GROUP BY part.cluster, account.site, account.model
),
in_racks AS (
  SELECT standing.apart AS cluster, standing.account, count(DISTINCT lot.rack) AS racks
  FROM standing CROSS JOIN lot ON lot.lot = standing.lot
  GROUP BY standing.apart, standing.account
)
SELECT apart AS cluster, account.site, place.country, account.state, account.holder,
       account.shipment, owners.owners, account.model, in_racks.racks, word_of.quantity,
       iif(account.state = 'operational', coalesce(leased.quantity, 0), 0) AS leased,
       on_one_word, on_two_words, on_opening
FROM word_of
JOIN account ON account.account = word_of.account
JOIN in_racks ON in_racks.account = word_of.account AND in_racks.cluster = apart
LEFT JOIN place ON place.site = account.site
LEFT JOIN owners ON owners.cluster = apart AND owners.holder = account.holder
LEFT JOIN leased ON leased.cluster = apart AND leased.site = account.site
  AND leased.model = account.model
WHERE word_of.quantity <> 0
ORDER BY cluster, account.site, account.state, account.holder, account.shipment, account.model
