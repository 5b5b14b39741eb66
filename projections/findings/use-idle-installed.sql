-- code: IDLE-OWNED
-- title: Installed, and never started
-- severity: medium
-- basis: dummy servers: hardware that is shown and does not work
-- explains: power or cooling that is late; racks kept as spares
-- subject: site
-- waits: yes
-- thresholds: days (90, days from the installation)
-- with: standing
WITH picked AS (
  SELECT account FROM account
  WHERE book = 'possession' AND state = 'installed' AND site IS NOT NULL
    AND (:subject IS NULL OR account.site = :subject)
),
idle AS (
  SELECT account.site, lot.rack, lot.batch, sum(standing.quantity) AS quantity,
         max((SELECT max(posted.event_idx)
              FROM posted JOIN event ON event.idx = posted.event_idx
              WHERE posted.lot = standing.lot AND posted.account = standing.account
                AND event.valid_at < :as_of AND posted.idx <= :known_at)) AS newest
  FROM accounts_standing AS standing
  JOIN account ON account.account = standing.account
  JOIN lot ON lot.lot = standing.lot
  GROUP BY account.site, lot.rack, lot.batch
  HAVING sum(standing.quantity) > 0
)
SELECT idle.site AS subject, json_array(min(newest), max(newest)) AS entries,
       printf('%,d GPUs in %,d racks are installed at %s for more than %d days, and do not run',
         sum(quantity), count(DISTINCT rack), idle.site, :days) AS facts
FROM idle
JOIN event ON event.idx = idle.newest
WHERE julianday(event.valid_until) + :days < julianday(:as_of)
GROUP BY idle.site
