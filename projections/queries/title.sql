-- title: Who owns
-- question: Who owns how many units, by model and batch?
-- parameters: owner (party, optional, units that this party owns)
--             batch (batch, optional, units of this batch)
-- columns: owner: a name with @ is no party: @unknown where no owner was named
--          quantity: GPUs; below zero where a party sold more than it owned
--          on_one_word: GPUs whose newest transfer one party alone signed
--          on_two_words: GPUs whose newest transfer two parties or more signed or accepted
--          on_opening: GPUs whose owner rests on an opening balance that one party alone signed
-- note: Title says nothing of where units are or who uses them. An owner whose units came by
--       several transfers is taken to own what came last.
-- with: flow
WITH moved AS (
  SELECT owner, model, batch, event_idx, sum(quantity) AS quantity, min(valid_at) AS valid_at
  FROM flow
  WHERE book = 'title' AND (:batch IS NULL OR batch = :batch) AND owner NOT IN ('@commissioned', '@opening')
    AND (:owner IS NULL OR owner = :owner)
  GROUP BY owner, model, batch, event_idx
  HAVING sum(quantity) <> 0
),
stacked AS (
  SELECT *,
         sum(quantity) OVER account AS balance,
         sum(max(quantity, 0)) OVER (account ORDER BY valid_at DESC, event_idx DESC
                                     ROWS UNBOUNDED PRECEDING) AS arrived
  FROM moved
  WINDOW account AS (PARTITION BY owner, model, batch)
),
worded AS (
  SELECT stacked.*, event.type LIKE 'StockOpened.%' AS opening,
         CASE WHEN quantity > 0
              THEN max(0, min(quantity, balance - (arrived - quantity))) ELSE 0 END AS rest,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = stacked.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM stacked JOIN event ON event.idx = stacked.event_idx
  WHERE balance <> 0
)
SELECT owner, model, batch,
       sum(quantity) AS quantity,
       sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
       sum(iif(words >= 2, rest, 0)) AS on_two_words,
       sum(iif(opening AND words < 2, rest, 0)) AS on_opening
FROM worded
GROUP BY owner, model, batch
ORDER BY owner, model, batch
