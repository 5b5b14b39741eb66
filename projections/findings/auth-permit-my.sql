-- code: PERMIT-MY
-- title: Leaves or passes through Malaysia without a permit, or without notice in time
-- severity: critical
-- basis: Strategic Trade Act 2010, section 12, as the rule pack of Malaysia has it
-- explains: a permit that is not recorded, or was left out of the dispatch; notice given before it
-- note: A permit that a dispatch names is taken to have been noticed when it was recorded as granted,
--       at the latest. Where that is fewer days before than the pack says it cannot be excluded, and
--       is medium. Its validity is for AUTH-EXPIRED.
-- subject: shipment
-- with: dispatch, word
WITH reached AS (
  SELECT dispatch.event_idx, dispatch.shipment, dispatch.occurred, dispatch.valid_until, step.pack,
         step.dated, step.rule, step.result, step.why, step.entries
  FROM dispatch
  CROSS JOIN pack.step ON step.event_idx = dispatch.event_idx
  CROSS JOIN pack.rule ON rule.pack = step.pack AND rule.rule = step.rule
  CROSS JOIN pack.pack AS law ON law.pack = step.pack AND law.jurisdiction = 'MY'
  WHERE (:subject IS NULL OR dispatch.shipment = :subject)
    AND rule.kind = 'passage' AND step.result IN ('applies', 'not decidable')
),
permitted AS (
  SELECT reached.*,
         (SELECT min(word.valid_until || printf('%012d', word.idx))
          FROM shipment_item AS item
          JOIN authorization AS granted ON granted.authorization = item.authorization
            AND granted.kind = 'permit'
          JOIN word ON word.idx = granted.event_idx
          WHERE item.event_idx = reached.event_idx) AS permit,
         (SELECT number FROM pack.rule_number
          WHERE rule_number.pack = reached.pack AND rule_number.rule = reached.rule
            AND rule_number.name = 'notice_days') AS days
  FROM reached
)
SELECT shipment AS subject,
       replace('[' || event_idx || ',' || coalesce(CAST(substr(permit, 21) AS INTEGER) || ',', '')
               || substr(entries, 2), ',]', ']') AS entries,
       printf('left on %s under %s; pack %s of %s, %s: %s', occurred,
         iif(permit IS NULL, 'no permit', 'a permit told on ' || substr(permit, 1, 10)),
         pack, dated, rule, why) AS facts,
       CASE WHEN result <> 'applies' THEN 'not decidable'
            WHEN permit IS NULL THEN 'indicator' ELSE 'cannot be excluded' END AS certainty,
       iif(result = 'applies' AND permit IS NULL, 'critical', 'medium') AS severity
FROM permitted
WHERE permit IS NULL
   OR result = 'applies' AND julianday(substr(permit, 1, 20)) + days > julianday(valid_until)
