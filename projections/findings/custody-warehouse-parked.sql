-- code: WAREHOUSE-PARKED
-- title: Exported units lie in a warehouse
-- severity: medium
-- basis: boards that were first unseen and later found in separate warehouses; authorizations name a
--        destination and an end user, and a warehouse is neither
-- explains: goods that wait for a hall; a warehouse that the authorization's papers name
-- note: Authorizations name no sites in this vocabulary, so every warehouse counts as unnamed. Looks
--       at the shipment that crossed the border; a later move within the country is no export.
-- subject: shipment
-- waits: yes
-- thresholds: days (30, days from receipt)
-- with: arrival, crossing, lying
WITH came AS (
  SELECT arrival.event_idx, arrival.shipment, arrival.site, arrival.occurred, line.batch, line.rack,
         line.quantity
  FROM arrival
  JOIN place AS lying ON lying.site = arrival.site AND lying.kind = 'warehouse'
  JOIN line ON line.event_idx = arrival.event_idx AND line.part = 'lines'
  WHERE (:subject IS NULL OR arrival.shipment = :subject)
    AND julianday(arrival.valid_until) + :days <= julianday(:as_of)
    AND EXISTS (SELECT 1 FROM crossing
                WHERE crossing.shipment = arrival.shipment AND purpose IN ('sale', 'move'))
)
SELECT shipment AS subject, json_array(event_idx) AS entries,
       printf('%,d exported GPUs received on %s are still in the warehouse %s',
         sum(min(quantity, left_there)), occurred, site) AS facts
FROM lying
WHERE left_there > 0
GROUP BY event_idx
