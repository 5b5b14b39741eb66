-- code: HQ-D5-RECIPIENT
-- title: Sent to a party of a listed country without a licence
-- severity: critical
-- basis: 88 FR 73458 and the guidance of 31 May 2026, as the rule pack on headquarters has them
-- explains: headquarters told wrong; a licence that is not recorded, or was left out of the dispatch
-- note: Recipients are the consignee, the ultimate consignee and whoever received, wherever they are.
--       A licence, an exception or a VEU that the dispatch names ends it; whether it fits is for
--       AUTH-SCOPE. Where headquarters are told both ways it is not decidable, and is high. Where
--       nobody knows who stands behind a recipient OWNERSHIP-UNKNOWN says so.
-- subject: shipment
-- with: dispatch, word
SELECT dispatch.shipment AS subject,
       replace('[' || dispatch.event_idx || ',' || substr(step.entries, 2), ',]', ']') AS entries,
       iif(step.met,
         printf('pack %s of %s says: %s (%s); the dispatch names none', step.pack, step.dated,
           rule.says, step.why),
         printf('pack %s of %s does not decide: %s', step.pack, step.dated, step.why)) AS facts,
       iif(step.met, 'indicator', 'not decidable') AS certainty,
       iif(step.met, 'critical', 'high') AS severity
FROM dispatch
CROSS JOIN pack.step ON step.event_idx = dispatch.event_idx
CROSS JOIN pack.rule ON rule.pack = step.pack AND rule.rule = step.rule
WHERE (:subject IS NULL OR dispatch.shipment = :subject)
  AND rule.kind = 'recipient'
  AND (step.result = 'applies'
       OR step.met IS NULL AND step.unknown LIKE '%"which declaration is right"%')
  AND NOT EXISTS (
    SELECT 1 FROM shipment_item AS item
    JOIN authorization AS granted ON granted.authorization = item.authorization
      AND granted.kind IN ('licence', 'exception', 'veu')
    JOIN word ON word.idx = granted.event_idx
    WHERE item.event_idx = dispatch.event_idx)
