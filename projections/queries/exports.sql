-- title: Filings and authorizations
-- question: Under which filing and which authorization is each shipment said to have left?
-- parameters: shipment (shipment, optional, this shipment)
--             authorization (authorization, optional, shipments that rest on this authorization)
-- columns: shipped: GPUs of the model in the dispatch that counts
--          authorization: what the consignor says the model rests on; null where it names none
--          claimed_by: on whose word the authorization is recorded
--          used: GPUs of the model shipped under the authorization in all, so far
--          limit: GPUs that the authorization names for the model; null where it names no limit
--          filed: GPUs in all filings for the shipment, of any model
-- note: An authorization is shown as it was claimed and recorded, not as an authority confirms it.
--       Filings that name no shipment are not shown.
WITH dispatch AS (
  SELECT shipment.*, event.occurred, event.valid_at
  FROM shipment
  JOIN counting ON counting.event_idx = shipment.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = shipment.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:shipment IS NULL OR shipment.shipment = :shipment)
    AND (:authorization IS NULL OR shipment.event_idx IN
          (SELECT event_idx FROM shipment_item WHERE authorization = :authorization))
),
shipped AS (
  SELECT dispatch.event_idx, dispatch.shipment, line.model, item.eccn, item.authorization,
         sum(line.quantity) AS quantity
  FROM dispatch
  JOIN line ON line.event_idx = dispatch.event_idx
  LEFT JOIN shipment_item AS item
    ON item.event_idx = dispatch.event_idx AND item.model = line.model
  GROUP BY dispatch.event_idx, line.model, item.eccn, item.authorization
),
granted AS (
  SELECT authorization.*, event.asserted_by
  FROM authorization
  JOIN counting ON counting.event_idx = authorization.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = authorization.event_idx
  WHERE authorization.authorization IN (SELECT authorization FROM shipped)
),
used AS (
  SELECT item.authorization, item.model, sum(line.quantity) AS quantity
  FROM (SELECT DISTINCT authorization FROM shipped) AS asked
  CROSS JOIN shipment_item AS item ON item.authorization = asked.authorization
  JOIN counting ON counting.event_idx = item.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = item.event_idx
    AND event.valid_at < :as_of AND event.basis <> 'third_party_report'
  JOIN line ON line.event_idx = item.event_idx AND line.model = item.model
  GROUP BY item.authorization, item.model
),
filed AS (
  SELECT filing.shipment, group_concat(filing.itn, ', ') AS itn,
         min(filing.export_date) AS export_date, min(filing.destination) AS destination,
         sum((SELECT sum(gpus) FROM filing_line
              WHERE filing_line.event_idx = filing.event_idx)) AS gpus
  FROM filing
  JOIN counting ON counting.event_idx = filing.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = filing.event_idx
  WHERE event.basis <> 'third_party_report' AND event.valid_at < :as_of
    AND filing.shipment IN (SELECT shipment FROM dispatch)
  GROUP BY filing.shipment
)
SELECT dispatch.shipment, dispatch.occurred AS dispatched, dispatch.exporter, dispatch.consignee,
       dispatch.from_site, dispatch.to_site, shipped.model, shipped.eccn,
       shipped.quantity AS shipped, shipped.authorization, granted.kind, granted.number,
       granted.destination, granted.valid_from, granted.valid_to, granted.rule_pack,
       granted.asserted_by AS claimed_by,
       used.quantity AS used,
       (SELECT sum(quantity) FROM authorization_item
        WHERE authorization_item.event_idx = granted.event_idx
          AND authorization_item.model = shipped.model) AS "limit",
       filed.itn, filed.export_date, filed.destination AS filed_destination, filed.gpus AS filed,
       dispatch.event_idx AS entry
FROM dispatch
JOIN shipped ON shipped.event_idx = dispatch.event_idx
LEFT JOIN granted ON granted.authorization = shipped.authorization
LEFT JOIN used ON used.authorization = shipped.authorization AND used.model = shipped.model
LEFT JOIN filed ON filed.shipment = dispatch.shipment
WHERE (:authorization IS NULL OR shipped.authorization = :authorization COLLATE NOCASE)
ORDER BY dispatch.valid_at, dispatch.shipment, shipped.model, shipped.authorization
