-- code: IDLE-OWNED
-- title: Installed, and never started
-- severity: medium
-- basis: dummy servers: hardware that is shown and does not work
-- explains: power or cooling that is late; racks kept as spares
-- subject: site
-- waits: yes
-- thresholds: days (90, days from the installation)
WITH idle AS (
  SELECT site, rack, batch, sum(quantity) AS quantity, max(event_idx) AS newest,
         max(valid_at) AS since
  FROM posting
  WHERE book = 'possession' AND site IS NOT NULL AND (:subject IS NULL OR posting.site = :subject)
    AND state = 'installed' AND valid_at < :as_of AND idx <= :known_at
  GROUP BY site, rack, batch
  HAVING sum(quantity) > 0
)
SELECT idle.site AS subject, json_array(min(newest), max(newest)) AS entries,
       printf('%,d GPUs in %,d racks are installed at %s for more than %d days, and do not run',
         sum(quantity), count(DISTINCT rack), idle.site, :days) AS facts
FROM idle
JOIN event ON event.idx = idle.newest
WHERE julianday(event.valid_until) + :days < julianday(:as_of)
GROUP BY idle.site
