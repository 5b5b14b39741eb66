-- title: What was said of certifications
-- question: Which standing and terms did each later event set, of those that count, no reports?
cert_said AS NOT MATERIALIZED (
  SELECT change.event_idx, change.certification, change.status, change.valid_to,
         change.valid_to_end, change.rescoped, event.valid_at, event.valid_until
  FROM certification_change AS change
  JOIN event ON event.idx = change.event_idx AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
  JOIN counting ON counting.event_idx = change.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
)
