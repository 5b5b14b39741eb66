-- title: From maker to holder
-- question: From whom to whom did possession go, how many units, and in how many events?
-- parameters: batch (batch, optional, units of this batch)
--             party (party, optional, what came to this party or left it)
--             shipment (shipment, optional, in events that name this shipment)
-- columns: giver: a name with @ is no party: @commissioned made, @opening was there before
--          quantity: GPUs in all, each time they went; null where an event has many on both sides
--          events: how many events
-- note: Who handed to whom, as signed. It says nothing of routes, of owners, or of users.
-- with: flow
WITH net AS (
  SELECT event_idx, holder, sum(quantity) AS quantity, min(valid_at) AS valid_at
  FROM flow
  WHERE book = 'possession'
    AND (:batch IS NULL OR batch = :batch)
    AND (:shipment IS NULL OR event_idx IN
          (SELECT event_idx FROM named WHERE kind = 'shipment' AND value = :shipment))
  GROUP BY event_idx, holder
  HAVING sum(quantity) <> 0
),
sided AS MATERIALIZED (
  SELECT *, sum(quantity < 0) OVER one AS givers, sum(quantity > 0) OVER one AS receivers,
         max(iif(quantity < 0, holder, NULL)) OVER one AS giver,
         max(iif(quantity > 0, holder, NULL)) OVER one AS receiver
  FROM net
  WINDOW one AS (PARTITION BY event_idx)
),
-- Of an event with one giver, or one receiver, it is plain who gave how much to whom.
went AS (
  SELECT giver, holder AS receiver, event_idx, valid_at, quantity
  FROM sided WHERE quantity > 0 AND givers = 1
  UNION ALL
  SELECT holder, receiver, event_idx, valid_at, -quantity
  FROM sided WHERE quantity < 0 AND givers > 1 AND receivers = 1
  UNION ALL
  SELECT gave.holder, got.holder, gave.event_idx, gave.valid_at, NULL
  FROM sided AS gave CROSS JOIN sided AS got ON got.event_idx = gave.event_idx
  WHERE gave.quantity < 0 AND gave.givers > 1 AND gave.receivers > 1 AND got.quantity > 0
)
SELECT giver, receiver, sum(quantity) AS quantity, count(*) AS events,
       min(event.occurred) AS first, max(event.occurred) AS last, max(went.event_idx) AS newest_entry
FROM went JOIN event ON event.idx = went.event_idx
WHERE (:party IS NULL OR giver = :party OR receiver = :party)
GROUP BY giver, receiver
ORDER BY min(went.valid_at), min(went.event_idx), giver, receiver
