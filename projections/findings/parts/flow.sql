-- title: What moved on accounts
-- question: What did each event post of each batch to each account, whatever the rack?
flow AS NOT MATERIALIZED (
  SELECT account.account, book, model, holder, site, state, shipment, owner, lessee, lease,
         movement.idx, movement.event_idx, movement.batch, movement.quantity,
         event.valid_at, event.valid_until
  FROM movement
  JOIN account ON account.account = movement.account
  JOIN event ON event.idx = movement.event_idx AND +event.valid_at < :as_of
  WHERE movement.idx <= :known_at
)
