-- title: Keys, and who vouches for them
-- question: Which keys sign for each party, who enrolled them, and which were revoked?
-- parameters: party (party, optional, keys of this party)
-- columns: key: SHA-256 of the public key
--          holder: in whose hands it is said to be
--          enrolled_by: who vouches that the key is the party's
--          revoked_entry: entry that revoked it, or null
--          signed: entries that the party signed or took a stance on, with any of its keys
-- note: A key shows that its holder signed. Whose it is rests on who vouches for it.
SELECT party_key.party, party_key.key, party_key.algorithm, party_key.holder,
       event.asserted_by AS enrolled_by, party_key.event_idx AS enrolled_entry,
       (SELECT min(key_revocation.event_idx) FROM key_revocation
        WHERE key_revocation.key = party_key.key AND key_revocation.event_idx <= :known_at
       ) AS revoked_entry,
       (SELECT count(DISTINCT event_idx) FROM signature
        WHERE signature.party = party_key.party AND via_idx <= :known_at) AS signed
FROM party_key JOIN event ON event.idx = party_key.event_idx
WHERE party_key.event_idx <= :known_at AND event.valid_at < :as_of
  AND (:party IS NULL OR party_key.party = :party)
ORDER BY party_key.party, party_key.event_idx, party_key.key
