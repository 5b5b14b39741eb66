-- title: Acts that a certification should cover
-- question: Which sales to a party, and leases by it, are there of parties that are certified?
-- with: cert_said, word
cert_act AS NOT MATERIALIZED (
  SELECT shipment.consignee AS party, shipment.event_idx, 'ship' AS act, shipment.shipment AS name,
         shipment.to_site AS site, NULL AS pool_model, word.valid_at, word.valid_until,
         word.occurred
  FROM shipment JOIN word ON word.idx = shipment.event_idx
  WHERE shipment.purpose = 'sale' AND (:subject IS NULL OR shipment.shipment = :subject)
    AND EXISTS (SELECT 1 FROM certification WHERE certification.party = shipment.consignee)
  UNION ALL
  SELECT lease.lessor, lease.event_idx, 'lease', lease.lease, lease.site, lease.pool_model,
         word.valid_at, word.valid_until, word.occurred
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lease = :subject)
    AND EXISTS (SELECT 1 FROM certification WHERE certification.party = lease.lessor)
),
-- A certification and, of an act, whether it was granted by then.
cert_given AS NOT MATERIALIZED (
  SELECT certification.certification, certification.party, certification.event_idx,
         certification.valid_from_start, event.valid_at
  FROM certification
  JOIN event ON event.idx = certification.event_idx AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
  JOIN counting ON counting.event_idx = certification.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
)
