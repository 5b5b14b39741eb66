-- code: QTY-OVER
-- title: More units received than dispatched
-- severity: high
-- basis: 15 CFR 30.6(a)(15): the quantity exported; units of undeclared source, or relabelled ones
-- explains: a dispatch that names too few units; a receipt that names other racks or batches
-- subject: shipment
-- with: dispatch, arrival, lately
WITH over AS (
  SELECT shipment, -sum(quantity) AS quantity, count(DISTINCT rack) AS racks, min(rack) AS rack,
         min(batch) AS batch
  FROM (
    SELECT account.shipment, lot.rack, lot.batch, sum(posted.quantity) AS quantity
    FROM account
    CROSS JOIN posted ON posted.account = account.account
    CROSS JOIN event ON event.idx = posted.event_idx
    CROSS JOIN lot ON lot.lot = posted.lot
    WHERE account.shipment IS NOT NULL AND (:subject IS NULL OR account.shipment = :subject)
      AND book = 'possession' AND state = 'in_transit' AND event.valid_at < :as_of
      AND posted.idx <= :known_at
      AND ((SELECT anything FROM lately)
           OR EXISTS (SELECT 1 FROM balance
                      WHERE balance.account = account.account AND balance.quantity <> 0))
    GROUP BY account.shipment, account.model, posted.lot
    HAVING sum(posted.quantity) < 0
  )
  GROUP BY shipment
)
SELECT dispatch.shipment AS subject,
       (SELECT json_group_array(event_idx) FROM
         (SELECT dispatch.event_idx AS event_idx
          UNION ALL SELECT arrival.event_idx FROM arrival
          WHERE arrival.shipment = dispatch.shipment)) AS entries,
       printf('%,d GPUs of %s were received and not dispatched', over.quantity,
         CASE over.racks WHEN 0 THEN 'batch ' || over.batch WHEN 1 THEN 'rack ' || over.rack
           ELSE over.racks || ' racks such as ' || over.rack END) AS facts
FROM over
JOIN dispatch ON dispatch.shipment = over.shipment
WHERE EXISTS (SELECT 1 FROM arrival WHERE arrival.shipment = over.shipment)
