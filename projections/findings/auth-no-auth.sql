-- code: NO-AUTH
-- title: Exported under no authorization that is recorded
-- severity: critical
-- basis: 15 CFR 758.1(g): a licence number, an exception or NLR is reported for each item
-- explains: an authorization that is recorded elsewhere, or was left out of the dispatch
-- note: Only where the sites of the dispatch are in two countries. Whether one was required is for
--       the rule packs; items classified EAR99 are left out. Where the dispatch names no site of
--       arrival it is not decidable.
-- subject: shipment
-- with: dispatch, place, word
WITH left_home AS (
  SELECT dispatch.event_idx, dispatch.shipment, dispatch.to_site, origin.country AS from_country,
         target.country AS to_country
  FROM dispatch
  LEFT JOIN place AS origin ON origin.site = dispatch.from_site
  LEFT JOIN place AS target ON target.site = dispatch.to_site
  WHERE (:subject IS NULL OR dispatch.shipment = :subject)
    AND origin.country IS NOT target.country
),
sent AS (
  SELECT left_home.*, line.model, sum(line.quantity) AS quantity
  FROM left_home JOIN line ON line.event_idx = left_home.event_idx
  GROUP BY left_home.event_idx, line.model
),
rests AS (
  SELECT sent.*,
         (SELECT min(item.authorization) FROM shipment_item AS item
          WHERE item.event_idx = sent.event_idx AND item.authorization IS NOT NULL
            AND (item.model = sent.model OR EXISTS
              (SELECT 1 FROM model_contents AS inside
               WHERE inside.model = item.model AND inside.contains = sent.model
                 AND inside.event_idx <= :known_at))) AS authorization,
         EXISTS (SELECT 1 FROM shipment_item AS item
                 CROSS JOIN authorization ON authorization.authorization = item.authorization
                 CROSS JOIN word ON word.idx = authorization.event_idx
                 WHERE item.event_idx = sent.event_idx) AS is_recorded,
         EXISTS (SELECT 1 FROM shipment_item AS item
                 WHERE item.event_idx = sent.event_idx AND item.model = sent.model
                   AND item.eccn = 'EAR99') AS free
  FROM sent
)
SELECT shipment AS subject, json_array(event_idx) AS entries,
       printf('%,d GPUs of %s left for %s under ', quantity, model,
         coalesce(to_country, 'a place that the dispatch does not name'))
       || CASE WHEN authorization IS NULL THEN 'no authorization'
               ELSE authorization || ', which nobody recorded' END AS facts,
       iif(to_country IS NULL OR from_country IS NULL, 'not decidable', 'indicator') AS certainty,
       iif(to_country IS NULL OR from_country IS NULL, 'low', 'critical') AS severity
FROM rests
WHERE (authorization IS NULL OR NOT is_recorded) AND NOT free
