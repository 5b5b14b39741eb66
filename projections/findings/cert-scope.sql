-- code: CERT-SCOPE
-- title: Outside the scope of a certification
-- severity: medium
-- basis: the certifier's scheme: what a certification covers is part of it
-- explains: a change of scope that is not recorded
-- note: Of several certifications of a party each is compared, and one that covers all is enough. A
--       scope that names no country, site or model sets no limit of that kind.
-- subject: any
-- with: cert_standing, place
WITH scoped AS (
  SELECT cert_standing.*,
         (SELECT said.event_idx FROM cert_said AS said
          WHERE said.certification = cert_standing.certification AND said.rescoped
            AND said.valid_at < cert_standing.valid_until
          ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1) AS scope_idx,
         CASE act WHEN 'ship' THEN
           (SELECT to_site FROM shipment WHERE shipment.event_idx = cert_standing.event_idx)
         ELSE (SELECT site FROM lease WHERE lease.event_idx = cert_standing.event_idx) END AS site
  FROM cert_standing
  WHERE NOT too_early AND (:subject IS NULL OR cert_standing.name = :subject)
),
held AS (
  SELECT scoped.event_idx, 'site' AS kind, scoped.site AS value FROM scoped
  WHERE scoped.site IS NOT NULL
  UNION
  SELECT scoped.event_idx, 'country', place.country
  FROM scoped JOIN place ON place.site = scoped.site
  UNION
  SELECT scoped.event_idx, 'model', line.model
  FROM scoped JOIN line ON line.event_idx = scoped.event_idx
  UNION
  SELECT scoped.event_idx, 'model', lease.pool_model
  FROM scoped JOIN lease ON lease.event_idx = scoped.event_idx WHERE lease.pool_model IS NOT NULL
),
outside AS (
  SELECT scoped.act, scoped.name, scoped.party, scoped.event_idx, scoped.certification,
         scoped.scope_idx, min(held.kind || ' ' || held.value) AS what
  FROM scoped
  LEFT JOIN held ON held.event_idx = scoped.event_idx
    AND EXISTS (SELECT 1 FROM certification_scope AS named
                WHERE named.event_idx = scoped.scope_idx AND named.kind = held.kind)
    AND NOT EXISTS (SELECT 1 FROM certification_scope AS named
                    WHERE named.event_idx = scoped.scope_idx AND named.kind = held.kind
                      AND (named.value = held.value OR held.kind = 'model' AND EXISTS
                        (SELECT 1 FROM model_contents AS inside
                         WHERE inside.model = named.value AND inside.contains = held.value)))
  GROUP BY scoped.event_idx, scoped.certification
)
SELECT name AS subject, iif(act = 'ship', 'shipment', 'lease') AS kind,
       json_array(event_idx, max(scope_idx)) AS entries,
       printf('%s is not in the scope of %s, granted to %s', min(what), min(certification), party)
         AS facts
FROM outside
GROUP BY event_idx
HAVING count(*) = count(what)
