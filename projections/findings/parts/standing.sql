-- title: What stands in accounts
-- question: How much of each lot stands in each of the accounts that the file picks, as `picked`?
-- with: left_out
touched AS MATERIALIZED (
  SELECT posted.lot, posted.account, sum(posted.quantity) AS quantity
  FROM left_out
  CROSS JOIN event ON event.idx = left_out.event_idx
  CROSS JOIN posted ON posted.event_idx = left_out.event_idx
  WHERE (event.valid_at >= :as_of OR posted.idx > :known_at)
    AND posted.account IN (SELECT account FROM picked)
  GROUP BY posted.lot, posted.account
),
-- The sums as they are, and less what came later; came: as in `balance`.
accounts_standing AS NOT MATERIALIZED (
  SELECT balance.account, balance.lot, balance.quantity, balance.came
  FROM picked CROSS JOIN balance ON balance.account = picked.account
  WHERE balance.quantity <> 0
    AND (balance.lot, balance.account) NOT IN (SELECT lot, account FROM touched)
  UNION ALL
  SELECT touched.account, touched.lot, balance.quantity - touched.quantity, -1
  FROM touched
  CROSS JOIN balance ON balance.lot = touched.lot AND balance.account = touched.account
  WHERE balance.quantity <> touched.quantity
)
