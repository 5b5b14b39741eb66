-- title: Certifications when something happened
-- question: How did each certification of a party stand at each sale to it and lease by it?
-- with: cert_said, word
cert_act AS MATERIALIZED (
  SELECT shipment.consignee AS party, shipment.event_idx, 'ship' AS act, shipment.shipment AS name,
         word.valid_at, word.valid_until, word.occurred
  FROM shipment JOIN word ON word.idx = shipment.event_idx
  WHERE shipment.purpose = 'sale'
    AND shipment.consignee IN (SELECT party FROM certification)
  UNION ALL
  SELECT lease.lessor, lease.event_idx, 'lease', lease.lease, word.valid_at, word.valid_until,
         word.occurred
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE lease.lessor IN (SELECT party FROM certification)
),
cert_standing AS MATERIALIZED (
  SELECT cert_act.*, granted.certification, granted.event_idx AS granted_idx,
         granted.valid_at >= cert_act.valid_until
           OR coalesce(granted.valid_from_start >= cert_act.valid_until, 0) AS too_early,
         (SELECT said.status || printf('%012d', said.event_idx) FROM cert_said AS said
          WHERE said.certification = granted.certification AND said.status IS NOT NULL
            AND said.valid_until <= cert_act.valid_at
          ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1) AS status,
         (SELECT said.valid_to_end || printf('%012d', said.event_idx) FROM cert_said AS said
          WHERE said.certification = granted.certification AND said.valid_to IS NOT NULL
            AND said.valid_at < cert_act.valid_until
          ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1) AS ends
  FROM cert_act
  JOIN cert_said AS granted ON granted.party = cert_act.party AND granted.status = 'granted'
)
