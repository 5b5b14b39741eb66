-- code: HOLD-ENDED
-- title: A hold that another party ended than placed it
-- severity: high
-- basis: 15 CFR 762.6(b): a record that was asked for is kept until whoever asked says otherwise
-- explains: who placed it agrees, and says so by counter-signing the release
-- subject: entry
-- with: word
SELECT released.idx AS subject, json_array(word.idx, released.idx) AS entries,
       printf('%s ends hold %s, which %s placed in entry %d%s', released.asserted_by, hold.hold,
         word.asserted_by, word.idx,
         iif(released.basis = 'authority', '; as an authority, so it holds no longer',
             '; it holds on')) AS facts
FROM hold_release
JOIN word AS released ON released.idx = hold_release.event_idx
JOIN hold ON hold.hold = hold_release.hold AND hold.event_idx < hold_release.event_idx
JOIN word ON word.idx = hold.event_idx AND word.asserted_by <> released.asserted_by
WHERE (:subject IS NULL OR released.idx = :subject)
  -- another party's hold of the same name may be meant
  AND NOT EXISTS (SELECT 1 FROM hold AS own
                  JOIN word AS said ON said.idx = own.event_idx
                  WHERE own.hold = hold.hold AND own.event_idx < released.idx
                    AND said.asserted_by = released.asserted_by)
  AND NOT EXISTS (SELECT 1 FROM signature
                  WHERE signature.event_idx = released.idx
                    AND signature.party = word.asserted_by AND signature.via_idx <= :known_at
                    AND signature.stance IN ('signed', 'accepts'))
GROUP BY released.idx
