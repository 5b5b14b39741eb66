-- title: Events that came later
-- question: Which events happened at the moment asked about or after it, or started or stopped to
--           count after the entry?
left_out AS NOT MATERIALIZED (
  SELECT idx AS event_idx FROM event WHERE valid_at || '' >= :as_of
  UNION
  SELECT event_idx FROM counting WHERE from_idx + 0 > :known_at
  UNION
  SELECT event_idx FROM counting WHERE to_idx + 0 > :known_at
)
