-- code: KEY-RESET
-- title: A new key that the party's old key did not sign
-- severity: high
-- basis: a registrar who enrols a key of its own in another party's name
-- explains: an old key that was lost; the party tells the new one's fingerprint by another way
-- subject: party
-- with: told
SELECT party_key.party AS subject, json_array(max(earlier.event_idx), party_key.event_idx)
         AS entries,
       printf('entry %d enrols key %s… of %s, and none of its earlier keys signed that',
         party_key.event_idx, substr(party_key.key, 1, 8), party_key.party) AS facts
FROM party_key
JOIN told ON told.idx = party_key.event_idx AND told.type = 'KeyEnrolled.v1'
JOIN party_key AS earlier ON earlier.party = party_key.party
  AND earlier.event_idx < party_key.event_idx
WHERE (:subject IS NULL OR party_key.party = :subject) AND party_key.signatures < 2
GROUP BY party_key.event_idx
