-- title: What was dated outside
-- question: Which checkpoints were dated or cosigned by others, and what is later than each?
-- columns: size: entries that the checkpoint covers
--          stamped: yes if a time-stamp token is recorded with it
--          cosignatures: lines of witnesses that are recorded with it
--          later_than: entries after this one cannot be older than what dated the checkpoint
--          undated: entries since the checkpoint that the newest such one does not cover
-- note: Whose token and cosignatures these are, and whether they hold, is for `verify` to say. A
--       checkpoint that nobody dated outside has the ledger operator's clock alone.
WITH shown AS (
  SELECT anchored_checkpoint.*, event.occurred, event.recorded_at, event.asserted_by, event.idx
  FROM anchored_checkpoint
  JOIN event ON event.idx = anchored_checkpoint.event_idx
  WHERE event.valid_at < :as_of AND event.idx <= :known_at
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
)
SELECT size, root, stamped, cosignatures, occurred, recorded_at, idx AS later_than,
       CASE WHEN size = max(size) OVER () THEN :known_at + 1 - size END AS undated,
       asserted_by, idx AS entry
FROM shown
ORDER BY size, idx
