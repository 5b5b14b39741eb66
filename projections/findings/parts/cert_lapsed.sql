-- title: Acts that no certification covered
-- question: Of which acts of a certified party did no certification stand, and how did each lapse?
-- note: Of the acts that `cert_standing` gives. `lapse` says how, in words.
-- with: cert_standing
uncovered AS NOT MATERIALIZED (
  SELECT cert_act.*, given.certification, given.event_idx AS given_idx,
         given.valid_at >= cert_act.valid_until
           OR coalesce(given.valid_from_start >= cert_act.valid_until, 0) AS too_early,
         (SELECT said.status || printf('%012d', said.event_idx) FROM cert_said AS said
          WHERE said.certification = given.certification AND said.status IS NOT NULL
            AND said.valid_until <= cert_act.valid_at
          ORDER BY said.valid_at DESC, said.event_idx DESC LIMIT 1) AS status
  FROM cert_act CROSS JOIN cert_given AS given ON given.party = cert_act.party
  WHERE NOT EXISTS (
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
),
lapsed AS NOT MATERIALIZED (
  SELECT uncovered.*, max(given_idx, coalesce(CAST(substr(status, -12) AS INTEGER), 0)) AS by_idx,
         CASE WHEN too_early THEN 'is granted later'
              WHEN substr(status, 1, length(status) - 12) IN ('suspended', 'revoked')
                THEN 'was ' || substr(status, 1, length(status) - 12)
              ELSE 'had ended' END AS lapse
  FROM uncovered
)
