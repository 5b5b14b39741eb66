-- title: Shipped, filed, received, held, found
-- question: Is what was shipped what was filed, what was received, what is held, and what an
--           inspection found?
-- parameters: shipment (shipment, optional, this shipment alone)
--             site (site, optional, this site, and what was shipped to it)
--             differing (text, optional, any word: leave out the rows without a difference)
-- columns: of: a shipment, or the site where everything comes together
--          shipped: GPUs that consignors sent, under the shipment or to the site
--          filed: GPUs in the filings; of a site: in those for what was shipped to it
--          received: GPUs received, whole or damaged
--          begun: GPUs that came into being at the site, or that an opening of stock brought
--          left: GPUs sent away from the site
--          held: GPUs recorded at the site now, in any state
--          looked_at: GPUs that inspectors listed by serial number, else the most that one counted
--          found: GPUs of those that they found
--          difference: what does not agree, in words; null where all of it does
--          shipped_on_one_word: GPUs shipped whose dispatch one party alone signed
--          received_on_one_word: GPUs received whose receipt one party alone signed
-- note: Figures that agree are several parties' words that agree. A sample that was found whole says
--       nothing for certain of what was not looked at. A filing is compared where units cross a
--       border as sites are registered, or where somebody filed all the same. Where two parties tell
--       one dispatch in two ways, the version that counts is compared, and the other one named.
-- with: flow, place
WITH dispatch AS (
  SELECT shipment.shipment, shipment.from_site, shipment.to_site, shipment.to_ledger,
         event.valid_at,
         coalesce(origin.country <> target.country, 0) AS crosses,
         (SELECT sum(quantity) FROM line WHERE line.event_idx = shipment.event_idx) AS quantity,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = shipment.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM shipment
  JOIN counting ON counting.event_idx = shipment.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = shipment.event_idx
  LEFT JOIN place AS origin ON origin.site = shipment.from_site
  LEFT JOIN place AS target ON target.site = shipment.to_site
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:shipment IS NULL OR shipment.shipment = :shipment)
),
sent AS (
  SELECT shipment, min(from_site) AS from_site, min(to_site) AS to_site,
         max(to_ledger IS NOT NULL) AS elsewhere, max(crosses) AS crosses,
         min(valid_at) AS valid_at, sum(quantity) AS quantity,
         sum(iif(words < 2, quantity, 0)) AS on_one_word
  FROM dispatch GROUP BY shipment
),
filed AS (
  SELECT filing.shipment, sum((SELECT sum(gpus) FROM filing_line
                               WHERE filing_line.event_idx = filing.event_idx)) AS gpus
  FROM filing
  JOIN counting ON counting.event_idx = filing.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = filing.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND filing.shipment IS NOT NULL
    AND (:shipment IS NULL OR filing.shipment = :shipment)
  GROUP BY filing.shipment
),
receipt_of AS (
  SELECT receipt.shipment, receipt.site,
         (SELECT sum(quantity) FROM line WHERE line.event_idx = receipt.event_idx) AS quantity,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = receipt.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM receipt
  JOIN counting ON counting.event_idx = receipt.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = receipt.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:shipment IS NULL OR receipt.shipment = :shipment)
),
came AS (
  SELECT shipment, min(site) AS site, sum(quantity) AS quantity,
         sum(iif(words < 2, quantity, 0)) AS on_one_word
  FROM receipt_of GROUP BY shipment
),
-- One row of each: a join of them would look through all for each shipment.
said AS (
  SELECT shipment, 1 AS known, to_site, NULL AS came_to, from_site, valid_at, quantity AS shipped,
         NULL AS filed, NULL AS received, crosses, elsewhere, on_one_word AS shipped_1,
         NULL AS received_1
  FROM sent
  UNION ALL
  SELECT shipment, 1, NULL, site, NULL, NULL, NULL, NULL, quantity, NULL, NULL, NULL, on_one_word
  FROM came
  UNION ALL
  SELECT shipment, 0, NULL, NULL, NULL, NULL, NULL, gpus, NULL, NULL, NULL, NULL, NULL FROM filed
),
by_shipment AS MATERIALIZED (
  SELECT shipment, coalesce(max(to_site), max(came_to)) AS site, max(from_site) AS from_site,
         max(valid_at) AS valid_at, max(shipped) AS shipped, max(filed) AS filed,
         max(received) AS received, max(crosses) AS crosses, max(elsewhere) AS elsewhere,
         max(shipped_1) AS shipped_1, max(received_1) AS received_1
  FROM said GROUP BY shipment HAVING max(known)
),
here AS (
  SELECT site,
         sum(quantity) AS held,
         sum(iif(event_idx IN (SELECT event_idx FROM batch UNION SELECT event_idx FROM stock_opening),
                 quantity, 0)) AS begun
  FROM flow
  WHERE :shipment IS NULL AND book = 'possession' AND site IS NOT NULL
    AND (:site IS NULL OR site = :site)
  GROUP BY site
),
-- What the looks at each serial number gave; one counts until a later one as strong as it.
look AS (
  SELECT inspection.site, sighting.serial, sighting.found, inspection.strength,
         max(inspection.strength) OVER (
           PARTITION BY sighting.serial ORDER BY event.valid_at DESC, event.idx DESC
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_strength
  FROM sighting
  JOIN inspection ON inspection.event_idx = sighting.event_idx
  JOIN counting ON counting.event_idx = sighting.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = sighting.event_idx
  WHERE :shipment IS NULL AND event.valid_at < :as_of
    AND (:site IS NULL OR inspection.site = :site)
),
looked AS (
  SELECT site, sum(counted) AS counted, sum(found) AS found
  FROM (
    SELECT site, count(*) AS counted, sum(found) AS found
    FROM (SELECT site, serial, min(found) AS found FROM look
          WHERE later_strength IS NULL OR later_strength < strength GROUP BY site, serial)
    GROUP BY site
    UNION ALL
    SELECT site, counted, found
    FROM (
      SELECT inspection.site, inspection.counted, inspection.found,
             row_number() OVER (PARTITION BY inspection.site
                                ORDER BY inspection.counted DESC, event.idx DESC) AS most
      FROM inspection
      JOIN counting ON counting.event_idx = inspection.event_idx
        AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
      JOIN event ON event.idx = inspection.event_idx
      WHERE :shipment IS NULL AND event.valid_at < :as_of
        AND event.basis <> 'third_party_report')
    WHERE most = 1 AND site NOT IN (SELECT site FROM look)
  )
  GROUP BY site
),
-- Versions of a dispatch that do not count, and give another quantity.
otherwise AS (
  SELECT version.shipment,
         group_concat(printf('%s says %,d shipped; ', asserted_by, version.quantity), '') AS told
  FROM (
    SELECT shipment.shipment, event.asserted_by,
           (SELECT sum(quantity) FROM line WHERE line.event_idx = event.idx) AS quantity
    FROM shipment CROSS JOIN event ON event.idx = shipment.event_idx
    WHERE event.valid_at < :as_of AND event.idx <= :known_at
      AND event.basis <> 'third_party_report'
      AND (:shipment IS NULL OR shipment.shipment = :shipment)
      AND NOT EXISTS (SELECT 1 FROM counting
                      WHERE counting.event_idx = event.idx AND from_idx <= :known_at
                        AND (to_idx IS NULL OR to_idx > :known_at))
      AND NOT EXISTS (SELECT 1 FROM event AS later
                      WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
      AND NOT EXISTS (SELECT 1 FROM event AS later
                      WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
    ORDER BY event.idx) AS version
  JOIN sent ON sent.shipment = version.shipment AND sent.quantity <> version.quantity
  GROUP BY version.shipment
),
compared AS (
  SELECT 1 AS part, valid_at AS place, 'shipment ' || shipment AS "of", site, shipped,
         iif(crosses OR filed IS NOT NULL, coalesce(filed, 0), NULL) AS filed,
         iif(elsewhere, NULL, coalesce(received, 0)) AS received,
         NULL AS begun, NULL AS "left", NULL AS held, NULL AS looked_at, NULL AS found,
         shipped_1, received_1, shipped AS due, filed IS NULL AS unfiled, otherwise.told
  FROM by_shipment LEFT JOIN otherwise USING (shipment)
  WHERE :site IS NULL OR site = :site
  UNION ALL
  SELECT 2, here.site, 'site ' || here.site, here.site, sum(by_shipment.shipped),
         sum(iif(crosses, coalesce(filed, 0), filed)), sum(received),
         here.begun,
         (SELECT sum(quantity) FROM sent WHERE sent.from_site = here.site),
         here.held, looked.counted, looked.found, sum(shipped_1), sum(received_1),
         sum(iif(crosses OR filed IS NOT NULL, shipped, 0)), 0, NULL
  FROM here
  LEFT JOIN by_shipment ON by_shipment.site = here.site
  LEFT JOIN looked ON looked.site = here.site
  GROUP BY here.site
),
told AS (
  SELECT *, nullif(rtrim(
    CASE WHEN part = 1 AND shipped IS NULL THEN 'received and not shipped; ' ELSE '' END
    || CASE WHEN part = 1 AND filed IS NOT NULL AND unfiled THEN 'no filing names it; '
            WHEN filed < due THEN printf('%,d fewer filed than shipped; ', due - filed)
            WHEN filed > due THEN printf('%,d more filed than shipped; ', filed - due)
            ELSE '' END
    || CASE WHEN received < shipped THEN printf('%,d fewer received than shipped; ', shipped - received)
            WHEN received > shipped THEN printf('%,d more received than shipped; ', received - shipped)
            ELSE '' END
    || CASE WHEN held < balance THEN printf('%,d fewer held than came and stayed; ', balance - held)
            WHEN held > balance THEN printf('%,d more held than came and stayed; ', held - balance)
            ELSE '' END
    || CASE WHEN looked_at > found THEN printf('%,d of those looked at not found; ', looked_at - found)
            ELSE '' END
    || coalesce(told, ''), '; '), '') AS difference
  FROM (SELECT *, coalesce(received, 0) + begun - coalesce("left", 0) AS balance FROM compared)
)
SELECT "of", site, shipped, filed, received, begun, "left", held, looked_at, found, difference,
       shipped_1 AS shipped_on_one_word, received_1 AS received_on_one_word
FROM told
WHERE :differing IS NULL OR difference IS NOT NULL
ORDER BY part, place, "of"
