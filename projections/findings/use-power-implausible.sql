-- code: POWER-IMPLAUSIBLE
-- title: Running units and the site's power do not fit
-- severity: high
-- basis: red flag of the guidance of May 2025: no infrastructure to run the circuits
-- explains: an attestation that is older than the last extension; units that draw less
-- note: A GPU of a rack-scale system is taken as a share of 120 kW a rack of 72. Where nobody attested
--       power it is not decidable.
-- subject: site
-- thresholds: watts (1667, watts for each GPU with its share of the rack)
--             least (10, percent of that which metered energy must reach)
--             gpus (72, GPUs from which a site is looked at)
-- with: word, flow
WITH running AS (
  SELECT site, sum(quantity) AS gpus, max(event_idx) AS newest
  FROM flow
  WHERE book = 'possession' AND site IS NOT NULL AND (:subject IS NULL OR flow.site = :subject)
    AND state = 'operational'
  GROUP BY site
  HAVING sum(quantity) >= :gpus
),
attested AS (
  SELECT site_capacity.site, site_capacity.event_idx, site_capacity.it_megawatts,
         max(word.valid_at || printf('%012d', word.idx))
  FROM site_capacity JOIN word ON word.idx = site_capacity.event_idx
  WHERE site_capacity.it_megawatts IS NOT NULL
    AND (:subject IS NULL OR site_capacity.site = :subject)
  GROUP BY site_capacity.site
),
metered AS (
  SELECT site_capacity.site, site_capacity.event_idx, site_capacity.metered_mwh,
         site_capacity.period, site_capacity.period_start, site_capacity.period_end
  FROM site_capacity JOIN word ON word.idx = site_capacity.event_idx
  WHERE site_capacity.metered_mwh IS NOT NULL AND site_capacity.period_start IS NOT NULL
    AND (:subject IS NULL OR site_capacity.site = :subject)
),
at_start AS (
  SELECT metered.*,
         (SELECT sum(flow.quantity) FROM flow
          WHERE flow.site = metered.site AND book = 'possession' AND state = 'operational'
            AND flow.valid_at < metered.period_start) AS gpus
  FROM metered
)
SELECT running.site AS subject, json_array(running.newest, attested.event_idx) AS entries,
       printf('%,d GPUs run at %s, which would draw %.1f MW; %s', running.gpus, running.site,
         running.gpus * :watts / 1e6,
         coalesce(attested.it_megawatts || ' MW are attested', 'nobody attested its power'))
         AS facts,
       iif(attested.site IS NULL, 'not decidable', 'indicator') AS certainty,
       iif(attested.site IS NULL, 'low', 'high') AS severity
FROM running LEFT JOIN attested ON attested.site = running.site
WHERE attested.site IS NULL
   OR running.gpus * :watts > CAST(attested.it_megawatts AS REAL) * 1e6
UNION ALL
SELECT site, json_array(event_idx),
       printf('%s MWh are metered at %s for %s, while %,d GPUs were running', metered_mwh, site,
         period, gpus),
       'indicator', 'high'
FROM at_start
WHERE gpus >= :gpus
  AND CAST(metered_mwh AS REAL) * 100
      < gpus * :watts / 1e6 * (julianday(period_end) - julianday(period_start)) * 24 * :least
