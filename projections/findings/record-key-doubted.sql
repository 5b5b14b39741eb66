-- code: KEY-DOUBTED
-- title: Signed with a key that is doubted
-- severity: high
-- basis: a key that somebody else may have had: what it signed stays valid, and is doubted
-- explains: the party says with its new key that it stands by the entry
-- subject: entry
-- with: told
SELECT told.idx AS subject, json_array(told.idx, revoked.idx) AS entries,
       printf('%s is signed with key %s… of %s, doubted since entry %d', told.summary,
         substr(key_revocation.key, 1, 8), key_revocation.party, key_revocation.doubted_since)
         AS facts
FROM key_revocation
JOIN told AS revoked ON revoked.idx = key_revocation.event_idx
-- From the few revocations to what their keys signed: in another order, SQLite reads all that a
-- party signed once for each entry that is asked about.
CROSS JOIN signature ON signature.party = key_revocation.party
  AND signature.key = substr(key_revocation.key, 1, 16)
  AND signature.via_idx >= key_revocation.doubted_since
CROSS JOIN told ON told.idx = signature.via_idx
WHERE (:subject IS NULL OR told.idx = :subject) AND told.idx < revoked.idx
  AND NOT EXISTS (SELECT 1 FROM signature AS again
                  WHERE again.event_idx = told.idx AND again.party = key_revocation.party
                    AND again.via_idx > revoked.idx AND again.via_idx <= :known_at
                    AND again.stance = 'accepts')
GROUP BY told.idx
