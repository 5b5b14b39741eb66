-- title: What was said later about before
-- question: What was recorded after an entry of what was before it: corrections, disputes, late
--           entries, late papers?
-- parameters: since (entry, required, what was recorded after this entry)
--             party (party, optional, what this party said)
-- columns: change: corrected, voided, disputed, accepted, paper added, given up, or late
--          about: entry that it is about; null for one that stands for itself
--          days_late: whole days from the end of the day that it tells of to when it was recorded
--          what: the entry in a few words
--          said: reason, exception or remark, where it states one
-- note: A late entry may be as good as a timely one. What an answer was before is had by asking it
--       with --known-at and the entry named here.
WITH later AS (
  SELECT event.*, since.recorded_at AS then_recorded
  FROM event JOIN event AS since ON since.idx = :since
  WHERE event.idx > :since AND event.idx <= :known_at AND event.valid_at < :as_of
    AND (:party IS NULL OR event.asserted_by = :party)
),
change AS (
  SELECT 'corrected' AS change, corrects_idx AS about, idx, NULL AS said
  FROM later WHERE corrects_idx <= :since
  UNION ALL
  SELECT 'voided', voids_idx, idx, void.reason
  FROM later JOIN void ON void.event_idx = later.idx WHERE voids_idx <= :since
  UNION ALL
  SELECT CASE stance.stance WHEN 'accepts' THEN 'accepted' WHEN 'disputes' THEN 'disputed'
              ELSE 'accepted except' END, target.idx, later.idx, stance.text
  FROM later JOIN stance ON stance.event_idx = later.idx
  JOIN event AS target ON target.id = stance.target_id AND target.idx <= :since
  UNION ALL
  SELECT 'paper added', target.idx, later.idx, attachment.remark
  FROM later JOIN attachment ON attachment.event_idx = later.idx
  JOIN event AS target ON target.id = attachment.target_id AND target.idx <= :since
  UNION ALL
  SELECT 'paper given up', NULL, later.idx, disposal.reason
  FROM later JOIN disposal ON disposal.event_idx = later.idx
  UNION ALL
  SELECT 'late', NULL, idx, NULL
  FROM later
  WHERE corrects_idx IS NULL AND voids_idx IS NULL AND valid_until <= substr(then_recorded, 1, 19)
    AND idx NOT IN (SELECT event_idx FROM stance)
    AND idx NOT IN (SELECT event_idx FROM attachment)
    AND idx NOT IN (SELECT event_idx FROM disposal)
)
SELECT change.change, later.idx AS entry, change.about, later.occurred, later.recorded_at,
       CAST(max(0, julianday(later.recorded_at) - julianday(later.valid_until)) AS INTEGER)
         AS days_late,
       later.asserted_by, later.summary AS what, change.said
FROM change JOIN later ON later.idx = change.idx
ORDER BY later.idx, change.change
