-- code: CERT-SCOPE
-- title: Outside the scope of a certification
-- severity: medium
-- basis: the certifier's scheme: what a certification covers is part of it
-- explains: a change of scope that is not recorded
-- note: Of several certifications of a party one that covers all is enough; of those that do not the
--       one granted last before is named. A scope that names no country, site or model sets no limit
--       of that kind.
-- subject: any
-- with: cert_standing, place
WITH scoped AS NOT MATERIALIZED (
  SELECT cert_act.*, given.certification, given.valid_at AS given_at,
         coalesce((SELECT said.event_idx FROM cert_said AS said
                   WHERE said.certification = given.certification AND said.rescoped
                     AND said.valid_at < cert_act.valid_until
                   ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1), given.event_idx)
           AS scope_idx
  FROM cert_act
  CROSS JOIN cert_given AS given ON given.party = cert_act.party
    AND given.valid_at < cert_act.valid_until
    AND coalesce(given.valid_from_start < cert_act.valid_until, 1)
),
judged AS NOT MATERIALIZED (
  SELECT scoped.*,
         CASE
           WHEN EXISTS (SELECT 1 FROM certification_scope AS named
                        WHERE named.event_idx = scope_idx AND named.kind = 'site')
             AND NOT EXISTS (SELECT 1 FROM certification_scope AS named
                             WHERE named.event_idx = scope_idx AND named.kind = 'site'
                               AND named.value = scoped.site)
             THEN 'site ' || scoped.site
           WHEN EXISTS (SELECT 1 FROM certification_scope AS named
                        WHERE named.event_idx = scope_idx AND named.kind = 'country')
             AND NOT EXISTS (SELECT 1 FROM certification_scope AS named
                             JOIN place ON place.site = scoped.site
                             WHERE named.event_idx = scope_idx AND named.kind = 'country'
                               AND named.value = place.country)
             THEN 'country ' || (SELECT place.country FROM place WHERE place.site = scoped.site)
           WHEN EXISTS (SELECT 1 FROM certification_scope AS named
                        WHERE named.event_idx = scope_idx AND named.kind = 'model')
             THEN (
               SELECT 'model ' || min(moved.model)
               FROM (SELECT DISTINCT line.model AS model FROM line
                     WHERE line.event_idx = scoped.event_idx
                     UNION SELECT scoped.pool_model WHERE scoped.pool_model IS NOT NULL) AS moved
               WHERE NOT EXISTS (
                 SELECT 1 FROM certification_scope AS named
                 WHERE named.event_idx = scope_idx AND named.kind = 'model'
                   AND (named.value = moved.model OR EXISTS
                     (SELECT 1 FROM model_contents AS inside
                      WHERE inside.model = named.value AND inside.contains = moved.model))))
         END AS what
  FROM scoped
)
SELECT name AS subject, iif(act = 'ship', 'shipment', 'lease') AS kind,
       json_array(event_idx, scope_idx) AS entries,
       printf('%s is not in the scope of %s, granted to %s', what, certification, party) AS facts
FROM (
  SELECT judged.*, max(given_at || printf('%012d', scope_idx))
  FROM judged
  WHERE NOT EXISTS (SELECT 1 FROM judged AS good
                    WHERE good.event_idx = judged.event_idx AND good.what IS NULL)
  GROUP BY event_idx
)
