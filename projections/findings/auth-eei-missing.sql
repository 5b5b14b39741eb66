-- code: EEI-MISSING
-- title: Left the country without an export filing
-- severity: high
-- basis: 15 CFR 758.1(b), 30.2: electronic export information for what leaves the United States
-- explains: a filing that nobody recorded, or that names another shipment; a value below the limit
-- subject: shipment
-- with: crossing, word
SELECT crossing.shipment AS subject, json_array(crossing.event_idx) AS entries,
       printf('%s left %s for %s on %s, and no filing names it', crossing.shipment,
         crossing.from_country, crossing.to_country, crossing.occurred) AS facts
FROM crossing
WHERE (:subject IS NULL OR crossing.shipment = :subject) AND crossing.from_country = 'US'
  AND NOT EXISTS (SELECT 1 FROM filing JOIN word ON word.idx = filing.event_idx
                  WHERE filing.shipment = crossing.shipment)
