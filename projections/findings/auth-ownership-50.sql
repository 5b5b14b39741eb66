-- code: OWNERSHIP-50
-- title: Shipped by, to or with a party that listed parties own
-- severity: critical
-- basis: the 50 % rule, as the rule pack on affiliates has it on the day of dispatch
-- explains: a share that had ended; a list check of a namesake; a licence for a listed party
-- note: Where the rule was suspended on that day the test is told all the same, and is high; where
--       the pack does not know whether it was in force it is not decidable, and is high.
-- subject: shipment
-- with: dispatch
SELECT dispatch.shipment AS subject,
       replace('[' || dispatch.event_idx || ',' || substr(step.entries, 2), ',]', ']') AS entries,
       printf('%s; pack %s of %s, whose rule was %s on %s, %s: %s', step.why, step.pack, step.dated,
         replace(step.status, '_', ' '), step.day,
         iif(step.result = 'applies', 'says', 'would say'), rule.says) AS facts,
       iif(step.status = 'unknown', 'not decidable', 'indicator') AS certainty,
       iif(step.result = 'applies', 'critical', 'high') AS severity
FROM dispatch
CROSS JOIN pack.step ON step.event_idx = dispatch.event_idx
CROSS JOIN pack.rule ON rule.pack = step.pack AND rule.rule = step.rule
WHERE (:subject IS NULL OR dispatch.shipment = :subject)
  AND rule.kind = 'listed_owners' AND step.met
