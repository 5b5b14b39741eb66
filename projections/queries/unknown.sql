-- title: What is not known
-- question: What do the figures of a site leave open: of users, owners, models, leases, serial numbers
--           and signatures?
-- parameters: site (site, optional, this site; what no site is known of is listed all the same)
-- columns: unknown: what is not known
--          about: of whom, or of what
--          quantity: GPUs concerned; null where their number is what is unknown
--          on_one_word: GPUs of quantity known on one party's word alone; null where not judged here
--          entry: where to look first
-- note: What nobody recorded may exist all the same. A line here is no reproach: it says what the
--       other figures cannot show.
-- with: flow, place
WITH held AS (
  SELECT holder, site, model, batch, sum(summed.quantity) AS quantity, max(event_idx) AS event_idx
  FROM (SELECT account, batch, sum(quantity) AS quantity, max(event_idx) AS event_idx
        FROM flow
        WHERE book = 'possession' AND site IS NOT NULL AND (:site IS NULL OR site = :site)
        GROUP BY account, batch) AS summed
  CROSS JOIN account ON account.account = summed.account
  GROUP BY holder, site, model, batch
  HAVING sum(summed.quantity) > 0
),
used AS (
  SELECT lessee, lease, sum(quantity) AS quantity, max(event_idx) AS event_idx
  FROM flow
  WHERE book = 'use' AND lessee NOT IN ('@capacity', '@unallocated') AND (:site IS NULL OR site = :site)
  GROUP BY lessee, lease
  HAVING sum(quantity) > 0
),
worded_use AS (
  SELECT used.*, (SELECT count(*) FROM
                   (SELECT stance, max(via_idx) FROM signature
                    WHERE signature.event_idx = used.event_idx AND via_idx <= :known_at
                    GROUP BY party)
                  WHERE stance IN ('signed', 'accepts')) AS words
  FROM used
),
user AS (
  SELECT lessee, sum(quantity) AS quantity, sum(iif(words < 2, quantity, 0)) AS on_one_word,
         max(event_idx) AS event_idx
  FROM worded_use GROUP BY lessee
),
said_country AS (
  SELECT headquarters.party
  FROM headquarters
  JOIN counting ON counting.event_idx = headquarters.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = headquarters.event_idx
  WHERE event.valid_at < :as_of
),
said_owner AS (
  SELECT ownership.owned
  FROM ownership
  JOIN counting ON counting.event_idx = ownership.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = ownership.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND ownership.owner IS NOT NULL AND ownership.percent IS NOT '0'
),
kind_of AS (
  SELECT party.party, party.kind, max(party.event_idx)
  FROM party JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  GROUP BY party.party
),
stated_use AS (
  SELECT end_use.end_user
  FROM end_use
  JOIN counting ON counting.event_idx = end_use.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = end_use.event_idx
  WHERE event.valid_at < :as_of
),
classified AS (
  SELECT model.model AS called, model.eccn, model.tpp
  FROM model
  JOIN counting ON counting.event_idx = model.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = model.event_idx
  WHERE event.valid_at < :as_of
  UNION ALL
  SELECT model_alias.alias, model.eccn, model.tpp
  FROM model_alias
  JOIN model ON model.event_idx = model_alias.event_idx
  JOIN counting ON counting.event_idx = model.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = model.event_idx
  WHERE event.valid_at < :as_of
),
holding AS (
  SELECT model, sum(quantity) AS quantity, max(event_idx) AS event_idx FROM held GROUP BY model
),
made AS (
  SELECT event_idx, batch, quantity FROM batch
  UNION ALL
  SELECT event_idx, line.batch, line.quantity FROM stock_opening JOIN line USING (event_idx)
),
batch_made AS (
  SELECT made.batch, sum(made.quantity) AS quantity
  FROM made
  JOIN counting ON counting.event_idx = made.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = made.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND made.batch IN (SELECT batch FROM held)
  GROUP BY made.batch
),
numbered AS (
  SELECT unit.batch, count(DISTINCT unit.serial) AS quantity
  FROM unit
  JOIN counting ON counting.event_idx = unit.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE unit.valid_at < :as_of AND unit.batch IN (SELECT batch FROM held)
  GROUP BY unit.batch
),
unnumbered AS (
  SELECT batch_made.batch, batch_made.quantity - coalesce(numbered.quantity, 0) AS quantity
  FROM batch_made LEFT JOIN numbered ON numbered.batch = batch_made.batch
  WHERE batch_made.quantity > coalesce(numbered.quantity, 0)
),
unowned AS (
  SELECT batch, sum(quantity) AS quantity, max(event_idx) AS event_idx
  FROM flow
  WHERE book = 'title' AND owner = '@unknown' AND batch IN (SELECT batch FROM held)
  GROUP BY batch
  HAVING sum(quantity) > 0
),
leasing AS (
  SELECT lease.lease, lease.lessee, lease.event_idx, event.basis
  FROM lease
  JOIN counting ON counting.event_idx = lease.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = lease.event_idx
  WHERE event.valid_at < :as_of AND lease.pool_quantity IS NULL
    AND (:site IS NULL OR lease.site IS NULL OR lease.site = :site)
    AND NOT EXISTS (SELECT 1 FROM line WHERE line.event_idx = lease.event_idx)
    AND NOT EXISTS (
      SELECT 1 FROM lease_end
      JOIN counting ON counting.event_idx = lease_end.event_idx
        AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
      JOIN event ON event.idx = lease_end.event_idx
      WHERE lease_end.lease = lease.lease AND lease_end.lessee = lease.lessee
        AND event.valid_at < :as_of)
),
unsigned AS (
  SELECT expected.party, event.idx,
         (SELECT sum(max(posting.quantity, 0)) FROM posting
          WHERE posting.event_idx = event.idx AND posting.idx <= :known_at
            AND posting.book = iif(event.type LIKE 'Lease%', 'use',
                                   iif(event.type LIKE 'Title%', 'title', 'possession')))
           AS quantity
  FROM expected
  JOIN event ON event.idx = expected.event_idx
  JOIN counting ON counting.event_idx = event.idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE event.valid_at < :as_of
    AND NOT EXISTS (SELECT 1 FROM signature
                    WHERE signature.event_idx = event.idx AND via_idx <= :known_at
                      AND signature.party = expected.party)
    AND (:site IS NULL
         OR EXISTS (SELECT 1 FROM named WHERE named.kind = 'site' AND named.value = :site
                      AND named.event_idx = event.idx))
),
line_of AS (
  SELECT 1 AS place, 'where a user''s parent is' AS unknown, lessee AS about, quantity, on_one_word,
         event_idx AS entry
  FROM user WHERE lessee NOT IN (SELECT party FROM said_country)
  UNION ALL
  SELECT 2, 'who owns a user', user.lessee, user.quantity, user.on_one_word, user.event_idx
  FROM user LEFT JOIN kind_of ON kind_of.party = user.lessee
  WHERE coalesce(kind_of.kind, '') NOT IN ('listed', 'state', 'natural')
    AND user.lessee NOT IN (SELECT owned FROM said_owner)
  UNION ALL
  SELECT 3, 'end use of a user', lessee, quantity, on_one_word, event_idx
  FROM user WHERE lessee NOT IN (SELECT end_user FROM stated_use)
  UNION ALL
  SELECT 4, 'quantity of a lease',
         lease || ' to ' || lessee || iif(basis = 'third_party_report', ', as reported', ''), NULL,
         NULL, event_idx
  FROM leasing
  UNION ALL
  SELECT 5, 'who owns a holder', held.holder, sum(held.quantity), NULL, max(held.event_idx)
  FROM held LEFT JOIN kind_of ON kind_of.party = held.holder
  WHERE coalesce(kind_of.kind, '') NOT IN ('listed', 'state', 'natural')
    AND held.holder NOT IN (SELECT owned FROM said_owner)
  GROUP BY held.holder
  UNION ALL
  SELECT 6, 'owner of a batch', batch, quantity, NULL, event_idx FROM unowned
  UNION ALL
  SELECT 7, 'class of a model', model, quantity, NULL, event_idx
  FROM holding
  WHERE NOT EXISTS (SELECT 1 FROM classified
                    WHERE called = model COLLATE NOCASE AND eccn IS NOT NULL)
  UNION ALL
  SELECT 8, 'computing power of a model', model, quantity, NULL, event_idx
  FROM holding
  WHERE NOT EXISTS (SELECT 1 FROM classified
                    WHERE called = model COLLATE NOCASE AND tpp IS NOT NULL)
  UNION ALL
  SELECT 9, 'country of a site', held.site, sum(held.quantity), NULL, max(held.event_idx)
  FROM held LEFT JOIN place ON place.site = held.site
  WHERE place.country IS NULL GROUP BY held.site
  UNION ALL
  SELECT 10, 'serial numbers of a batch', batch, quantity, NULL,
         (SELECT max(event_idx) FROM held WHERE held.batch = unnumbered.batch)
  FROM unnumbered
  UNION ALL
  SELECT 11, 'signature that is expected of a party', party, sum(quantity), sum(quantity), min(idx)
  FROM unsigned GROUP BY party
)
SELECT unknown, about, quantity, on_one_word, entry
FROM line_of
ORDER BY place, about
