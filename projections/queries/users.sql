-- title: Users
-- question: Who uses how much running capacity at each site, all leases together, added up alone?
-- columns: lessee: null for capacity that nobody leases
--          leases: leases under which it is used
--          quantity: GPUs; unallocated below zero means that more is leased than runs
--          operational: GPUs of the model that run at the site, the same in each of its rows
-- note: The figures of `use`, the leases of a lessee in one and without whose word each of them
--       rests on: added up in a moment, however long the ledger is. A lease whose quantity nobody
--       stated posts nothing; `lease-book` lists it.
-- with: total
WITH used AS (
  SELECT lessee, model, site, count(lease) AS leases, sum(quantity) AS quantity
  FROM total
  WHERE book = 'use' AND quantity <> 0 AND lessee <> '@capacity'
  GROUP BY lessee, model, site
  HAVING sum(quantity) <> 0
),
running AS (
  SELECT model, site, sum(quantity) AS quantity
  FROM total
  WHERE book = 'possession' AND state = 'operational' AND quantity <> 0
  GROUP BY model, site
)
SELECT nullif(used.lessee, '@unallocated') AS lessee, iif(used.leases = 0, NULL, used.leases) AS leases,
       used.model, used.site, used.quantity, coalesce(running.quantity, 0) AS operational
FROM used LEFT JOIN running ON running.site = used.site AND running.model = used.model
ORDER BY used.site, used.model, used.lessee = '@unallocated', used.lessee
