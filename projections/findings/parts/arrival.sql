-- title: Receipts
-- question: Which shipments were received, by the versions that count?
arrival AS NOT MATERIALIZED (
  SELECT receipt.*, event.valid_at, event.valid_until, event.occurred, event.recorded_at,
         event.asserted_by
  FROM receipt
  JOIN event ON event.idx = receipt.event_idx AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
  JOIN counting ON counting.event_idx = receipt.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
)
