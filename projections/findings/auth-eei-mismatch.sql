-- code: EEI-MISMATCH
-- title: The export filing and the dispatch differ
-- severity: high
-- basis: 15 CFR 758.1(f)-(g), 30.6: what is filed is what is exported
-- explains: an amended filing that is not recorded; a correction of the dispatch alone
-- note: Compared are GPUs, consignees, country and ECCN; a rack may be filed under the ECCN of its
--       assembly. Values are not compared: the dispatch names none.
-- subject: shipment
-- with: dispatch, place, word
WITH filed AS (
  SELECT filing.shipment, max(filing.event_idx) AS event_idx, min(filing.consignee) AS consignee,
         min(filing.ultimate_consignee) AS ultimate_consignee,
         min(filing.destination) AS destination, sum(gpus) AS gpus
  FROM (SELECT filing.*, (SELECT sum(gpus) FROM filing_line
                          WHERE filing_line.event_idx = filing.event_idx) AS gpus
        FROM filing JOIN word ON word.idx = filing.event_idx
        WHERE (:subject IS NULL OR filing.shipment = :subject)) AS filing
  GROUP BY filing.shipment
),
sent AS (
  SELECT dispatch.shipment, dispatch.event_idx, dispatch.consignee, dispatch.ultimate_consignee,
         place.country, sum(line.quantity) AS gpus
  FROM filed
  JOIN dispatch ON dispatch.shipment = filed.shipment
  JOIN line ON line.event_idx = dispatch.event_idx
  LEFT JOIN place ON place.site = dispatch.to_site
  GROUP BY dispatch.event_idx
),
differs AS (
  SELECT sent.*, filed.event_idx AS filed_idx,
         printf('%,d GPUs are filed and %,d dispatched', filed.gpus, sent.gpus) AS said
  FROM sent JOIN filed ON filed.shipment = sent.shipment
  WHERE filed.gpus <> sent.gpus
  UNION ALL
  SELECT sent.*, filed.event_idx,
         printf('filed for %s, dispatched to %s', filed.consignee, sent.consignee)
  FROM sent JOIN filed ON filed.shipment = sent.shipment
  WHERE sent.consignee <> filed.consignee AND sent.consignee IS NOT filed.ultimate_consignee
    AND sent.ultimate_consignee IS NOT filed.consignee
  UNION ALL
  SELECT sent.*, filed.event_idx,
         printf('filed for %s, dispatched to a site in %s', filed.destination, sent.country)
  FROM sent JOIN filed ON filed.shipment = sent.shipment
  WHERE sent.country <> filed.destination
  UNION ALL
  SELECT sent.*, filing.event_idx, printf('filed as %s, which no item of it is', min(entered.eccn))
  FROM sent
  JOIN filing ON filing.shipment = sent.shipment
  JOIN word ON word.idx = filing.event_idx
  JOIN filing_line AS entered ON entered.event_idx = filing.event_idx
  WHERE EXISTS (SELECT 1 FROM shipment_item AS item WHERE item.event_idx = sent.event_idx)
    AND NOT EXISTS (SELECT 1 FROM shipment_item AS item
                    WHERE item.event_idx = sent.event_idx AND item.eccn = entered.eccn)
    AND NOT EXISTS (SELECT 1 FROM model
                    JOIN word AS stated ON stated.idx = model.event_idx
                    JOIN model_contents AS inside ON inside.event_idx = model.event_idx
                    JOIN line ON line.event_idx = sent.event_idx AND line.model = inside.contains
                    WHERE model.eccn = entered.eccn)
  GROUP BY sent.event_idx, filing.event_idx
)
SELECT shipment AS subject, json_array(event_idx, filed_idx) AS entries, said AS facts
FROM differs
