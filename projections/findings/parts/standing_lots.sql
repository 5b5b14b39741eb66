-- title: What stands of lots
-- question: How much of each of the lots that the file picks, as `picked_lot`, stands in which
--           account?
-- with: lately
lots_standing AS NOT MATERIALIZED (
  SELECT balance.account, balance.lot, balance.quantity, balance.came
  FROM picked_lot CROSS JOIN balance ON balance.lot = picked_lot.lot
  WHERE NOT (SELECT anything FROM lately)
    AND balance.quantity <> 0
  UNION ALL
  SELECT posted.account, posted.lot, sum(posted.quantity), -1
  FROM picked_lot
  CROSS JOIN posted ON posted.lot = picked_lot.lot
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE (SELECT anything FROM lately)
    AND event.valid_at < :as_of AND posted.idx <= :known_at
  GROUP BY posted.lot, posted.account
  HAVING sum(posted.quantity) <> 0
)
