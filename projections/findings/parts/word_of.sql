-- title: Whose word balances rest on
-- question: By which events did what the file has as `standing` come, and how many parties say so?
-- note: `apart` is what the file tells apart within an account, or null. What stands is taken to have come last: newest first, each arrival explains what it brought.
came_in AS NOT MATERIALIZED (
  SELECT standing.account, standing.lot, standing.apart, standing.quantity AS balance,
         posted.event_idx, event.valid_at, sum(posted.quantity) AS quantity
  FROM standing
  CROSS JOIN posted ON posted.lot = standing.lot AND posted.account = standing.account
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE standing.came = -1 AND standing.quantity > 0
    AND event.valid_at < :as_of AND posted.idx <= :known_at
  GROUP BY standing.account, standing.lot, posted.event_idx
  HAVING sum(posted.quantity) > 0
),
stacked AS NOT MATERIALIZED (
  SELECT account, apart, event_idx, balance, quantity,
         sum(quantity) OVER (PARTITION BY account, lot ORDER BY valid_at DESC, event_idx DESC
                             ROWS UNBOUNDED PRECEDING) AS arrived
  FROM came_in
),
explained AS NOT MATERIALIZED (
  SELECT account, apart, came AS event_idx, quantity, iif(came = -1, 0, max(quantity, 0)) AS rest
  FROM standing
  UNION ALL
  SELECT account, apart, event_idx, 0, max(0, min(quantity, balance - (arrived - quantity)))
  FROM stacked
),
summed AS MATERIALIZED (
  SELECT account, apart, event_idx, sum(quantity) AS quantity, sum(rest) AS rest
  FROM explained
  GROUP BY account, apart, event_idx
),
worded AS NOT MATERIALIZED (
  SELECT summed.*, event.type LIKE 'StockOpened.%' AS opening,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = summed.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM summed LEFT JOIN event ON event.idx = summed.event_idx
),
word_of AS MATERIALIZED (
  SELECT account, apart, sum(quantity) AS quantity,
         sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
         sum(iif(words >= 2, rest, 0)) AS on_two_words,
         sum(iif(opening AND words < 2, rest, 0)) AS on_opening
  FROM (SELECT * FROM worded LIMIT -1)
  GROUP BY account, apart
)
