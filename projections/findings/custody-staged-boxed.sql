-- code: STAGED-BOXED
-- title: Received at a data centre, and never installed
-- severity: medium
-- basis: boxed goods at a site visit: hardware that nobody means to run there
-- explains: building works that are late; spares
-- subject: shipment
-- waits: yes
-- thresholds: days (90, days from receipt)
-- with: arrival, place, lying
WITH came AS (
  SELECT arrival.event_idx, arrival.shipment, arrival.site, arrival.occurred, line.batch, line.rack,
         line.quantity
  FROM arrival
  JOIN place ON place.site = arrival.site AND place.kind = 'data_center'
  JOIN line ON line.event_idx = arrival.event_idx AND line.part = 'lines'
  WHERE (:subject IS NULL OR arrival.shipment = :subject)
    AND julianday(arrival.valid_until) + :days <= julianday(:as_of)
)
SELECT shipment AS subject, json_array(event_idx) AS entries,
       printf('%,d GPUs received at %s on %s are still in stock there',
         sum(min(quantity, left_there)), site, occurred) AS facts
FROM lying
WHERE left_there > 0
GROUP BY event_idx
