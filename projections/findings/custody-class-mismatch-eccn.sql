-- code: CLASS-MISMATCH
-- title: Dispatched under another ECCN than classified
-- severity: high
-- basis: 15 CFR 758.1(g): the ECCN is reported as the item is classified
-- explains: a classification that changed; an item that another country's list names otherwise
-- note: Only where no authorization of the item names the model under this ECCN.
-- subject: shipment
-- with: dispatch, word
SELECT dispatch.shipment AS subject, json_array(dispatch.event_idx, max(model.event_idx)) AS entries,
       printf('%s left as %s, and is classified as %s', item.model, item.eccn, min(model.eccn))
         AS facts
FROM dispatch
JOIN shipment_item AS item ON item.event_idx = dispatch.event_idx
JOIN model ON model.model = item.model
JOIN word ON word.idx = model.event_idx
WHERE (:subject IS NULL OR dispatch.shipment = :subject)
  AND NOT EXISTS (SELECT 1 FROM authorization_item AS named
                  WHERE named.authorization = item.authorization AND named.model = item.model
                    AND named.eccn = item.eccn AND named.event_idx <= :known_at)
GROUP BY dispatch.event_idx, item.model, item.eccn
HAVING max(model.eccn = item.eccn) = 0
