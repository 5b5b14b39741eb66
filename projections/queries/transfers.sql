-- title: What came, left and changed
-- question: What came to a site and left it, changed its owner, was swapped, lost or destroyed?
-- parameters: site (site, optional, what came to this site, left it or changed there)
--             since (day, optional, from this day on)
-- columns: change: received, dispatched, sold, swapped, or the state that units were given
--          quantity: GPUs; of a swap those that were taken out
--          from_party: consignor, seller, or who held them
--          to_party: receiver, consignee or buyer
--          other_site: where they came from, or went
--          filed_usd: value in the filings for the shipment; null where none is stated openly
--          word: on what ground it is told
--          signed_by: who signed or accepted it, and took no other stance since
--          on_one_word: GPUs of quantity that one party alone signed for
-- note: Days are those that the events name. A sale names racks or batches, and no site: with a site
--       it is listed where it names racks that were recorded there.
-- with: place
WITH sent AS (
  SELECT shipment.*
  FROM shipment
  JOIN counting ON counting.event_idx = shipment.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = shipment.event_idx
  WHERE event.basis <> 'third_party_report' AND event.valid_at < :as_of
),
told AS (
  SELECT receipt.event_idx, 'received' AS change, receipt.site, sent.consignor AS from_party,
         receipt.receiver AS to_party, sent.from_site AS other_site, receipt.shipment,
         sent.event_idx AS sent_idx
  FROM receipt LEFT JOIN sent ON sent.shipment = receipt.shipment
  UNION ALL
  SELECT event_idx, 'dispatched', from_site, consignor, consignee, to_site, shipment, event_idx
  FROM sent
  UNION ALL
  SELECT event_idx, 'sold', NULL, seller, buyer, NULL, NULL, NULL FROM title_transfer
  UNION ALL
  SELECT event_idx, 'swapped', site, out_owner, in_owner, NULL, NULL, NULL FROM replacement
  UNION ALL
  SELECT event_idx, to_state, site, holder, NULL, NULL, NULL, NULL FROM units_change
),
counted AS (
  SELECT told.*, event.occurred, event.valid_at, event.basis
  FROM told
  JOIN counting ON counting.event_idx = told.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = told.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:since IS NULL OR :since <=
         CASE WHEN event.occurred LIKE '../%' THEN date(event.valid_at)
              ELSE substr(event.occurred || '-01-01', 1, 10) END)
    AND (:site IS NULL OR told.site = :site
         OR (told.change = 'sold' AND EXISTS (
           SELECT 1 FROM line JOIN posting ON posting.rack = line.rack
           WHERE line.event_idx = told.event_idx AND posting.site = :site
             AND posting.valid_at < :as_of AND posting.idx <= :known_at)))
),
lined AS (
  SELECT counted.*, line.model, sum(line.quantity) AS quantity
  FROM counted JOIN line ON line.event_idx = counted.event_idx
  WHERE line.part <> 'into'
  GROUP BY counted.event_idx, counted.change, counted.sent_idx, line.model
),
filed AS (
  SELECT filing.shipment, sum(filing_line.value_usd) AS value_usd
  FROM filing
  JOIN counting ON counting.event_idx = filing.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = filing.event_idx
  JOIN filing_line ON filing_line.event_idx = filing.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY filing.shipment
),
signed AS (
  SELECT event_idx, count(*) AS words, group_concat(party, ', ') AS signed_by
  FROM (
    SELECT event_idx, party, stance, max(via_idx)
    FROM signature
    WHERE via_idx <= :known_at AND event_idx IN (SELECT event_idx FROM lined)
    GROUP BY event_idx, signature.party
    ORDER BY event_idx, signature.party)
  WHERE stance IN ('signed', 'accepts')
  GROUP BY event_idx
)
SELECT lined.occurred, lined.change, lined.site, lined.model,
       (SELECT group_concat(eccn, ', ') FROM
         (SELECT DISTINCT eccn FROM shipment_item
          WHERE shipment_item.event_idx = lined.sent_idx AND shipment_item.model = lined.model
          ORDER BY eccn)) AS eccn,
       lined.quantity, lined.from_party, lined.to_party, lined.other_site,
       place.country AS other_country, lined.shipment,
       (SELECT group_concat(authorization, ', ') FROM
         (SELECT DISTINCT authorization FROM shipment_item
          WHERE shipment_item.event_idx = lined.sent_idx AND shipment_item.model = lined.model
          ORDER BY authorization)) AS authorization,
       filed.value_usd AS filed_usd,
       CASE lined.basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         ELSE 'a counterparty' END AS word,
       signed.signed_by, iif(coalesce(signed.words, 0) < 2, lined.quantity, 0) AS on_one_word,
       lined.event_idx AS entry
FROM lined
LEFT JOIN place ON place.site = lined.other_site
LEFT JOIN filed ON filed.shipment = lined.shipment
LEFT JOIN signed ON signed.event_idx = lined.event_idx
ORDER BY lined.valid_at, lined.event_idx, lined.model
