-- title: Dispatches under authorizations
-- question: Which shipments are said to have left under which authorization?
-- with: dispatch
auth_used AS NOT MATERIALIZED (
  SELECT DISTINCT dispatch.event_idx, dispatch.shipment, dispatch.valid_at, dispatch.valid_until,
         dispatch.occurred, dispatch.consignee, dispatch.ultimate_consignee, dispatch.to_site,
         shipment_item.authorization
  FROM dispatch
  JOIN shipment_item ON shipment_item.event_idx = dispatch.event_idx
  WHERE shipment_item.authorization IS NOT NULL
)
