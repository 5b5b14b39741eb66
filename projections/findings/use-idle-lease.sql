-- code: IDLE-OWNED
-- title: Running and leased, and no use is told
-- severity: medium
-- basis: dummy servers: hardware that is shown and does not work
-- explains: reports of usage that come quarterly; a lease that has only begun
-- subject: lease
-- waits: yes
-- thresholds: days (90, days without a report of usage)
-- with: word
WITH let AS (
  SELECT lease.lease, lease.event_idx, word.valid_until, word.occurred
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lease = :subject) AND lease.parent_lease IS NULL
    AND lease.service IS NOT 'colocation'
    AND NOT EXISTS (SELECT 1 FROM lease_end JOIN word AS over ON over.idx = lease_end.event_idx
                    WHERE lease_end.lease = lease.lease)
),
told_last AS (
  SELECT let.*,
         (SELECT max(usage.period_end) FROM usage JOIN word ON word.idx = usage.event_idx
          WHERE usage.lease = let.lease) AS last_end,
         (SELECT max(usage.event_idx) FROM usage JOIN word ON word.idx = usage.event_idx
          WHERE usage.lease = let.lease) AS last_idx
  FROM let
)
SELECT lease AS subject, json_array(event_idx, last_idx) AS entries,
       printf('it runs since %s; %s', occurred,
         coalesce('use is told until ' || substr(last_end, 1, 10), 'no use was ever told')) AS facts
FROM told_last
WHERE julianday(max(valid_until, coalesce(last_end, ''))) + :days < julianday(:as_of)
