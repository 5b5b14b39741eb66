-- code: OWNERSHIP-50
-- title: Owned by listed parties
-- severity: critical
-- basis: the 50 % rule and Red Flag 29, as the rule pack on affiliates has them
-- explains: a share that ended; a list check of a namesake; owners that another party evidences
-- note: Owners are as claimed at the end of the day that is asked about. Where the rule was suspended
--       the test is told all the same, and is high; where the pack does not know whether it is in
--       force, or a listed party owns an unknown share, it is not decidable, and is high.
-- subject: party
-- with: listed_owner
WITH judged AS (
  SELECT said.party, said.pack, said.dated, said.status, said.result, said.met, said.why,
         said.entries, rule.says
  FROM pack.party AS said
  CROSS JOIN pack.rule ON rule.pack = said.pack AND rule.rule = said.rule
  WHERE rule.kind = 'listed_owners' AND (:subject IS NULL OR said.party = :subject)
    AND said.status NOT IN ('not_yet', 'ended')
)
SELECT party AS subject, entries,
       printf('%s; pack %s of %s, whose rule is %s, %s: %s', why, pack, dated,
         replace(status, '_', ' '), iif(result = 'applies', 'says', 'would say'), says) AS facts,
       iif(status = 'unknown', 'not decidable', 'indicator') AS certainty,
       iif(result = 'applies', 'critical', 'high') AS severity
FROM judged
WHERE met
UNION ALL
SELECT judged.party, json_array(max(listed_owner.check_idx), max(listed_owner.share_idx)),
       printf('%s, which matches a list, is said to own a share of it; pack %s of %s: %s',
         min(listed_owner.owner), pack, dated, why),
       'not decidable', 'high'
FROM judged
JOIN listed_owner ON listed_owner.party = judged.party
WHERE judged.met IS NULL
GROUP BY judged.party
