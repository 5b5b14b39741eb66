-- code: RESELLER-CONSIGNEE
-- title: A forwarder as ultimate consignee
-- severity: medium
-- basis: 15 CFR 30.6(a)(28); red flag: a freight forwarder as final destination
-- explains: a forwarder that buys for its own use
-- note: Who resells is not recorded; a forwarder is known by its role.
-- subject: shipment
-- with: dispatch, word
SELECT dispatch.shipment AS subject, json_array(dispatch.event_idx, min(role_change.event_idx))
         AS entries,
       printf('%s is the last consignee that %s names, and holds the role forwarder',
         coalesce(dispatch.ultimate_consignee, dispatch.consignee), dispatch.shipment) AS facts
FROM dispatch
JOIN role_change ON role_change.party = coalesce(dispatch.ultimate_consignee, dispatch.consignee)
  AND role_change.role = 'forwarder' AND role_change.granted
JOIN word ON word.idx = role_change.event_idx
WHERE (:subject IS NULL OR dispatch.shipment = :subject) AND dispatch.purpose IN ('sale', 'move')
  AND role_change.event_idx < dispatch.event_idx
  AND NOT EXISTS (SELECT 1 FROM role_change AS ended
                  WHERE ended.party = role_change.party AND ended.role = 'forwarder'
                    AND NOT ended.granted AND ended.event_idx > role_change.event_idx
                    AND ended.event_idx < dispatch.event_idx)
GROUP BY dispatch.event_idx
