-- title: Events that count, without reports
-- question: What was said by those who take part, or by an authority?
word AS NOT MATERIALIZED (
  SELECT event.*
  FROM event
  JOIN counting ON counting.event_idx = event.idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
)
