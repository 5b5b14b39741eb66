-- title: What was said of certifications
-- question: Which standing and terms did each event set, of those that count and are no reports?
cert_said AS NOT MATERIALIZED (
  SELECT said.*, event.valid_at, event.valid_until
  FROM (
    SELECT event_idx, certification, party, 'granted' AS status, valid_from_start, valid_to,
           valid_to_end, 1 AS rescoped
    FROM certification
    UNION ALL
    SELECT event_idx, certification, party, status, NULL, valid_to, valid_to_end, rescoped
    FROM certification_change
  ) AS said
  JOIN event ON event.idx = said.event_idx AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
  JOIN counting ON counting.event_idx = said.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
)
