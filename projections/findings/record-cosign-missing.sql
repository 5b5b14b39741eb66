-- code: COSIGN-MISSING
-- title: Claimed, and not signed by the other side
-- severity: high
-- basis: false receipts: an event of two parties is told by one alone
-- explains: a counter-signature that is under way; a party that has no key in this ledger
-- subject: entry
-- waits: yes
-- thresholds: days (14, days from the recording in which a signature may come)
-- with: word
SELECT word.idx AS subject, json_array(word.idx, max(disputed.via_idx)) AS entries,
       printf('%s of %s: ', word.summary, word.asserted_by)
         || group_concat(expected.party || iif(disputed.via_idx IS NULL, ' did not sign',
                                               ' disputes it'), ', ') AS facts
FROM expected
JOIN word ON word.idx = expected.event_idx
LEFT JOIN signature AS disputed ON disputed.event_idx = expected.event_idx
  AND disputed.party = expected.party AND disputed.stance = 'disputes'
  AND disputed.via_idx <= :known_at
WHERE (:subject IS NULL OR word.idx = :subject)
  AND (disputed.via_idx IS NOT NULL OR julianday(word.recorded_at) + :days < julianday(:as_of))
  AND NOT EXISTS (SELECT 1 FROM signature
                  WHERE signature.event_idx = expected.event_idx
                    AND signature.party = expected.party AND signature.via_idx <= :known_at
                    AND signature.stance <> 'disputes')
GROUP BY word.idx
