-- title: Dispatches under authorizations
-- question: Which shipments are said to have left under which authorization?
-- with: dispatch
auth_used AS NOT MATERIALIZED (
  SELECT dispatch.event_idx, dispatch.shipment, dispatch.valid_at, dispatch.valid_until,
         dispatch.occurred, dispatch.consignee, dispatch.ultimate_consignee, dispatch.to_site,
         item.authorization
  FROM dispatch
  JOIN shipment_item AS item ON item.event_idx = dispatch.event_idx
  WHERE item.authorization IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM shipment_item AS before
                    WHERE before.event_idx = item.event_idx AND before.rowid < item.rowid
                      AND before.authorization = item.authorization)
)
