-- code: LEASE-AS-TRANSFER
-- title: A lease with access or an option to buy
-- severity: high
-- basis: a lease that gives possession is a transfer, in-country or beyond, and no service
-- explains: access for visits only; an option that was given up
-- subject: lease
-- with: word
WITH said AS (
  SELECT lease.lease, lease.event_idx, lease.physical_access, lease.purchase_option, lease.service,
         word.valid_at
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lease = :subject)
  UNION ALL
  SELECT lease_change.lease, lease_change.event_idx, lease_change.physical_access,
         lease_change.purchase_option, lease_change.service, word.valid_at
  FROM lease_change JOIN word ON word.idx = lease_change.event_idx
  WHERE (:subject IS NULL OR lease_change.lease = :subject)
),
terms AS (
  SELECT said.lease,
         (SELECT other.physical_access FROM said AS other
          WHERE other.lease = said.lease AND other.physical_access IS NOT NULL
          ORDER BY other.valid_at DESC, other.event_idx DESC LIMIT 1) AS physical_access,
         (SELECT other.purchase_option FROM said AS other
          WHERE other.lease = said.lease AND other.purchase_option IS NOT NULL
          ORDER BY other.valid_at DESC, other.event_idx DESC LIMIT 1) AS purchase_option,
         max(said.service = 'colocation') AS colocation,
         max(iif(said.physical_access OR said.purchase_option, said.event_idx, NULL)) AS event_idx
  FROM said GROUP BY said.lease
)
SELECT lease AS subject, json_array(event_idx) AS entries,
       printf('the lessee %s',
         CASE WHEN physical_access AND purchase_option THEN 'may enter, and may buy'
              WHEN physical_access THEN 'may enter' ELSE 'may buy' END) AS facts
FROM terms
WHERE (physical_access AND NOT coalesce(colocation, 0)) OR purchase_option
