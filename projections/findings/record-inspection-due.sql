-- code: INSPECTION-DUE
-- title: Nobody independent looked for long
-- severity: medium
-- basis: 15 CFR 748.15: on-site reviews; a figure that nobody checked is a claim
-- explains: an inspection that is recorded elsewhere
-- subject: site
-- waits: yes
-- thresholds: days (180, days without an inspection)
--             gpus (72, GPUs from which a site is looked at)
-- with: word, flow
WITH held AS (
  SELECT site, sum(quantity) AS gpus, max(event_idx) AS newest, min(valid_at) AS since
  FROM flow
  WHERE book = 'possession' AND site IS NOT NULL AND (:subject IS NULL OR flow.site = :subject)
    AND state = 'operational'
  GROUP BY site
  HAVING sum(quantity) >= :gpus
),
seen AS (
  SELECT held.*,
         (SELECT max(word.valid_until || printf('%012d', word.idx))
          FROM inspection JOIN word ON word.idx = inspection.event_idx
          WHERE inspection.site = held.site AND inspection.host IS NOT word.asserted_by) AS last
  FROM held
)
SELECT site AS subject, json_array(newest, CAST(substr(last, 21) AS INTEGER)) AS entries,
       printf('%,d GPUs run at %s; %s', gpus, site,
         coalesce('last inspected on '
           || (SELECT event.occurred FROM event WHERE event.idx = CAST(substr(last, 21) AS INTEGER)),
           'it was never inspected'))
         AS facts
FROM seen
WHERE julianday(coalesce(substr(last, 1, 20), since)) + :days < julianday(:as_of)
