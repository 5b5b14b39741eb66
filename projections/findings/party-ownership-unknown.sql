-- code: OWNERSHIP-UNKNOWN
-- title: Nobody knows who stands behind a recipient
-- severity: high
-- basis: Supplement 3 to 15 CFR Part 732, red flag 29: owners that are not known are resolved first
-- explains: owners that another party evidences; a listing that ends the chain
-- note: Follows the owners of whoever received or bought exported hardware. A report, and a party's
--       own word, lengthen the chain and never end it. The subject is the last party of the chain;
--       it ends well at a party registered as listed, state or natural, where another than
--       itself and those that it owns signed that.
-- subject: party
-- with: word, told, crossing
WITH exported AS MATERIALIZED (
  SELECT crossing.event_idx, crossing.shipment FROM crossing
),
share AS MATERIALIZED (
  SELECT owner, owned, event_idx, percent, evidenced
  FROM (
    SELECT ownership.*, told.basis <> 'third_party_report' AND EXISTS (
             SELECT 1 FROM signature
             WHERE signature.event_idx = told.idx AND via_idx <= :known_at
               AND stance IN ('signed', 'accepts')
               AND signature.party <> ownership.owned) AS evidenced,
           row_number() OVER (PARTITION BY told.asserted_by, owner, owned
                              ORDER BY told.valid_at DESC, told.idx DESC) AS newest
    FROM ownership JOIN told ON told.idx = ownership.event_idx
    WHERE owner IS NOT NULL
  )
  WHERE newest = 1 AND percent IS NOT '0'
),
registered AS (
  SELECT party.party, party.kind, party.event_idx, max(party.event_idx)
  FROM party JOIN word ON word.idx = party.event_idx
  GROUP BY party.party
),
ended AS (
  SELECT party FROM registered
  WHERE kind IN ('listed', 'state', 'natural') AND EXISTS (
    SELECT 1 FROM signature
    WHERE signature.event_idx = registered.event_idx AND via_idx <= :known_at
      AND stance IN ('signed', 'accepts') AND signature.party <> registered.party
      AND NOT EXISTS (SELECT 1 FROM share
                      WHERE share.owned = signature.party AND share.owner = registered.party))
),
-- Whom the asked party owns, directly or not: one of them must have received.
below (top, party) AS (
  SELECT registered.party, registered.party FROM registered
  WHERE (:subject IS NULL OR registered.party = :subject)
  UNION
  SELECT below.top, share.owned
  FROM below JOIN share ON share.owner = below.party
  WHERE NOT EXISTS (SELECT 1 FROM ended WHERE ended.party = share.owned)
),
received AS (
  SELECT receipt.receiver AS party, min(receipt.event_idx) AS event_idx
  FROM receipt
  JOIN word ON word.idx = receipt.event_idx
  WHERE receipt.receiver IN (SELECT party FROM below)
    AND receipt.shipment IN (SELECT shipment FROM exported)
  GROUP BY receipt.receiver
  UNION ALL
  SELECT title_transfer.buyer, min(title_transfer.event_idx)
  FROM title_transfer
  JOIN word ON word.idx = title_transfer.event_idx
  WHERE title_transfer.buyer IN (SELECT party FROM below)
    AND EXISTS (SELECT 1 FROM line JOIN line AS sent ON sent.rack = line.rack
                WHERE line.event_idx = title_transfer.event_idx
                  AND sent.event_idx IN (SELECT event_idx FROM exported))
  GROUP BY title_transfer.buyer
),
-- Whose owners of more than half nobody evidenced.
open_end AS (
  SELECT DISTINCT below.party FROM below
  WHERE NOT EXISTS (SELECT 1 FROM ended WHERE ended.party = below.party)
    AND coalesce((SELECT sum(percent) FROM
          (SELECT max(coalesce(CAST(percent AS REAL), 100)) AS percent FROM share
           WHERE share.owned = below.party AND evidenced GROUP BY owner)), 0) <= 50
),
above (start, party, step) AS (
  SELECT party, party, 0 FROM below WHERE top = party
  UNION
  SELECT above.start, share.owner, above.step + 1
  FROM above JOIN share ON share.owned = above.party
  WHERE above.step < 32 AND NOT EXISTS (SELECT 1 FROM ended WHERE ended.party = above.party)
),
-- Open themselves with no open owner above, or in a ring of owners that ends nowhere.
last AS (
  SELECT open_end.party FROM open_end
  WHERE NOT EXISTS (
    SELECT 1 FROM above
    JOIN registered ON registered.party = above.party
    WHERE above.start = open_end.party AND above.step > 0 AND above.party NOT IN
        (SELECT below.party FROM below WHERE below.top = open_end.party)
      AND NOT EXISTS (SELECT 1 FROM ended WHERE ended.party = above.party)
      AND coalesce((SELECT sum(percent) FROM
            (SELECT max(coalesce(CAST(percent AS REAL), 100)) AS percent FROM share
             WHERE share.owned = above.party AND evidenced GROUP BY owner)), 0) <= 50)
  UNION
  SELECT below.top FROM below
  WHERE NOT EXISTS (SELECT 1 FROM above JOIN ended ON ended.party = above.party
                    WHERE above.start = below.top)
    AND NOT EXISTS (SELECT 1 FROM above JOIN open_end ON open_end.party = above.party
                    WHERE above.start = below.top)
    AND EXISTS (SELECT 1 FROM above WHERE above.start = below.top AND above.step > 0)
)
SELECT last.party AS subject,
       json_array(min(received.event_idx), max(registered.event_idx),
         (SELECT max(share.event_idx) FROM share WHERE share.owner = last.party)) AS entries,
       printf('%s%s received or bought exported hardware; of %s, registered%s%s, nobody evidenced'
              || ' the owners of more than half', min(received.party),
         iif(min(received.party) = last.party, '', ' below it'), last.party,
         coalesce(' as ' || max(registered.kind), ''),
         coalesce(' in ' || (SELECT country FROM party
                             WHERE party.event_idx = registered.event_idx
                               AND party.party = last.party), '')) AS facts
FROM last
JOIN below ON below.top = last.party
JOIN received ON received.party = below.party
JOIN registered ON registered.party = last.party
WHERE (:subject IS NULL OR last.party = :subject)
GROUP BY last.party
