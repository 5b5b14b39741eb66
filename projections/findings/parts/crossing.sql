-- title: Dispatches from one country to another
-- question: Which shipments left for another country, by the sites that the dispatch names?
-- with: dispatch, place
crossing AS NOT MATERIALIZED (
  SELECT dispatch.*, origin.country AS from_country, target.country AS to_country
  FROM dispatch
  JOIN place AS origin ON origin.site = dispatch.from_site
  JOIN place AS target ON target.site = dispatch.to_site
  WHERE origin.country <> target.country
)
