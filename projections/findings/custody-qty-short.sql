-- code: QTY-SHORT
-- title: Fewer units received than dispatched
-- severity: critical
-- basis: 15 CFR 30.6(a)(15): the quantity exported; what is missing may be diverted
-- explains: a second receipt, a return, a loss or a correction that is not recorded yet
-- subject: shipment
-- waits: yes
-- thresholds: days (5, days after the last receipt in which the difference may be explained)
-- with: dispatch, arrival, lately
WITH closed AS (
  SELECT arrival.shipment, max(arrival.event_idx) AS event_idx, max(arrival.valid_until) AS at
  FROM arrival
  WHERE arrival.final AND (:subject IS NULL OR arrival.shipment = :subject)
  GROUP BY arrival.shipment
),
missing AS (
  SELECT shipment, sum(quantity) AS quantity, count(DISTINCT rack) AS racks, min(rack) AS rack,
         min(batch) AS batch
  FROM (
    SELECT account.shipment, lot.rack, lot.batch, sum(posted.quantity) AS quantity
    FROM closed
    CROSS JOIN account ON account.shipment = closed.shipment
    CROSS JOIN posted ON posted.account = account.account
    CROSS JOIN event ON event.idx = posted.event_idx
    CROSS JOIN lot ON lot.lot = posted.lot
    WHERE book = 'possession' AND state = 'in_transit' AND event.valid_at < :as_of
      AND posted.idx <= :known_at
      AND ((SELECT anything FROM lately)
           OR EXISTS (SELECT 1 FROM balance
                      WHERE balance.account = account.account AND balance.quantity <> 0))
    GROUP BY account.shipment, account.model, posted.lot
    HAVING sum(posted.quantity) > 0
  )
  GROUP BY shipment
)
SELECT dispatch.shipment AS subject, json_array(dispatch.event_idx, closed.event_idx) AS entries,
       printf('%,d GPUs of %s were dispatched and not received, though nothing more is to come',
         missing.quantity,
         CASE missing.racks WHEN 0 THEN 'batch ' || missing.batch WHEN 1 THEN 'rack ' || missing.rack
           ELSE missing.racks || ' racks such as ' || missing.rack END) AS facts
FROM closed
JOIN missing ON missing.shipment = closed.shipment
JOIN dispatch ON dispatch.shipment = closed.shipment
WHERE julianday(closed.at) + :days <= julianday(:as_of)
