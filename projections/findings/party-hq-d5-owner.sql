-- code: HQ-D5-RECIPIENT
-- title: Sold to a party of a listed country without a licence
-- severity: critical
-- basis: 88 FR 73458 and the guidance of 31 May 2026, as the rule pack on headquarters has them
-- explains: headquarters told wrong; a licence that is not recorded, or that the transfer leaves out
-- note: Looked at are titles to models recorded in a class that the pack names. A licence, an
--       exception or a VEU that the transfer names ends it. Headquarters are as claimed at the end of
--       the day that is asked about.
-- subject: party
-- with: word
WITH sold AS (
  SELECT title_transfer.buyer, title_transfer.title, title_transfer.event_idx, word.occurred
  FROM title_transfer JOIN word ON word.idx = title_transfer.event_idx
  WHERE (:subject IS NULL OR title_transfer.buyer = :subject)
    AND NOT EXISTS (
      SELECT 1 FROM authorization AS granted
      JOIN word AS said ON said.idx = granted.event_idx
      WHERE granted.authorization = title_transfer.authorization
        AND granted.kind IN ('licence', 'exception', 'veu'))
)
SELECT sold.buyer AS subject,
       replace('[' || sold.event_idx || ',' || substr(said.entries, 2), ',]', ']') AS entries,
       printf('it bought under %s on %s%s; pack %s of %s says: %s (%s)', sold.title, sold.occurred,
         iif(count(*) > 1, printf(', the first of %,d', count(*)), ''), said.pack, said.dated,
         rule.says, said.why) AS facts
FROM sold
CROSS JOIN pack.party AS said ON said.party = sold.buyer AND said.result = 'applies'
CROSS JOIN pack.rule ON rule.pack = said.pack AND rule.rule = said.rule
WHERE rule.kind = 'recipient'
  AND EXISTS (SELECT 1 FROM line
              JOIN model ON model.model = line.model
              JOIN pack.rule_item AS item ON lower(model.eccn) GLOB item.eccn
              WHERE line.event_idx = sold.event_idx AND item.pack = said.pack
                AND item.rule = said.rule)
GROUP BY sold.buyer
HAVING sold.event_idx = min(sold.event_idx)
