SELECT signature.event_idx AS entry, signature.party, replace(signature.stance, '_', ' ') AS stance,
       CASE WHEN signature.via_idx <> signature.event_idx THEN signature.via_idx END AS via_entry,
       signature.key AS with_key, party_key.holder AS in_hands_of,
       CASE
         WHEN party_key.key IS NULL THEN 'nobody: the key is not enrolled'
         WHEN enrolment.asserted_by = signature.party THEN 'itself, as registrar'
         WHEN party_key.signatures > 1 THEN enrolment.asserted_by || ', and its own previous key'
         ELSE enrolment.asserted_by || ' alone'
       END AS vouched_for_by,
       party_key.event_idx AS enrolled_entry,
       (SELECT min(revoked.event_idx) FROM key_revocation AS revoked
        WHERE revoked.key = party_key.key AND revoked.event_idx <= :known_at) AS revoked_entry
FROM json_each(:entries)
CROSS JOIN signature ON signature.event_idx = json_each.value AND signature.via_idx <= :known_at
LEFT JOIN party_key ON party_key.party = signature.party
  AND substr(party_key.key, 1, 16) = substr(signature.key, 1, 16)
LEFT JOIN event AS enrolment ON enrolment.idx = party_key.event_idx
ORDER BY signature.event_idx, signature.via_idx, signature.party
