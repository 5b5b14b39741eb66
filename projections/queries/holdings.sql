-- title: What is where
-- question: Who holds how many units, at which site and country, in which state, added up alone?
-- columns: holder: a name with @ is no party: @transferred left for another ledger
--          quantity: GPUs; below zero where more left than came
-- note: The figures of `where`, without whose word each of them rests on: added up in a moment,
--       however long the ledger is. The country of a site is as it was last registered.
-- with: total, place
SELECT holder, total.site, place.country, state, model, sum(quantity) AS quantity
FROM total LEFT JOIN place ON place.site = total.site
WHERE book = 'possession' AND quantity <> 0 AND holder NOT IN ('@commissioned', '@opening')
GROUP BY holder, total.site, state, model
HAVING sum(quantity) <> 0
ORDER BY holder, total.site, state, model
