-- code: NAME-UNKNOWN
-- title: A name that nobody recorded
-- severity: medium
-- basis: a party, site, batch, rack, shipment or lease is spoken of, and nothing says what it is
-- explains: a registration that comes later; a name that was typed wrong
-- subject: any
-- with: told
WITH spoken AS (
  SELECT kind, value, min(event_idx) AS first_idx
  FROM named
  WHERE kind IN ('party', 'site', 'batch', 'rack', 'shipment', 'lease', 'model', 'authorization',
      'certification', 'plan')
    AND (:subject IS NULL OR named.value = :subject) AND event_idx <= :known_at
  GROUP BY kind, value
),
unknown AS (
  SELECT spoken.* FROM spoken
  WHERE NOT CASE kind
    WHEN 'party' THEN EXISTS (SELECT 1 FROM party
      WHERE party.party = spoken.value AND event_idx <= :known_at)
    WHEN 'site' THEN EXISTS (SELECT 1 FROM site
      WHERE site.site = spoken.value AND event_idx <= :known_at)
    WHEN 'batch' THEN EXISTS (SELECT 1 FROM batch
      WHERE batch.batch = spoken.value AND event_idx <= :known_at)
      OR EXISTS (SELECT 1 FROM line JOIN stock_opening USING (event_idx)
      WHERE line.batch = spoken.value AND line.event_idx <= :known_at)
    WHEN 'rack' THEN EXISTS (SELECT 1 FROM assembly
      WHERE assembly.rack = spoken.value AND event_idx <= :known_at)
      OR EXISTS (SELECT 1 FROM stocked_rack
      WHERE stocked_rack.rack = spoken.value AND event_idx <= :known_at)
    WHEN 'shipment' THEN EXISTS (SELECT 1 FROM shipment
      WHERE shipment.shipment = spoken.value AND event_idx <= :known_at)
    WHEN 'lease' THEN EXISTS (SELECT 1 FROM lease
      WHERE lease.lease = spoken.value AND event_idx <= :known_at)
    WHEN 'model' THEN EXISTS (SELECT 1 FROM model
      WHERE model.model = spoken.value AND event_idx <= :known_at)
    WHEN 'authorization' THEN EXISTS (SELECT 1 FROM authorization
      WHERE authorization.authorization = spoken.value AND event_idx <= :known_at)
    WHEN 'certification' THEN EXISTS (SELECT 1 FROM certification
      WHERE certification.certification = spoken.value AND event_idx <= :known_at)
    ELSE EXISTS (SELECT 1 FROM plan
      WHERE plan.plan = spoken.value AND event_idx <= :known_at)
  END
)
SELECT unknown.value AS subject, unknown.kind, json_array(min(told.idx)) AS entries,
       printf('entry %d (%s) names the %s %s, which was never recorded', told.idx, told.summary,
         unknown.kind, unknown.value) AS facts
FROM unknown
JOIN named ON named.kind = unknown.kind AND named.value = unknown.value
JOIN told ON told.idx = named.event_idx
GROUP BY unknown.kind, unknown.value
