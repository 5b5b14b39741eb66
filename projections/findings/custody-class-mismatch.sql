-- code: CLASS-MISMATCH
-- title: Another model received than dispatched
-- severity: high
-- basis: 15 CFR 758.1(f): what is exported is what was declared; a model may have been exchanged
-- explains: one model under two names; a dispatch or a receipt that is wrong
-- subject: shipment
-- with: dispatch, arrival
SELECT arrival.shipment AS subject, json_array(dispatch.event_idx, arrival.event_idx) AS entries,
       printf('%s received %,d GPUs of %s, of which none were dispatched', arrival.receiver,
         sum(line.quantity), line.model) AS facts
FROM arrival
JOIN line ON line.event_idx = arrival.event_idx
JOIN dispatch ON dispatch.shipment = arrival.shipment
WHERE (:subject IS NULL OR arrival.shipment = :subject)
  AND NOT EXISTS (SELECT 1 FROM line AS sent
                  WHERE sent.event_idx = dispatch.event_idx AND sent.model = line.model)
GROUP BY arrival.event_idx, line.model
