-- code: NLR-WRONG
-- title: No licence required is claimed, and a rule pack says that one is
-- severity: critical
-- basis: 15 CFR 758.1(g): NLR is for what no rule in force asks a licence for; the packs of that day
-- explains: a licence that is not recorded; a class, a destination or headquarters told wrong
-- note: Asked are the packs' rules about destinations and about the headquarters of recipients, as
--       they stood on the day of dispatch. A rule that did not bind on that day raises nothing. Where
--       a pack does not tell the group of the destination it is not decidable, and is low; who stands
--       behind a recipient is for OWNERSHIP-UNKNOWN. `chipledger determine` shows every step.
-- subject: shipment
-- with: dispatch, word
WITH claimed AS (
  SELECT dispatch.event_idx, dispatch.shipment, item.authorization,
         max(granted.event_idx) AS granted_idx
  FROM dispatch
  CROSS JOIN shipment_item AS item ON item.event_idx = dispatch.event_idx
  CROSS JOIN authorization AS granted ON granted.authorization = item.authorization
    AND granted.kind = 'nlr'
  CROSS JOIN word ON word.idx = granted.event_idx
  WHERE (:subject IS NULL OR dispatch.shipment = :subject)
  GROUP BY dispatch.event_idx, item.authorization
),
said AS (
  SELECT claimed.*, step.pack, step.dated, step.result, step.why, step.entries, rule.says,
         min(iif(step.result = 'applies', '0', '1') || step.rule)
  FROM claimed
  CROSS JOIN pack.step ON step.event_idx = claimed.event_idx
  CROSS JOIN pack.rule ON rule.pack = step.pack AND rule.rule = step.rule
  WHERE rule.kind IN ('destination', 'recipient')
    AND (step.result = 'applies' OR step.met IS NULL AND rule.kind = 'destination')
  GROUP BY claimed.event_idx, claimed.authorization
)
SELECT shipment AS subject,
       replace('[' || event_idx || ',' || granted_idx || ',' || substr(entries, 2), ',]', ']')
         AS entries,
       iif(result = 'applies',
         printf('NLR is claimed under %s; pack %s of %s says: %s (%s)', authorization, pack, dated,
           says, why),
         printf('NLR is claimed under %s; pack %s of %s does not decide: %s', authorization, pack,
           dated, why)) AS facts,
       iif(result = 'applies', 'indicator', 'not decidable') AS certainty,
       iif(result = 'applies', 'critical', 'low') AS severity
FROM said
