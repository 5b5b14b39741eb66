-- title: Events that count, reports too
-- question: What was said that counts in this state of knowledge, of what was before the moment?
told AS NOT MATERIALIZED (
  SELECT event.*
  FROM event
  JOIN counting ON counting.event_idx = event.idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE event.valid_at < :as_of
)
