-- title: Who is who
-- question: Which parties are registered, under which names, and in which roles?
-- parameters: party (party, optional, this party)
-- columns: country: where it is registered
--          roles: granted and not withdrawn; an agency names its principal elsewhere
--          entry: the registration, the newest of the party
-- note: As the registrar registered them last. Where a party is headquartered and who owns it is
--       others' word: `ownership` tells that.
WITH newest AS (
  SELECT party.*, event.asserted_by,
         row_number() OVER (PARTITION BY party.party
                            ORDER BY event.valid_at DESC, event.idx DESC) AS place
  FROM party JOIN event ON event.idx = party.event_idx
  WHERE party.event_idx <= :known_at AND event.valid_at < :as_of
    AND (:party IS NULL OR party.party = :party)
),
said AS (
  SELECT role_change.party, role_change.role, role_change.granted,
         row_number() OVER (PARTITION BY role_change.party, role_change.role
                            ORDER BY role_change.event_idx DESC) AS place
  FROM role_change JOIN event ON event.idx = role_change.event_idx
  WHERE role_change.event_idx <= :known_at AND event.valid_at < :as_of
    AND (:party IS NULL OR role_change.party = :party)
)
SELECT party, legal_name, display_name, kind, country, founded, lei,
       (SELECT group_concat(role, ', ') FROM
         (SELECT role FROM said
          WHERE said.party = newest.party AND place = 1 AND granted ORDER BY role)) AS roles,
       asserted_by AS registered_by, event_idx AS entry
FROM newest
WHERE place = 1
ORDER BY party
