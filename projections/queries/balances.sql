-- title: Accounts below zero
-- question: Which accounts of the three books hold less than nothing?
-- parameters: party (party, optional, accounts of this party)
-- columns: account: who holds, owns or uses; @unallocated is running capacity that nobody leases
--          balance: GPUs, below zero
--          entry: the newest event on the account
--          occurred: when that event happened, as signed
-- note: More left than came. An entry may be missing, late, or wrong; the books admit all three.
-- with: flow, standing
WITH picked AS (
  SELECT account FROM account
  WHERE book = 'possession' AND holder NOT IN ('@commissioned', '@opening')
    AND (:party IS NULL OR holder = :party)
),
below AS (
  SELECT 'possession' AS book, holder AS account, site, state, shipment, NULL AS lease, model,
         batch, rack, standing.quantity AS balance,
         (SELECT max(posted.event_idx) FROM posted JOIN event ON event.idx = posted.event_idx
          WHERE posted.lot = standing.lot AND posted.account = standing.account
            AND event.valid_at < :as_of AND posted.idx <= :known_at) AS entry
  FROM accounts_standing AS standing
  JOIN account ON account.account = standing.account
  JOIN lot ON lot.lot = standing.lot
  WHERE standing.quantity < 0
  UNION ALL
  SELECT 'title', owner, NULL, NULL, NULL, NULL, model, batch, NULL, sum(quantity),
         max(event_idx)
  FROM flow
  WHERE book = 'title' AND owner NOT IN ('@commissioned', '@opening')
    AND (:party IS NULL OR owner = :party)
  GROUP BY owner, model, batch
  HAVING sum(quantity) < 0
  UNION ALL
  SELECT 'use', lessee, site, NULL, NULL, lease, model, NULL, NULL, sum(quantity),
         max(event_idx)
  FROM flow
  WHERE book = 'use' AND lessee <> '@capacity' AND (:party IS NULL OR lessee = :party)
  GROUP BY lessee, lease, model, site
  HAVING sum(quantity) < 0
)
SELECT below.book, account, site, state, shipment, lease, model, batch, rack, balance,
       below.entry, event.occurred
FROM below JOIN event ON event.idx = below.entry
ORDER BY below.book, account, site, state, shipment, lease, model, batch, rack
