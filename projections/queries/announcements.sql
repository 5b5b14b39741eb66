-- title: Inspections announced
-- question: Which inspections were announced, what came of each, and what was recorded since?
-- parameters: site (site, optional, this site)
-- columns: inspected: when the one who announced it first looked at the site from then on
--          recorded_since: entries after it that name the site and tell of what was before it
-- note: What is recorded after an announcement, of what was before it, deserves a second look.
WITH told AS (
  SELECT inspection_notice.*, event.occurred, event.valid_at, event.asserted_by
  FROM inspection_notice
  JOIN counting ON counting.event_idx = inspection_notice.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = inspection_notice.event_idx
  WHERE event.valid_at < :as_of AND (:site IS NULL OR inspection_notice.site = :site)
),
looked AS (
  SELECT told.event_idx AS notice_idx, event.occurred, event.idx,
         row_number() OVER (PARTITION BY told.event_idx ORDER BY event.valid_at, event.idx) AS nth
  FROM told
  JOIN inspection ON inspection.site = told.site
  JOIN counting ON counting.event_idx = inspection.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = inspection.event_idx
  WHERE event.valid_at < :as_of AND event.asserted_by = told.asserted_by
    AND event.valid_until > told.valid_at
)
SELECT told.site, told.host, told.occurred AS announced, told.asserted_by AS announced_by,
       told.starts, told.ends, told.method, looked.occurred AS inspected,
       (SELECT count(*) FROM named JOIN event ON event.idx = named.event_idx
        WHERE named.kind = 'site' AND named.value = told.site
          AND event.idx > told.event_idx AND event.idx <= :known_at
          AND event.valid_until <= told.valid_at) AS recorded_since,
       looked.idx AS inspection_entry, told.event_idx AS entry
FROM told LEFT JOIN looked ON looked.notice_idx = told.event_idx AND looked.nth = 1
ORDER BY told.site, told.valid_at, told.event_idx
