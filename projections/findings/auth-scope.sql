-- code: AUTH-SCOPE
-- title: Shipped beyond what an authorization names
-- severity: critical
-- basis: 15 CFR 750.7: items, consignees and destination are terms of a licence
-- explains: a change of the authorization that is not recorded; one party under two names
-- note: Of lists that changed the newest before the dispatch counts. End use is free text, and is not
--       compared.
-- subject: shipment
-- with: auth_used, auth_said, place
WITH used AS (
  SELECT auth_used.*, place.country
  FROM auth_used LEFT JOIN place ON place.site = auth_used.to_site
  WHERE (:subject IS NULL OR auth_used.shipment = :subject)
),
asked_auth AS (SELECT authorization FROM used),
goods AS (
  SELECT used.event_idx, used.authorization, auth_said.event_idx AS by_idx,
         max(auth_said.valid_at || printf('%012d', auth_said.event_idx))
  FROM used JOIN auth_said ON auth_said.authorization = used.authorization
    AND auth_said.items > 0 AND auth_said.valid_at < used.valid_until
  GROUP BY used.event_idx, used.authorization
),
people AS (
  SELECT used.event_idx, used.authorization, auth_said.event_idx AS by_idx,
         max(auth_said.valid_at || printf('%012d', auth_said.event_idx))
  FROM used JOIN auth_said ON auth_said.authorization = used.authorization
    AND auth_said.consignees > 0 AND auth_said.valid_at < used.valid_until
  GROUP BY used.event_idx, used.authorization
),
destined AS (
  SELECT used.event_idx, used.authorization, auth_said.event_idx AS by_idx, auth_said.destination,
         max(auth_said.valid_at || printf('%012d', auth_said.event_idx))
  FROM used JOIN auth_said ON auth_said.authorization = used.authorization
    AND auth_said.destination IS NOT NULL AND auth_said.valid_at < used.valid_until
  GROUP BY used.event_idx, used.authorization
),
beyond AS (
  SELECT used.shipment, used.event_idx, used.authorization, goods.by_idx,
         item.model || ' as ' || item.eccn AS said
  FROM used JOIN goods USING (event_idx, authorization)
  JOIN shipment_item AS item ON item.event_idx = used.event_idx
    AND item.authorization = used.authorization
  WHERE EXISTS (SELECT 1 FROM authorization_item AS named WHERE named.event_idx = goods.by_idx)
    AND NOT EXISTS (SELECT 1 FROM authorization_item AS named
                    WHERE named.event_idx = goods.by_idx AND named.model = item.model
                      AND named.eccn = item.eccn)
  UNION ALL
  SELECT used.shipment, used.event_idx, used.authorization, people.by_idx,
         'the consignee ' || used.consignee
  FROM used JOIN people USING (event_idx, authorization)
  WHERE EXISTS (SELECT 1 FROM authorization_consignee AS named
                WHERE named.event_idx = people.by_idx)
    AND NOT EXISTS (SELECT 1 FROM authorization_consignee AS named
                    WHERE named.event_idx = people.by_idx
                      AND named.party IN (used.consignee, used.ultimate_consignee))
  UNION ALL
  SELECT used.shipment, used.event_idx, used.authorization, destined.by_idx,
         'the destination ' || used.country
  FROM used JOIN destined USING (event_idx, authorization)
  WHERE used.country <> destined.destination
)
SELECT shipment AS subject, json_array(event_idx, by_idx) AS entries,
       printf('%s is not among what %s names', said, authorization) AS facts
FROM beyond
