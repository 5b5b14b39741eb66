-- code: SHIP-OVERDUE
-- title: Dispatched, and not received
-- severity: high
-- basis: 15 CFR 762.6(a): records of known diversion; goods that do not arrive may be diverted
-- explains: a receipt, a return or a loss that was never recorded; a route that takes long
-- subject: shipment
-- waits: yes
-- thresholds: days (30, days from dispatch, or from the expected arrival where it is later)
-- with: dispatch, arrival
WITH travelling AS (
  SELECT shipment, sum(movement.quantity) AS quantity
  FROM account
  CROSS JOIN movement ON movement.account = account.account
  CROSS JOIN event ON event.idx = movement.event_idx
  WHERE shipment IS NOT NULL AND (:subject IS NULL OR account.shipment = :subject)
    AND book = 'possession' AND state = 'in_transit' AND event.valid_at < :as_of
    AND movement.idx <= :known_at
  GROUP BY shipment
  HAVING sum(movement.quantity) > 0
)
SELECT dispatch.shipment AS subject, json_array(dispatch.event_idx) AS entries,
       printf('%,d GPUs left %s on %s for %s and are not received %d days later',
         travelling.quantity, dispatch.from_site, dispatch.occurred, dispatch.consignee,
         julianday(:as_of) - julianday(dispatch.valid_at)) AS facts,
       iif(julianday(max(dispatch.valid_until, coalesce(due_end, ''))) + :days
           <= julianday(:as_of), 'indicator', 'cannot be excluded') AS certainty
FROM travelling
JOIN dispatch ON dispatch.shipment = travelling.shipment
WHERE NOT EXISTS (SELECT 1 FROM arrival
                  WHERE arrival.shipment = dispatch.shipment AND arrival.final)
  AND julianday(max(dispatch.valid_at, coalesce(due_end, ''))) + :days < julianday(:as_of)
