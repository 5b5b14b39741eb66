-- title: What accounts come to
-- question: How much stands in each account as a whole?
-- with: left_out
taken_off AS MATERIALIZED (
  SELECT movement.account, sum(movement.quantity) AS quantity
  FROM left_out
  CROSS JOIN event ON event.idx = left_out.event_idx
  CROSS JOIN movement ON movement.event_idx = left_out.event_idx
  WHERE event.valid_at >= :as_of OR movement.idx > :known_at
  GROUP BY movement.account
),
total AS NOT MATERIALIZED (
  SELECT account.account, book, model, holder, site, state, shipment, owner, lessee, lease,
         account.quantity - coalesce(taken_off.quantity, 0) AS quantity
  FROM account LEFT JOIN taken_off ON taken_off.account = account.account
)
