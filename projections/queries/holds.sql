-- title: Holds
-- question: What may not be disposed of, who asked for it, and which holds have ended?
-- parameters: hold (hold, optional, this hold)
-- columns: in_force: yes if it stands and nobody who may release it has done so
--          covers: what it names; everything where it names nothing
--          ended: when it was released by the party that placed it, or by an authority
--          released_without_effect: entry of a release by another party, which ends nothing here
--          word: on what ground it is told; a hold as reported holds nothing
-- note: Every party's hold stands for itself, also under a name that another party uses too. A hold
--       that was corrected or voided is not listed.
WITH told AS (
  SELECT hold.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM hold
  JOIN event ON event.idx = hold.event_idx
  WHERE event.valid_at < :as_of AND event.idx <= :known_at
    AND (:hold IS NULL OR hold.hold = :hold)
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
),
release AS (
  SELECT told.event_idx AS hold_idx, event.idx, event.occurred, event.asserted_by,
         hold_release.reason,
         event.asserted_by = told.asserted_by OR event.basis = 'authority' AS ends
  FROM told
  JOIN hold_release ON hold_release.hold = told.hold
  JOIN event ON event.idx = hold_release.event_idx
  WHERE event.valid_at < :as_of AND event.idx <= :known_at
    AND event.basis <> 'third_party_report'
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
),
ended AS (
  SELECT hold_idx, min(idx) AS idx FROM release WHERE ends GROUP BY hold_idx
)
SELECT told.hold, told.basis <> 'third_party_report' AND ended.idx IS NULL AS in_force,
       told.occurred AS placed, told.asserted_by AS placed_by, told.requested_by, told.reason,
       coalesce((SELECT group_concat(kind || ' ' || value, ', ') FROM
         (SELECT kind, value FROM hold_scope
          WHERE hold_scope.event_idx = told.event_idx ORDER BY kind, value)),
         'everything') AS covers,
       release.occurred AS ended, release.asserted_by AS released_by,
       release.reason AS release_reason,
       (SELECT min(idx) FROM release AS other
        WHERE other.hold_idx = told.event_idx AND NOT other.ends) AS released_without_effect,
       CASE told.basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
       told.event_idx AS entry
FROM told
LEFT JOIN ended ON ended.hold_idx = told.event_idx
LEFT JOIN release ON release.idx = ended.idx AND release.hold_idx = told.event_idx
ORDER BY in_force DESC, told.valid_at, told.event_idx
