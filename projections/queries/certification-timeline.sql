-- title: Certifications over time
-- question: Which certifications was a party granted, and what became of each?
-- parameters: party (party, optional, whose certifications)
--             certification (certification, optional, this certification)
-- columns: change: granted, suspended, reinstated, revoked, or altered
--          standing: granted, suspended or revoked after this event
--          lapsed: yes if the last day stated so far was over at the moment asked about
--          scope: models, countries and sites that it covers; null where it sets no limit
-- note: The certifier's word on a programme of its own. It shows no end use, and no authorization.
WITH told AS (
  SELECT event_idx, certifier, certification, party, 'granted' AS change, scheme, level,
         valid_from, valid_to, valid_to_end, NULL AS reason
  FROM certification
  UNION ALL
  SELECT event_idx, certifier, certification, party, coalesce(status, 'altered'), NULL, NULL,
         NULL, valid_to, valid_to_end, reason
  FROM certification_change
),
counted AS (
  SELECT told.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM told
  JOIN counting ON counting.event_idx = told.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = told.event_idx
  WHERE event.valid_at < :as_of
    AND (:party IS NULL OR party = :party)
    AND (:certification IS NULL OR certification = :certification)
),
-- What an event leaves unsaid stays as the newest event before it said.
grouped AS (
  SELECT *,
         count(CASE WHEN change <> 'altered' THEN 1 END) OVER so_far AS status_no,
         count(valid_to) OVER so_far AS end_no,
         max(change = 'revoked') OVER so_far AS was_revoked
  FROM counted
  WINDOW so_far AS (PARTITION BY certification, basis = 'third_party_report'
                    ORDER BY valid_at, event_idx)
)
SELECT party, certification, certifier,
       first_value(scheme) OVER chain AS scheme, first_value(level) OVER chain AS level,
       occurred, change,
       CASE WHEN was_revoked THEN 'revoked'
            ELSE replace(first_value(change) OVER (
              PARTITION BY certification, basis = 'third_party_report', status_no
              ORDER BY valid_at, event_idx), 'reinstated', 'granted') END AS standing,
       valid_from, valid_to,
       coalesce(first_value(valid_to_end) OVER (
         PARTITION BY certification, basis = 'third_party_report', end_no
         ORDER BY valid_at, event_idx) <= :as_of, 0) AS lapsed,
       (SELECT group_concat(kind || ' ' || value, ', ') FROM
         (SELECT kind, value FROM certification_scope
          WHERE certification_scope.event_idx = grouped.event_idx ORDER BY kind, value)) AS scope,
       reason,
       CASE basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
       asserted_by, event_idx AS entry
FROM grouped
WINDOW chain AS (PARTITION BY certification, basis = 'third_party_report'
                 ORDER BY valid_at, event_idx)
ORDER BY party, certification, valid_at, event_idx
