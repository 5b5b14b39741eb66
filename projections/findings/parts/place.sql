-- title: Sites
-- question: Where is each site, of which kind, by its newest registration?
place AS MATERIALIZED (
  SELECT site.site, site.country, site.kind, site.operator, max(site.event_idx) AS event_idx
  FROM site
  JOIN counting ON counting.event_idx = site.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  GROUP BY site.site
)
