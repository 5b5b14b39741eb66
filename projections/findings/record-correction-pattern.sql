-- code: CORRECTION-PATTERN
-- title: A party that corrects much
-- severity: medium
-- basis: concealment: what was said is changed when somebody looks
-- explains: a first import that was done in a hurry
-- subject: party
-- thresholds: percent (10, of the party's events that are corrected or voided)
--             least (5, corrections and voids from which it is looked at)
WITH changed AS (
  SELECT asserted_by, count(*) AS changes, max(idx) AS newest
  FROM event
  WHERE (corrects_idx IS NOT NULL OR voids_idx IS NOT NULL) AND idx <= :known_at
    AND valid_at < :as_of AND (:subject IS NULL OR event.asserted_by = :subject)
  GROUP BY asserted_by
  HAVING count(*) >= :least
)
SELECT changed.asserted_by AS subject, json_array(changed.newest) AS entries,
       printf('%s corrected or voided %,d of %,d events', changed.asserted_by, changed.changes, told)
         AS facts
FROM (SELECT changed.*, (SELECT count(*) FROM event
                         WHERE event.asserted_by = changed.asserted_by
                           AND event.idx <= :known_at) - changes AS told
      FROM changed) AS changed
WHERE changes * 100 > told * :percent
