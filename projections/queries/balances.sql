-- title: Accounts below zero
-- question: Which accounts of the three books hold less than nothing?
-- parameters: party (party, optional, accounts of this party)
-- columns: account: who holds, owns or uses; @unallocated is running capacity that nobody leases
--          balance: GPUs, below zero
--          entry: the newest event on the account
--          occurred: when that event happened, as signed
-- note: More left than came. An entry may be missing, late, or wrong; the books admit all three.
WITH picked AS NOT MATERIALIZED (
  SELECT * FROM posting WHERE :party IS NOT NULL AND holder = :party
  UNION ALL SELECT * FROM posting WHERE :party IS NOT NULL AND owner = :party
  UNION ALL SELECT * FROM posting WHERE :party IS NOT NULL AND lessee = :party
  UNION ALL SELECT * FROM posting WHERE :party IS NULL
),
below AS (
  SELECT 'possession' AS book, holder AS account, site, state, shipment, NULL AS lease, model,
         batch, rack, sum(quantity) AS balance, max(event_idx) AS entry
  FROM picked
  WHERE book = 'possession' AND valid_at < :as_of AND idx <= :known_at
    AND holder NOT IN ('@commissioned', '@opening')
  GROUP BY holder, site, state, shipment, model, batch, rack
  HAVING sum(quantity) < 0
  UNION ALL
  SELECT 'title', owner, NULL, NULL, NULL, NULL, model, batch, NULL, sum(quantity),
         max(event_idx)
  FROM picked
  WHERE book = 'title' AND valid_at < :as_of AND idx <= :known_at
    AND owner NOT IN ('@commissioned', '@opening')
  GROUP BY owner, model, batch
  HAVING sum(quantity) < 0
  UNION ALL
  SELECT 'use', lessee, site, NULL, NULL, lease, model, NULL, NULL, sum(quantity),
         max(event_idx)
  FROM picked
  WHERE book = 'use' AND valid_at < :as_of AND idx <= :known_at AND lessee <> '@capacity'
  GROUP BY lessee, lease, model, site
  HAVING sum(quantity) < 0
)
SELECT below.book, account, site, state, shipment, lease, model, batch, rack, balance,
       below.entry, event.occurred
FROM below JOIN event ON event.idx = below.entry
ORDER BY below.book, account, site, state, shipment, lease, model, batch, rack
