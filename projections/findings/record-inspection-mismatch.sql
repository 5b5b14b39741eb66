-- code: INSPECTION-MISMATCH
-- title: An inspection found other than recorded
-- severity: critical
-- basis: what was counted on site differs from the books
-- explains: a movement that was not recorded yet; an error of the count, told by the auditor
-- note: Exceptions that the auditor lists beside a count that agrees are graded medium.
-- subject: site
-- with: word
SELECT inspection.site AS subject, json_array(inspection.event_idx) AS entries,
       iif(found < counted,
         printf('%s looked at %,d units on %s and found %,d as recorded', word.asserted_by, counted,
           word.occurred, found),
         printf('%s lists exceptions on %s: %,d', word.asserted_by, word.occurred,
           (SELECT count(*) FROM inspection_exception AS one
            WHERE one.event_idx = inspection.event_idx)))
       || coalesce(', such as: ' || (SELECT min(exception) FROM inspection_exception AS one
                                     WHERE one.event_idx = inspection.event_idx), '') AS facts,
       iif(found < counted, 'critical', 'medium') AS severity
FROM inspection
JOIN word ON word.idx = inspection.event_idx
WHERE (:subject IS NULL OR inspection.site = :subject)
  AND (found < counted OR EXISTS (SELECT 1 FROM inspection_exception AS one
                                  WHERE one.event_idx = inspection.event_idx))
