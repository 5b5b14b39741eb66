-- title: Dispatches
-- question: Which shipments left, by the version that counts?
dispatch AS NOT MATERIALIZED (
  SELECT shipment.*, event.valid_at, event.valid_until, event.occurred, event.recorded_at,
         event.asserted_by
  FROM shipment
  JOIN event ON event.idx = shipment.event_idx AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
  JOIN counting ON counting.event_idx = shipment.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
)
