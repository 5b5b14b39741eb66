-- title: Accounts below zero
-- question: Which accounts of the three books hold less than nothing?
-- parameters: party (party, optional, accounts of this party)
-- columns: account: who holds, owns or uses; @unallocated is running capacity that nobody leases
--          balance: GPUs, below zero
--          since: when the newest event on the account happened, UTC
--          entry: the newest event on the account
-- note: More left than came. An entry may be missing, late, or wrong; the books admit all three.
WITH picked AS (
  SELECT * FROM posting WHERE :party IS NOT NULL AND holder = :party
  UNION ALL SELECT * FROM posting WHERE :party IS NOT NULL AND owner = :party
  UNION ALL SELECT * FROM posting WHERE :party IS NOT NULL AND lessee = :party
  UNION ALL SELECT * FROM posting WHERE :party IS NULL
)
SELECT book, coalesce(holder, owner, lessee) AS account, site, state, shipment, lease, model,
       CASE WHEN book <> 'use' THEN batch END AS batch,
       CASE WHEN book = 'possession' THEN rack END AS rack,
       sum(quantity) AS balance, max(valid_at) AS since, max(event_idx) AS entry
FROM picked
WHERE valid_at < :as_of AND idx <= :known_at
  AND coalesce(holder, owner, lessee) NOT IN ('@commissioned', '@opening', '@capacity')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
HAVING sum(quantity) < 0
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
