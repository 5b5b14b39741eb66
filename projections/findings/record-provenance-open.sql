-- code: PROVENANCE-OPEN
-- title: Stock whose origin is not recorded
-- severity: low
-- basis: units that were there when the ledger opened: nothing before is proven by it
-- explains: the entry of another ledger by which they left it; papers of the supplier
-- subject: stock
-- with: word
SELECT stock_opening.stock AS subject, json_array(stock_opening.event_idx) AS entries,
       printf('%,d GPUs at %s were opened as stock%s',
         (SELECT sum(quantity) FROM line WHERE line.event_idx = stock_opening.event_idx),
         stock_opening.site, coalesce(', supplied by ' || supplier || ' as said', '')) AS facts
FROM stock_opening
JOIN word ON word.idx = stock_opening.event_idx
WHERE (:subject IS NULL OR stock_opening.stock = :subject) AND from_origin IS NULL
  AND NOT EXISTS (SELECT 1 FROM signature
                  WHERE signature.event_idx = stock_opening.event_idx
                    AND signature.party = stock_opening.supplier
                    AND stance IN ('signed', 'accepts') AND via_idx <= :known_at)
