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
  SELECT cert_act.*, given.certification, given.event_idx AS given_idx,
         given.valid_at >= cert_act.valid_until
           OR coalesce(given.valid_from_start >= cert_act.valid_until, 0) AS too_early,
         (SELECT said.status || printf('%012d', said.event_idx) FROM cert_said AS said
          WHERE said.certification = given.certification AND said.status IS NOT NULL
            AND said.valid_until <= cert_act.valid_at
          ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1) AS status,
         coalesce((SELECT said.valid_to_end FROM cert_said AS said
                   WHERE said.certification = given.certification AND said.valid_to IS NOT NULL
                     AND said.valid_at < cert_act.valid_until
                   ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1),
                  (SELECT first.valid_to_end FROM certification AS first
                   WHERE first.event_idx = given.event_idx)) AS ends
  FROM cert_act CROSS JOIN cert_given AS given ON given.party = cert_act.party
  WHERE cert_act.act = 'lease'
    AND NOT EXISTS (
      SELECT 1 FROM cert_given AS good
      WHERE good.party = cert_act.party AND good.valid_at < cert_act.valid_until
        AND coalesce(good.valid_from_start < cert_act.valid_until, 1)
        AND coalesce((SELECT said.status FROM cert_said AS said
                      WHERE said.certification = good.certification AND said.status IS NOT NULL
                        AND said.valid_until <= cert_act.valid_at
                      ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1), 'granted')
          NOT IN ('suspended', 'revoked')
        AND coalesce((SELECT said.valid_to_end FROM cert_said AS said
                      WHERE said.certification = good.certification AND said.valid_to IS NOT NULL
                        AND said.valid_at < cert_act.valid_until
                      ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1),
                     (SELECT first.valid_to_end FROM certification AS first
                      WHERE first.event_idx = good.event_idx), '9') > cert_act.valid_at)
)
SELECT name AS subject,
       json_array(event_idx, max(given_idx, coalesce(CAST(substr(status, -12) AS INTEGER), 0)))
         AS entries,
       printf('%s leases it out from %s, and %s %s', party, occurred, certification,
         CASE WHEN too_early THEN 'is granted later'
              WHEN substr(status, 1, length(status) - 12) IN ('suspended', 'revoked')
                THEN 'was ' || substr(status, 1, length(status) - 12)
              ELSE 'had ended' END) AS facts
FROM judged
GROUP BY event_idx
