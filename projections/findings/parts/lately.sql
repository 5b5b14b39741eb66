-- title: Whether anything is left out
-- question: Did any event happen at the moment asked about or after it, or start or stop to count
--           after the entry?
lately AS (
  SELECT EXISTS (SELECT 1 FROM event WHERE valid_at || '' >= :as_of)
      OR EXISTS (SELECT 1 FROM counting WHERE from_idx + 0 > :known_at)
      OR EXISTS (SELECT 1 FROM counting WHERE to_idx + 0 > :known_at) AS anything
)
