-- title: Who uses
-- question: Who uses how much running capacity, under which lease, and how much is unallocated?
-- parameters: lessee (party, optional, capacity that this party uses)
--             lease (lease, optional, capacity under this lease)
--             site (site, optional, capacity at this site)
-- columns: lessee: null for capacity that nobody leases
--          quantity: GPUs; unallocated below zero means that more is leased than runs
--          operational: GPUs of the model that run at the site, the same in each of its rows
--          on_one_word: GPUs whose newest allocation one party alone signed
--          on_two_words: GPUs whose newest allocation two parties or more signed or accepted
-- note: A lease whose quantity nobody stated posts nothing; `lease-book` lists it. Use by quantity
--       is of a site's pool and names no batch.
-- with: flow, total
WITH
-- What each event left on each account; a reversal carries the event that it reverses.
moved AS (
  SELECT lessee, lease, model, site, event_idx, sum(quantity) AS quantity,
         min(valid_at) AS valid_at
  FROM flow
  WHERE book = 'use' AND lessee <> '@capacity'
    AND (:lease IS NULL OR lease = :lease)
    AND (:lessee IS NULL OR lessee = :lessee)
    AND (:site IS NULL OR site = :site)
  GROUP BY lessee, lease, model, site, event_idx
  HAVING sum(quantity) <> 0
),
-- Newest first: of each arrival, what later arrivals leave unexplained of the balance.
stacked AS (
  SELECT *,
         sum(quantity) OVER account AS balance,
         sum(max(quantity, 0)) OVER (account ORDER BY valid_at DESC, event_idx DESC
                                     ROWS UNBOUNDED PRECEDING) AS arrived
  FROM moved
  WINDOW account AS (PARTITION BY lessee, lease, model, site)
),
worded AS (
  SELECT *,
         CASE WHEN quantity > 0
              THEN max(0, min(quantity, balance - (arrived - quantity))) ELSE 0 END AS rest,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = stacked.event_idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM stacked
  WHERE balance <> 0
),
used AS (
  SELECT lessee, lease, model, site, sum(quantity) AS quantity,
         sum(iif(words < 2, rest, 0)) AS on_one_word,
         sum(iif(words >= 2, rest, 0)) AS on_two_words
  FROM worded
  GROUP BY lessee, lease, model, site
),
running AS (
  SELECT model, site, sum(quantity) AS quantity
  FROM total
  WHERE book = 'possession' AND state = 'operational' AND site IN (SELECT site FROM used)
  GROUP BY model, site
)
SELECT nullif(used.lessee, '@unallocated') AS lessee, used.lease, used.model, used.site,
       used.quantity, coalesce(running.quantity, 0) AS operational, on_one_word, on_two_words
FROM used LEFT JOIN running ON running.site = used.site AND running.model = used.model
ORDER BY used.site, used.model, used.lessee = '@unallocated', used.lessee, used.lease
