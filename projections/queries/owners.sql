-- title: Owners
-- question: Who owns how many units of each model, added up alone?
-- columns: owner: a name with @ is no party: @unknown where no owner was named
--          quantity: GPUs; below zero where a party sold more than it owned
-- note: The figures of `title`, all batches in one and without whose word each of them rests on:
--       added up in a moment, however long the ledger is. Title says nothing of where units are.
-- with: total
SELECT owner, model, sum(quantity) AS quantity
FROM total
WHERE book = 'title' AND quantity <> 0 AND owner NOT IN ('@commissioned', '@opening')
GROUP BY owner, model
HAVING sum(quantity) <> 0
ORDER BY owner, model
