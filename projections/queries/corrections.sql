-- title: What changed, and what is disputed
-- question: Which events were corrected, voided or disputed, and where do parties' versions differ?
-- parameters: party (party, optional, events that this party asserted)
-- columns: change: corrected, voided, disputed, accepted except, or another version
--          entry: the event that is corrected, voided, disputed, or that counts
--          was: that event in a few words
--          by_entry: the event that does so, or the version that does not count
--          now: that event in a few words, or its words
-- note: Both stay in the log. Asking with an earlier --known-at still gives the earlier figures.
WITH rival AS (
  SELECT event.type, event.opened
  FROM (SELECT opened FROM event WHERE opened IS NOT NULL
        GROUP BY opened HAVING count(*) > 1) AS often
  CROSS JOIN event ON event.opened = often.opened
  WHERE event.basis <> 'third_party_report' AND event.idx <= :known_at
  GROUP BY event.opened, event.type
  HAVING min(event.asserted_by) <> max(event.asserted_by)
),
-- The newest event of each version that was not voided.
version AS (
  SELECT event.idx, event.type, event.opened, event.asserted_by, event.occurred, event.summary,
         content.sha256,
         EXISTS (SELECT 1 FROM counting
                 WHERE counting.event_idx = event.idx AND from_idx <= :known_at
                   AND (to_idx IS NULL OR to_idx > :known_at)) AS counts
  FROM rival
  JOIN event ON event.opened = rival.opened AND event.type = rival.type
  JOIN content ON content.event_idx = event.idx
  WHERE event.basis <> 'third_party_report' AND event.idx <= :known_at
    AND event.valid_at < :as_of
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
),
change AS (
  SELECT 'corrected' AS change, later.corrects_idx AS entry, later.idx AS by_entry,
         later.summary AS now
  FROM event AS later
  WHERE later.corrects_idx IS NOT NULL
  UNION ALL
  SELECT 'voided', later.voids_idx, later.idx, void.reason
  FROM event AS later JOIN void ON void.event_idx = later.idx
  WHERE later.voids_idx IS NOT NULL
  UNION ALL
  SELECT CASE stance.stance WHEN 'disputes' THEN 'disputed' ELSE 'accepted except' END,
         target.idx, stance.event_idx, stance.text
  FROM stance JOIN event AS target ON target.id = stance.target_id
  WHERE stance.stance <> 'accepts'
  UNION ALL
  SELECT 'another version', winner.idx, other.idx,
         other.summary || CASE WHEN other.occurred <> winner.occurred
                               THEN ', ' || other.occurred ELSE '' END
  FROM version AS winner
  JOIN version AS other ON other.opened = winner.opened AND other.type = winner.type
  WHERE winner.counts AND NOT other.counts
    AND (other.sha256 <> winner.sha256 OR other.occurred <> winner.occurred)
)
SELECT change.change, change.entry, target.occurred, target.asserted_by, target.summary AS was,
       change.by_entry, later.asserted_by AS by_party, later.recorded_at, change.now
FROM change
JOIN event AS target ON target.idx = change.entry
JOIN event AS later ON later.idx = change.by_entry
WHERE later.idx <= :known_at AND target.idx <= :known_at AND target.valid_at < :as_of
  AND (:party IS NULL OR target.asserted_by = :party)
ORDER BY change.by_entry, change.change, change.entry
