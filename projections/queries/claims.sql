-- title: What is reported
-- question: Who is reported to have said or done what, by whom, and where was it published?
-- parameters: party (party, optional, reports that name this party)
-- columns: speaker: who is reported to have said it; null where the publisher itself says so
--          said: the statement in the reporter's words, or what was reported to have happened
--          about: parties that it is about
-- note: A report is evidence that something was reported, and of nothing else. It moves no units.
SELECT event.idx AS entry, event.asserted_by AS reporter, event.occurred,
       substr(event.type, 1, instr(event.type, '.') - 1) AS reported_as,
       claim.speaker, coalesce(claim.quotation, event.summary) AS said,
       (SELECT group_concat(party, ', ') FROM
         (SELECT party FROM claim_subject
          WHERE claim_subject.event_idx = event.idx ORDER BY party)) AS about,
       claim.publisher, claim.published_on, claim.retrieved_on,
       (SELECT group_concat(title, '; ') FROM
         (SELECT title FROM document_ref
          WHERE document_ref.event_idx = event.idx ORDER BY title)) AS papers
FROM event
JOIN counting ON counting.event_idx = event.idx
  AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
LEFT JOIN claim ON claim.event_idx = event.idx
WHERE (event.basis = 'third_party_report' OR claim.event_idx IS NOT NULL)
  AND event.valid_at < :as_of
  AND (:party IS NULL OR event.idx IN
        (SELECT event_idx FROM named WHERE kind = 'party' AND value = :party))
ORDER BY event.valid_at, event.idx
