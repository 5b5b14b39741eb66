-- code: CERT-LAPSED-LEASE
-- title: Leased by a partner whose certification does not stand
-- severity: high
-- basis: the certifier's scheme: the newest hardware only to partners that passed its checks
-- explains: a renewal or reinstatement that is not recorded
-- note: Only for parties that have a certification on record, reports left out. Where one of several
--       stands there is no finding.
-- subject: lease
-- with: cert_standing
WITH judged AS (
  SELECT cert_standing.*,
         CASE
           WHEN too_early THEN 'is granted later'
           WHEN substr(status, 1, length(status) - 12) IN ('suspended', 'revoked')
             THEN 'was ' || substr(status, 1, length(status) - 12)
           WHEN substr(ends, 1, 20) <= valid_at THEN 'had ended'
         END AS why,
         max(granted_idx, CASE WHEN too_early THEN 0
           ELSE coalesce(CAST(substr(status, -12) AS INTEGER), 0) END) AS by_idx
  FROM cert_standing
  WHERE act = 'lease' AND (:subject IS NULL OR cert_standing.name = :subject)
)
SELECT name AS subject, json_array(event_idx, max(by_idx)) AS entries,
       printf('%s leases it out from %s, and %s %s', party, occurred, min(certification), min(why))
         AS facts
FROM judged
GROUP BY event_idx
HAVING count(*) = count(why)
