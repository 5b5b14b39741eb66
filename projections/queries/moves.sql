-- title: Movements
-- question: Which events moved units in the book of possession, from whom and where, to whom and
--           where?
-- parameters: party (party, optional, events that moved units from or to this party)
--             site (site, optional, events that moved units from or to this site)
--             batch (batch, optional, what events moved of this batch)
--             shipment (shipment, optional, events that name this shipment)
-- columns: giver: whose accounts the units left; a name with @ is no party
--          receiver: whose accounts they came to
--          quantity: GPUs that came
--          entry: the event; a correction counts in the place of what it corrects
-- note: Several names in one cell are those of one event; which units went from whom to whom among
--       them is for the event itself to say.
WITH moved AS MATERIALIZED (
  SELECT posted.event_idx, posted.account, posted.lot, sum(posted.quantity) AS quantity
  FROM posted
  JOIN account ON account.account = posted.account AND account.book = 'possession'
  JOIN event ON event.idx = posted.event_idx AND +event.valid_at < :as_of
  WHERE posted.idx <= :known_at
    AND (:batch IS NULL OR lot IN (SELECT lot FROM lot WHERE batch = :batch))
    AND (:shipment IS NULL OR event_idx IN
          (SELECT event_idx FROM named WHERE kind = 'shipment' AND value = :shipment))
  GROUP BY posted.event_idx, posted.account, posted.lot
  HAVING sum(posted.quantity) <> 0
),
summed AS MATERIALIZED (
  SELECT event_idx, account, sum(max(quantity, 0)) AS came, max(quantity < 0) AS gives,
         max(quantity > 0) AS receives
  FROM moved GROUP BY event_idx, account
),
side AS (
  SELECT summed.event_idx, account.*, came, gives, receives
  FROM summed CROSS JOIN account ON account.account = summed.account
  ORDER BY summed.event_idx, holder, site, state
),
in_racks AS (
  SELECT event_idx, model, count(DISTINCT rack) AS racks
  FROM (SELECT DISTINCT event_idx, account.model, lot
        FROM moved CROSS JOIN account ON account.account = moved.account) AS part
  CROSS JOIN lot ON lot.lot = part.lot
  GROUP BY event_idx, model
),
told AS (
  SELECT event_idx, model,
         group_concat(DISTINCT iif(gives, holder, NULL)) AS giver,
         group_concat(DISTINCT iif(gives, coalesce(site, shipment), NULL)) AS from_place,
         group_concat(DISTINCT iif(gives, state, NULL)) AS from_state,
         group_concat(DISTINCT iif(receives, holder, NULL)) AS receiver,
         group_concat(DISTINCT iif(receives, coalesce(site, shipment), NULL)) AS to_place,
         group_concat(DISTINCT iif(receives, state, NULL)) AS to_state,
         sum(came) AS quantity
  FROM side
  GROUP BY event_idx, model
  HAVING (:party IS NULL OR max(holder = :party) = 1)
    AND (:site IS NULL OR max(site IS NOT NULL AND site = :site) = 1)
)
SELECT event.occurred, substr(event.type, 1, instr(event.type, '.') - 1) AS event, told.model, giver,
       from_place, from_state, receiver, to_place, to_state, racks, quantity,
       (SELECT group_concat(party, ', ') FROM
         (SELECT DISTINCT party FROM signature
          WHERE signature.event_idx = told.event_idx AND via_idx <= :known_at
          ORDER BY party)) AS signed_by,
       told.event_idx AS entry
FROM told
JOIN in_racks ON in_racks.event_idx = told.event_idx AND in_racks.model = told.model
JOIN event ON event.idx = told.event_idx
ORDER BY event.valid_at, told.event_idx, told.model
