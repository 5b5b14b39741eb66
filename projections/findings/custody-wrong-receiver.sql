-- code: WRONG-RECEIVER
-- title: Received by another than the consignee
-- severity: critical
-- basis: 15 CFR 30.6(a)(3), 758.6: the ultimate consignee is who receives
-- explains: an agency that is not recorded; a dispatch that names the wrong consignee
-- subject: shipment
-- with: dispatch, arrival
SELECT arrival.shipment AS subject, json_array(dispatch.event_idx, arrival.event_idx) AS entries,
       printf('%s states the receipt at %s; the dispatch names %s as consignee', arrival.receiver,
         arrival.site, dispatch.consignee
           || coalesce(nullif(' and ' || dispatch.ultimate_consignee,
                              ' and ' || dispatch.consignee), '')) AS facts
FROM arrival
JOIN dispatch ON dispatch.shipment = arrival.shipment
WHERE (:subject IS NULL OR arrival.shipment = :subject)
  AND arrival.receiver <> dispatch.consignee
  AND arrival.receiver IS NOT dispatch.ultimate_consignee
  AND NOT EXISTS (
    SELECT 1 FROM agency_change AS agency
    WHERE agency.party = arrival.receiver AND agency.type = 'ShipmentReceived' AND agency.granted
      AND agency.principal IN (dispatch.consignee, dispatch.ultimate_consignee)
      AND agency.event_idx < arrival.event_idx
      AND NOT EXISTS (
        SELECT 1 FROM agency_change AS ended
        WHERE ended.party = agency.party AND ended.principal = agency.principal
          AND NOT ended.granted AND ended.event_idx > agency.event_idx
          AND ended.event_idx < arrival.event_idx))
