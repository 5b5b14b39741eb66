-- title: Computing power of models
-- question: Which total processing performance was stated last of each model, by each of its names?
rated AS MATERIALIZED (
  SELECT called, tpp, max(place)
  FROM (
    SELECT model.model AS called, model.tpp, event.valid_at || printf('%015d', event.idx) AS place
    FROM model
    JOIN counting ON counting.event_idx = model.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = model.event_idx
    WHERE event.valid_at < :as_of AND model.tpp IS NOT NULL
    UNION ALL
    SELECT model_alias.alias, model.tpp, event.valid_at || printf('%015d', event.idx)
    FROM model_alias
    JOIN model ON model.event_idx = model_alias.event_idx
    JOIN counting ON counting.event_idx = model.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = model.event_idx
    WHERE event.valid_at < :as_of AND model.tpp IS NOT NULL)
  GROUP BY called COLLATE NOCASE
)
