-- code: RECEIPT-NO-DISPATCH
-- title: Received, and never dispatched before
-- severity: high
-- basis: ghost stock: units arrive out of nowhere
-- explains: a dispatch that nobody recorded yet, or that was voided by mistake
-- subject: shipment
-- with: dispatch, arrival
SELECT arrival.shipment AS subject,
       json_array(arrival.event_idx, dispatch.event_idx,
         (SELECT max(voided.idx) FROM shipment AS other
          JOIN event AS voided ON voided.voids_idx = other.event_idx AND voided.idx <= :known_at
          WHERE other.shipment = arrival.shipment)) AS entries,
       printf('%s states a receipt of %s at %s on %s, and %s', arrival.receiver, arrival.shipment,
         arrival.site, arrival.occurred,
         iif(dispatch.event_idx IS NULL, 'no dispatch of it counts',
             'its dispatch is dated ' || dispatch.occurred)) AS facts
FROM arrival
LEFT JOIN dispatch ON dispatch.shipment = arrival.shipment
WHERE (:subject IS NULL OR arrival.shipment = :subject)
  AND (dispatch.event_idx IS NULL OR dispatch.valid_at >= arrival.valid_until)
