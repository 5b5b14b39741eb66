-- code: LEASE-OVERRUN
-- title: A lease past its agreed end
-- severity: medium
-- basis: an end date never ends a lease by itself: either it ended, or it goes on unagreed
-- explains: an end or an extension that is not recorded
-- subject: lease
-- waits: yes
-- with: word
WITH said AS (
  SELECT lease.lease, lease.event_idx, lease.until, lease.until_end, word.valid_at
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lease = :subject)
  UNION ALL
  SELECT lease_change.lease, lease_change.event_idx, lease_change.until, lease_change.until_end,
         word.valid_at
  FROM lease_change JOIN word ON word.idx = lease_change.event_idx
  WHERE (:subject IS NULL OR lease_change.lease = :subject)
),
agreed AS (
  SELECT lease, event_idx, until, until_end, max(valid_at || printf('%012d', event_idx))
  FROM said WHERE until IS NOT NULL GROUP BY lease
)
SELECT lease AS subject, json_array(event_idx) AS entries,
       printf('it was agreed until %s, and nobody recorded its end', until) AS facts
FROM agreed
WHERE until_end < :as_of
  AND NOT EXISTS (SELECT 1 FROM lease_end JOIN word ON word.idx = lease_end.event_idx
                  WHERE lease_end.lease = agreed.lease)
