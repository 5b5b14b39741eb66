SELECT model.kind, classifier AS party, eccn, hts, tpp, performance_density, memory_bandwidth,
       dated, source,
       (SELECT group_concat(alias, ', ') FROM model_alias
        WHERE model_alias.event_idx = model.event_idx) AS also_called,
       (SELECT group_concat(quantity || ' ' || contains, ', ') FROM model_contents
        WHERE model_contents.event_idx = model.event_idx) AS contains,
       event_idx AS entry
FROM model JOIN event ON event.idx = model.event_idx
WHERE model.model = :name AND event.idx <= :known_at AND event.valid_at < :as_of
ORDER BY event.valid_at DESC, event.idx DESC LIMIT 1
