-- title: Answers to findings
-- question: Which findings were explained or accepted, by whom, and why?
-- parameters: code (text, optional, findings of this code)
--             subject (text, optional, findings about this, such as shipment:SHP-13)
-- columns: about: entry that the answer names
-- note: An answer stands beside the finding, and ends it not.
SELECT finding_answer.code, finding_answer.subject, finding_answer.answer, finding_answer.reason,
       event.asserted_by AS answered_by, event.occurred, target.idx AS about, event.idx AS entry
FROM finding_answer
JOIN counting ON counting.event_idx = finding_answer.event_idx
  AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
JOIN event ON event.idx = finding_answer.event_idx
LEFT JOIN event AS target ON target.id = finding_answer.entry_id
WHERE event.valid_at < :as_of
  AND (:code IS NULL OR finding_answer.code = upper(:code))
  AND (:subject IS NULL OR finding_answer.subject = :subject)
ORDER BY finding_answer.code, finding_answer.subject, event.valid_at, event.idx
