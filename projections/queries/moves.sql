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
WITH moved AS (
  SELECT event_idx, holder, site, state, shipment, rack, model, batch, sum(quantity) AS quantity,
         min(valid_at) AS valid_at
  FROM posting
  WHERE book = 'possession' AND valid_at < :as_of AND idx <= :known_at
    AND (:batch IS NULL OR batch = :batch)
    AND (:shipment IS NULL OR event_idx IN
          (SELECT event_idx FROM named WHERE kind = 'shipment' AND value = :shipment))
  GROUP BY event_idx, holder, site, state, shipment, rack, model, batch
  HAVING sum(quantity) <> 0
  ORDER BY event_idx, holder, site, state
),
told AS (
  SELECT event_idx, model, min(valid_at) AS valid_at,
         group_concat(DISTINCT iif(quantity < 0, holder, NULL)) AS giver,
         group_concat(DISTINCT iif(quantity < 0, coalesce(site, shipment), NULL)) AS from_place,
         group_concat(DISTINCT iif(quantity < 0, state, NULL)) AS from_state,
         group_concat(DISTINCT iif(quantity > 0, holder, NULL)) AS receiver,
         group_concat(DISTINCT iif(quantity > 0, coalesce(site, shipment), NULL)) AS to_place,
         group_concat(DISTINCT iif(quantity > 0, state, NULL)) AS to_state,
         sum(max(quantity, 0)) AS quantity, count(DISTINCT rack) AS racks
  FROM moved
  GROUP BY event_idx, model
  HAVING (:party IS NULL OR max(holder = :party) = 1)
    AND (:site IS NULL OR max(site IS NOT NULL AND site = :site) = 1)
)
SELECT event.occurred, substr(event.type, 1, instr(event.type, '.') - 1) AS event, model, giver,
       from_place, from_state, receiver, to_place, to_state, racks, quantity,
       (SELECT group_concat(party, ', ') FROM
         (SELECT DISTINCT party FROM signature
          WHERE signature.event_idx = told.event_idx AND via_idx <= :known_at
          ORDER BY party)) AS signed_by,
       told.event_idx AS entry
FROM told JOIN event ON event.idx = told.event_idx
ORDER BY told.valid_at, told.event_idx, model
