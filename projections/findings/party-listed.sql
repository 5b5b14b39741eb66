-- code: PARTY-LISTED
-- title: A party matches a screening list
-- severity: critical
-- basis: Supplement 4 to 15 CFR Part 744 and the lists of the Consolidated Screening List
-- explains: a namesake: the same screener looks again and says clear
-- note: What anybody found counts until the same screener finds otherwise. An inconclusive check
--       cannot be excluded, and is graded medium.
-- subject: party
-- with: told
WITH newest AS (
  SELECT party_check.party, party_check.result, party_check.list_name, party_check.event_idx,
         told.asserted_by, told.occurred, max(told.valid_at || printf('%012d', told.idx))
  FROM party_check
  JOIN told ON told.idx = party_check.event_idx
  WHERE party_check.kind = 'list' AND (:subject IS NULL OR party_check.party = :subject)
  GROUP BY party_check.party, told.asserted_by, party_check.list_name
)
SELECT party AS subject, json_array(event_idx) AS entries,
       printf('%s screened %s on %s%s: %s', asserted_by, party, occurred,
         coalesce(' against ' || list_name, ''), result) AS facts,
       iif(result = 'match', 'indicator', 'cannot be excluded') AS certainty,
       iif(result = 'match', 'critical', 'medium') AS severity
FROM newest
WHERE result IN ('match', 'inconclusive')
