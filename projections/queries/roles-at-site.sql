-- title: Who is who at a site
-- question: Who operates a site, and who holds, owns and uses the hardware there?
-- parameters: site (site, required, the site)
-- columns: party: null in the row of what runs and nobody leases
--          at_least: GPUs at the site for certain, by the books
--          at_most: GPUs at the site at most
-- note: The book of title does not know of sites: where a batch has several owners and is in
--       several places, only bounds can be told. The three roles are never merged.
WITH placed AS (
  SELECT * FROM posting
  WHERE site = :site AND valid_at < :as_of AND idx <= :known_at
),
held AS (
  SELECT holder, model, batch, sum(quantity) AS quantity
  FROM placed
  WHERE book = 'possession'
  GROUP BY holder, model, batch
  HAVING sum(quantity) <> 0
),
here AS (
  SELECT model, batch, sum(quantity) AS quantity FROM held GROUP BY model, batch
),
owned AS (
  SELECT posting.owner, posting.model, posting.batch, sum(posting.quantity) AS quantity
  FROM here JOIN posting ON posting.batch = here.batch
  WHERE posting.book = 'title' AND posting.model = here.model
    AND posting.valid_at < :as_of AND posting.idx <= :known_at
    AND posting.owner NOT IN ('@commissioned', '@opening')
  GROUP BY posting.owner, posting.model, posting.batch
  HAVING sum(posting.quantity) <> 0
),
bounded AS (
  SELECT owned.owner, owned.model,
         max(0, here.quantity - (sum(owned.quantity) OVER batch_of - owned.quantity)) AS at_least,
         max(0, min(owned.quantity, here.quantity)) AS at_most
  FROM owned JOIN here ON here.batch = owned.batch AND here.model = owned.model
  WINDOW batch_of AS (PARTITION BY owned.model, owned.batch)
),
registered AS (
  SELECT site.operator, max(site.event_idx)
  FROM site JOIN counting USING (event_idx)
  WHERE site.site = :site AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
)
SELECT role, party, model, at_least, at_most
FROM (
  SELECT 1 AS place, 'operates' AS role, operator AS party, NULL AS model,
         NULL AS at_least, NULL AS at_most
  FROM registered WHERE operator IS NOT NULL
  UNION ALL
  SELECT 2, 'holds', holder, model, sum(quantity), sum(quantity)
  FROM held GROUP BY holder, model
  UNION ALL
  SELECT 3, 'owns', owner, model, min(sum(at_least), sum(at_most)), sum(at_most)
  FROM bounded GROUP BY owner, model HAVING sum(at_most) <> 0
  UNION ALL
  SELECT 4, 'uses', nullif(lessee, '@unallocated'), model, sum(quantity), sum(quantity)
  FROM placed
  WHERE book = 'use' AND lessee <> '@capacity'
  GROUP BY lessee, model HAVING sum(quantity) <> 0
)
ORDER BY place, party IS NULL, party, model
