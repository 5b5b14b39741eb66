-- code: CERT-LAPSED-LEASE
-- title: Leased by a partner whose certification does not stand
-- severity: high
-- basis: the certifier's scheme: the newest hardware only to partners that passed its checks
-- explains: a renewal or reinstatement that is not recorded
-- note: Only for parties that have a certification on record, reports left out. Where one of several
--       stands there is no finding.
-- subject: lease
-- with: cert_lapsed
SELECT name AS subject, json_array(event_idx, by_idx) AS entries,
       printf('%s leases it out from %s, and %s %s', party, occurred, certification, lapse) AS facts
FROM lapsed
WHERE act = 'lease'
GROUP BY event_idx
