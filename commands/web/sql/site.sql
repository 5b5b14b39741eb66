SELECT site.name, site.kind, country, locode, address, latitude, longitude, operator,
       event_idx AS entry
FROM site JOIN event ON event.idx = site.event_idx
WHERE site.site = :name AND event.idx <= :known_at AND event.valid_at < :as_of
ORDER BY event.valid_at DESC, event.idx DESC LIMIT 1
