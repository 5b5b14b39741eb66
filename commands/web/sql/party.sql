SELECT legal_name, display_name, kind, founded, country, lei, event_idx AS entry
FROM party JOIN event ON event.idx = party.event_idx
WHERE party.party = :name AND event.idx <= :known_at AND event.valid_at < :as_of
ORDER BY event.valid_at DESC, event.idx DESC LIMIT 1
