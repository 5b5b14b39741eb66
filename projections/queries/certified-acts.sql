-- title: What was certified on the day
-- question: Did a party's certification stand, and cover the case, on the day of each shipment to it
--           and of each lease by it?
-- parameters: party (party, optional, shipments to this party and leases by it)
--             scheme (text, optional, certifications under this scheme)
-- columns: act: a shipment that the party was to receive, or a lease that it gave
--          certification: the party's under that scheme that stood best; null: none is recorded
--          others: certifications of the party under that scheme that stood no better
--          standing: how it stood when the act began: granted, suspended, revoked, lapsed, not yet
--          outside: models, countries and sites of the act that the scope of that day leaves out
--          on_one_word: GPUs of the act that one party alone signed for
-- note: Of several certifications under one scheme: one that stood and covers the act, else one that
--       stood, else the one granted last. The certifier's word on a programme of its own: it shows no
--       end use, and no authorization.
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
         (SELECT group_concat(model, char(10)) FROM
           (SELECT DISTINCT line.model FROM line
            WHERE line.event_idx = acted.event_idx ORDER BY line.model)) AS models,
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
-- Acts of one moment, place and kind of goods are one case, told by the first of them.
matter AS MATERIALIZED (
  SELECT act.*, min(event_idx) OVER (
           PARTITION BY party, valid_at, site, country, model, models COLLATE NOCASE) AS case_idx
  FROM act
),
tried AS (SELECT * FROM matter WHERE event_idx = case_idx),
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
  SELECT tried.case_idx, told.*,
         (told.valid_at <= tried.valid_at) || told.valid_at || printf('%015d', told.idx) AS place,
         told.valid_at <= tried.valid_at AS by_then
  FROM tried JOIN told ON told.party = tried.party
),
standing AS (
  SELECT case_idx, certification, status, sum(status = 'revoked') > 0 AS revoked, max(place)
  FROM fact WHERE status IS NOT NULL AND by_then GROUP BY case_idx, certification
),
ending AS (
  SELECT case_idx, certification, valid_to_end AS ends, max(place)
  FROM fact WHERE valid_to_end IS NOT NULL AND by_then GROUP BY case_idx, certification
),
scoping AS (
  SELECT case_idx, certification, event_idx AS scope_idx, max(place)
  FROM fact WHERE scoped GROUP BY case_idx, certification
),
stood AS (
  SELECT tried.case_idx, granted.certification, granted.scheme, granted.level, granted.since,
         scoping.scope_idx,
         CASE WHEN granted.certification IS NULL THEN 'none recorded'
              WHEN standing.revoked THEN 'revoked'
              WHEN coalesce(granted.valid_from_start, granted.since) > tried.valid_at
                THEN 'not yet'
              WHEN ending.ends <= tried.valid_at THEN 'lapsed'
              WHEN standing.status = 'suspended' THEN 'suspended'
              WHEN standing.status IS NULL THEN 'not yet'
              ELSE 'granted' END AS standing
  FROM tried
  LEFT JOIN granted ON granted.party = tried.party
  LEFT JOIN standing ON standing.case_idx = tried.case_idx
    AND standing.certification = granted.certification
  LEFT JOIN ending ON ending.case_idx = tried.case_idx
    AND ending.certification = granted.certification
  LEFT JOIN scoping ON scoping.case_idx = tried.case_idx
    AND scoping.certification = granted.certification
),
-- What the act is of; the scope may name some of the same kind.
part AS (
  SELECT case_idx, 'site' AS kind, site AS value FROM tried WHERE site IS NOT NULL
  UNION
  SELECT case_idx, 'country', country FROM tried WHERE country IS NOT NULL
  UNION
  SELECT case_idx, 'model', model FROM tried WHERE model IS NOT NULL
  UNION
  SELECT case_idx, 'model', line.model
  FROM tried JOIN line ON line.event_idx = tried.event_idx
),
covered AS (
  SELECT stood.*,
         (SELECT group_concat(kind || ' ' || value, ', ') FROM
           (SELECT kind, value FROM part
            WHERE part.case_idx = stood.case_idx
              AND EXISTS (SELECT 1 FROM certification_scope AS scope
                          WHERE scope.event_idx = stood.scope_idx AND scope.kind = part.kind)
              AND NOT EXISTS (SELECT 1 FROM certification_scope AS scope
                              WHERE scope.event_idx = stood.scope_idx AND scope.kind = part.kind
                                AND scope.value = part.value COLLATE NOCASE)
            ORDER BY kind, value)) AS outside
  FROM stood
),
best AS (
  SELECT *, count(*) OVER (PARTITION BY case_idx, scheme COLLATE NOCASE) - 1 AS others,
         row_number() OVER (
           PARTITION BY case_idx, scheme COLLATE NOCASE
           ORDER BY standing <> 'granted', standing = 'granted' AND outside IS NOT NULL,
                    since DESC, certification) AS place
  FROM covered
)
SELECT matter.party, matter.occurred, matter.act, matter.site, matter.country, matter.gpus,
       best.certification, best.scheme, best.level, best.standing, best.outside, best.others,
       iif(matter.words < 2, coalesce(matter.gpus, 0), 0) AS on_one_word, matter.event_idx AS entry
FROM matter
JOIN best ON best.case_idx = matter.case_idx AND best.place = 1
ORDER BY matter.party, matter.valid_at, matter.event_idx, best.certification
