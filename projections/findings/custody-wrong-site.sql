-- code: WRONG-SITE
-- title: Received at another place than named
-- severity: critical
-- basis: 15 CFR 758.6; 750.7: the country of ultimate destination is part of the terms
-- explains: a change of the authorization or of the dispatch that is not recorded
-- note: Another site in the same country is graded high, another country critical.
-- subject: shipment
-- with: dispatch, arrival, place, auth_said
WITH came AS (
  SELECT arrival.event_idx, arrival.shipment, arrival.site, place.country, dispatch.to_site,
         dispatch.event_idx AS sent, target.country AS to_country
  FROM arrival
  JOIN dispatch ON dispatch.shipment = arrival.shipment
  LEFT JOIN place ON place.site = arrival.site
  LEFT JOIN place AS target ON target.site = dispatch.to_site
  WHERE (:subject IS NULL OR arrival.shipment = :subject)
),
asked_auth AS (
  SELECT item.authorization
  FROM came CROSS JOIN shipment_item AS item ON item.event_idx = came.sent
),
meant AS (
  SELECT came.event_idx, 'site ' || came.to_site AS said, came.to_country AS country,
         came.sent AS by_idx
  FROM came WHERE came.to_country IS NOT NULL
  UNION ALL
  SELECT came.event_idx, 'filing ' || filing.filing, filing.destination, filing.event_idx
  FROM came JOIN filing ON filing.shipment = came.shipment
  JOIN counting ON counting.event_idx = filing.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  UNION ALL
  SELECT came.event_idx, 'authorization ' || item.authorization, auth_said.destination,
         auth_said.event_idx
  FROM came
  JOIN shipment_item AS item ON item.event_idx = came.sent AND item.authorization IS NOT NULL
  JOIN auth_said ON auth_said.authorization = item.authorization
  WHERE auth_said.destination IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM auth_said AS other
    WHERE other.authorization = item.authorization AND other.destination = came.country)
)
SELECT came.shipment AS subject, json_array(came.sent, came.event_idx, min(meant.by_idx)) AS entries,
       printf('received at %s in %s; %s names %s', came.site, coalesce(came.country, 'no known country'),
         coalesce(min(meant.said), 'the dispatch'), coalesce(min(meant.country), came.to_site)) AS facts,
       iif(min(meant.country) IS NULL, 'high', 'critical') AS severity
FROM came
LEFT JOIN meant ON meant.event_idx = came.event_idx AND meant.country <> came.country
WHERE meant.country IS NOT NULL OR came.site <> came.to_site
GROUP BY came.event_idx
