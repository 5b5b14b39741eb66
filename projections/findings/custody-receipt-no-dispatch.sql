-- code: RECEIPT-NO-DISPATCH
-- title: Received, and never dispatched before
-- severity: high
-- basis: ghost stock: units arrive out of nowhere
-- explains: a dispatch that nobody recorded yet, or that was voided by mistake
-- subject: shipment
-- with: dispatch, arrival
WITH undispatched AS (
  SELECT arrival.*, NULL AS sent_idx, 'no dispatch of it counts' AS said
  FROM arrival
  WHERE (:subject IS NULL OR arrival.shipment = :subject)
    AND NOT EXISTS (SELECT 1 FROM dispatch WHERE dispatch.shipment = arrival.shipment)
  UNION ALL
  SELECT arrival.*, dispatch.event_idx, 'its dispatch is dated ' || dispatch.occurred
  FROM arrival
  CROSS JOIN dispatch ON dispatch.shipment = arrival.shipment
  WHERE (:subject IS NULL OR arrival.shipment = :subject)
    AND dispatch.valid_at >= arrival.valid_until
)
SELECT shipment AS subject,
       json_array(event_idx, sent_idx,
         (SELECT max(voided.idx) FROM shipment AS other
          JOIN event AS voided ON voided.voids_idx = other.event_idx AND voided.idx <= :known_at
          WHERE other.shipment = undispatched.shipment)) AS entries,
       printf('%s states a receipt of %s at %s on %s, and %s', receiver, shipment, site, occurred,
         said) AS facts
FROM undispatched
