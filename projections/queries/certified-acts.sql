-- title: What was certified on the day
-- question: Did a party's certification stand, and cover the case, on the day of each shipment to it
--           and of each lease by it?
-- parameters: party (party, optional, shipments to this party and leases by it)
--             scheme (text, optional, certifications under this scheme)
-- columns: act: a shipment that the party was to receive, or a lease that it gave
--          certification: one that the party was ever granted; null: none is recorded
--          standing: how it stood when the act began: granted, suspended, revoked, lapsed, not yet
--          outside: models, countries and sites of the act that the scope of that day leaves out
--          on_one_word: GPUs of the act that one party alone signed for
-- note: The certifier's word on a programme of its own. It shows no end use, and no authorization.
-- with: place
WITH acted AS (
  SELECT shipment.event_idx, 'shipment ' || shipment.shipment AS act, shipment.consignee AS party,
         shipment.to_site AS site, place.country AS country, NULL AS model, NULL AS quantity
  FROM shipment LEFT JOIN place ON place.site = shipment.to_site
  WHERE shipment.consignee IS NOT NULL
  UNION ALL
  SELECT lease.event_idx, 'lease ' || lease.lease, lease.lessor, lease.site,
         coalesce(place.country, lease.country), lease.pool_model, lease.pool_quantity
  FROM lease LEFT JOIN place ON place.site = lease.site
  WHERE lease.lessor IS NOT NULL
),
act AS (
  SELECT acted.*, event.occurred, event.valid_at,
         coalesce(acted.quantity, (SELECT sum(line.quantity) FROM line
                                   WHERE line.event_idx = acted.event_idx)) AS gpus,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = acted.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM acted
  JOIN counting ON counting.event_idx = acted.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = acted.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:party IS NULL OR acted.party = :party)
),
told AS (
  SELECT certification.event_idx, certification.party, certification.certification,
         'granted' AS status, scheme, level, valid_from_start, valid_to_end, 1 AS opens,
         1 AS scoped, event.valid_at, event.idx
  FROM certification
  JOIN counting ON counting.event_idx = certification.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = certification.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  UNION ALL
  SELECT certification_change.event_idx, certification_change.party,
         certification_change.certification, status, NULL, NULL, NULL, valid_to_end, 0,
         rescoped, event.valid_at, event.idx
  FROM certification_change
  JOIN counting ON counting.event_idx = certification_change.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = certification_change.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
),
granted AS (
  SELECT party, certification, scheme, level, valid_from_start, min(valid_at) AS since
  FROM told
  WHERE opens AND (:scheme IS NULL OR scheme = :scheme COLLATE NOCASE)
  GROUP BY party, certification
),
-- How each stood on the day, as the newest statement by then has it (bare columns follow max()).
fact AS (
  SELECT act.event_idx AS act_idx, told.*,
         (told.valid_at <= act.valid_at) || told.valid_at || printf('%015d', told.idx) AS place,
         told.valid_at <= act.valid_at AS by_then
  FROM act JOIN told ON told.party = act.party
),
standing AS (
  SELECT act_idx, certification, status, sum(status = 'revoked') > 0 AS revoked, max(place)
  FROM fact WHERE status IS NOT NULL AND by_then GROUP BY act_idx, certification
),
ending AS (
  SELECT act_idx, certification, valid_to_end AS ends, max(place)
  FROM fact WHERE valid_to_end IS NOT NULL AND by_then GROUP BY act_idx, certification
),
scoping AS (
  SELECT act_idx, certification, event_idx AS scope_idx, max(place)
  FROM fact WHERE scoped GROUP BY act_idx, certification
),
stood AS (
  SELECT act.*, granted.certification, granted.scheme, granted.level,
         coalesce(granted.valid_from_start, granted.since) AS starts, standing.revoked,
         standing.status, ending.ends, scoping.scope_idx
  FROM act
  LEFT JOIN granted ON granted.party = act.party
  LEFT JOIN standing ON standing.act_idx = act.event_idx
    AND standing.certification = granted.certification
  LEFT JOIN ending ON ending.act_idx = act.event_idx
    AND ending.certification = granted.certification
  LEFT JOIN scoping ON scoping.act_idx = act.event_idx
    AND scoping.certification = granted.certification
),
-- What the act is of, and what the scope names of the same kind.
part AS (
  SELECT event_idx, scope_idx, 'site' AS kind, site AS value FROM stood WHERE site IS NOT NULL
  UNION
  SELECT event_idx, scope_idx, 'country', country FROM stood WHERE country IS NOT NULL
  UNION
  SELECT event_idx, scope_idx, 'model', model FROM stood WHERE model IS NOT NULL
  UNION
  SELECT stood.event_idx, scope_idx, 'model', line.model
  FROM stood JOIN line ON line.event_idx = stood.event_idx
)
SELECT stood.party, stood.occurred, stood.act, stood.site, stood.country, stood.gpus,
       stood.certification, stood.scheme, stood.level,
       CASE WHEN stood.certification IS NULL THEN 'none recorded'
            WHEN stood.revoked THEN 'revoked'
            WHEN stood.starts > stood.valid_at THEN 'not yet'
            WHEN stood.ends <= stood.valid_at THEN 'lapsed'
            WHEN stood.status = 'suspended' THEN 'suspended'
            WHEN stood.status IS NULL THEN 'not yet'
            ELSE 'granted' END AS standing,
       (SELECT group_concat(kind || ' ' || value, ', ') FROM
         (SELECT kind, value FROM part
          WHERE part.event_idx = stood.event_idx AND part.scope_idx = stood.scope_idx
            AND EXISTS (SELECT 1 FROM certification_scope AS scope
                        WHERE scope.event_idx = stood.scope_idx AND scope.kind = part.kind)
            AND NOT EXISTS (SELECT 1 FROM certification_scope AS scope
                            WHERE scope.event_idx = stood.scope_idx AND scope.kind = part.kind
                              AND scope.value = part.value COLLATE NOCASE)
          ORDER BY kind, value)) AS outside,
       iif(stood.words < 2, coalesce(stood.gpus, 0), 0) AS on_one_word, stood.event_idx AS entry
FROM stood
ORDER BY stood.party, stood.valid_at, stood.event_idx, stood.certification
