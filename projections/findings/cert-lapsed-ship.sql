-- code: CERT-LAPSED-SHIP
-- title: Shipped to a partner whose certification does not stand
-- severity: high
-- basis: the certifier's scheme: the newest hardware only to partners that passed its checks
-- explains: a renewal or reinstatement that is not recorded
-- note: Only for parties that have a certification on record, reports left out. Where one of several
--       stands there is no finding.
-- subject: shipment
-- with: cert_lapsed
SELECT name AS subject, json_array(event_idx, by_idx) AS entries,
       printf('it was sold and sent to %s on %s, and %s %s', party, occurred, certification, lapse) AS facts
FROM lapsed
WHERE act = 'ship'
GROUP BY event_idx
