-- code: H200-WINDOW
-- title: To China or Macau, outside the window of figures or without a test
-- severity: critical
-- basis: 91 FR 1684, as the rule pack on chips of a middle class has it
-- explains: figures or an origin that are told wrong; a certificate that is kept elsewhere
-- note: Within the window, from the origin that the rule names, an application is reviewed with
--       certifications. The one on the test by a third party is looked for among the documents of the
--       dispatch and of the authorizations that it names, of kind test_certificate. Where figures or
--       places are unknown or disputed it is not decidable, and is medium.
-- subject: shipment
-- with: dispatch, word
WITH reached AS (
  SELECT dispatch.event_idx, dispatch.shipment, step.pack, step.dated, rule.says, step.result,
         step.why, step.entries, windowed.number AS outside
  FROM dispatch
  CROSS JOIN pack.step ON step.event_idx = dispatch.event_idx
  CROSS JOIN pack.rule ON rule.pack = step.pack AND rule.rule = step.rule
  CROSS JOIN pack.rule_number AS windowed ON windowed.pack = step.pack
    AND windowed.rule = step.rule AND windowed.name = 'outside'
  WHERE (:subject IS NULL OR dispatch.shipment = :subject)
    AND rule.kind = 'window' AND step.result IN ('applies', 'not decidable')
),
papers AS (
  SELECT reached.event_idx AS of_idx, reached.event_idx AS by_idx FROM reached
  UNION
  SELECT reached.event_idx, granted.event_idx
  FROM reached
  JOIN shipment_item AS item ON item.event_idx = reached.event_idx
  JOIN authorization AS granted ON granted.authorization = item.authorization
  JOIN word ON word.idx = granted.event_idx
),
tested AS (
  SELECT papers.of_idx FROM papers
  WHERE EXISTS (SELECT 1 FROM document_ref
                WHERE document_ref.event_idx = papers.by_idx AND kind = 'test_certificate')
     OR EXISTS (SELECT 1 FROM event
                JOIN attachment ON attachment.target_id = event.id
                JOIN word ON word.idx = attachment.event_idx
                JOIN document_ref ON document_ref.event_idx = attachment.event_idx
                WHERE event.idx = papers.by_idx AND document_ref.kind = 'test_certificate')
)
SELECT shipment AS subject,
       replace('[' || event_idx || ',' || substr(entries, 2), ',]', ']') AS entries,
       CASE WHEN result = 'not decidable'
              THEN printf('pack %s of %s does not decide: %s', pack, dated, why)
            WHEN outside THEN printf('pack %s of %s says: %s (%s)', pack, dated, says, why)
            ELSE printf('pack %s of %s says: %s; no document of kind test_certificate is with it',
                        pack, dated, says) END AS facts,
       iif(result = 'applies', 'indicator', 'not decidable') AS certainty,
       CASE WHEN result = 'not decidable' THEN 'medium' WHEN outside THEN 'critical'
            ELSE 'high' END AS severity
FROM reached
WHERE outside OR result = 'applies' AND event_idx NOT IN (SELECT of_idx FROM tested)
