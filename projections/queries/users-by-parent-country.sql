-- title: Users by the country of their parent
-- question: Who uses how much, by the country where the user's ultimate parent is said to be?
-- parameters: country (country, optional, users of whom anybody says this country)
--             lessee (party, optional, this user)
-- columns: parent_country: country declared; several where declarations differ; null unknown
--          quantity: GPUs in the book of use
--          on_whose_word: who declared which country, in which entry
--          checks: checks of the user that are on record, newest of each kind
--          end_use_entry: newest statement of end use by the user; null: none on record
-- note: A line for due diligence, and no finding of fact: use from another country is a service,
--       not an export of hardware. What anybody declares of a user or of its owners counts here.
WITH RECURSIVE picked AS (
  SELECT * FROM posting WHERE :lessee IS NOT NULL AND lessee = :lessee
  UNION ALL
  SELECT * FROM posting WHERE :lessee IS NULL AND lessee IS NOT NULL
),
used AS (
  SELECT lessee, model, site, sum(quantity) AS quantity
  FROM picked
  WHERE book = 'use' AND valid_at < :as_of AND idx <= :known_at
    AND lessee NOT IN ('@capacity', '@unallocated')
  GROUP BY lessee, model, site
  HAVING sum(quantity) <> 0
),
-- The newest word of each party on each share; "0" ended it.
share AS (
  SELECT owner, owned, percent,
         row_number() OVER (PARTITION BY event.asserted_by, owner, owned
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM ownership
  JOIN counting ON counting.event_idx = ownership.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = ownership.event_idx
  WHERE event.valid_at < :as_of AND owner IS NOT NULL
),
above (lessee, party) AS (
  SELECT DISTINCT lower(lessee), lower(lessee) FROM used
  UNION
  SELECT above.lessee, lower(share.owner)
  FROM above JOIN share ON share.owned = above.party
  WHERE share.newest = 1 AND share.percent IS NOT '0'
),
declared AS (
  SELECT party, coalesce(parent_country, country) AS country, event.asserted_by,
         headquarters.event_idx,
         row_number() OVER (PARTITION BY event.asserted_by, party
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM headquarters
  JOIN counting ON counting.event_idx = headquarters.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = headquarters.event_idx
  WHERE event.valid_at < :as_of
),
said AS (
  SELECT above.lessee, declared.country, declared.asserted_by, declared.event_idx
  FROM above JOIN declared ON declared.party = above.party
  WHERE declared.newest = 1
),
checked AS (
  SELECT party, kind, result,
         row_number() OVER (PARTITION BY party, kind
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM party_check
  JOIN counting ON counting.event_idx = party_check.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = party_check.event_idx
  WHERE event.valid_at < :as_of
)
SELECT (SELECT group_concat(country, ' or ') FROM
         (SELECT DISTINCT country FROM said
          WHERE used.lessee = said.lessee ORDER BY country)) AS parent_country,
       used.lessee, used.model, used.site, used.quantity,
       (SELECT group_concat(word, '; ') FROM
         (SELECT DISTINCT country || ': ' || asserted_by || ' (entry ' || event_idx || ')' AS word
          FROM said WHERE used.lessee = said.lessee ORDER BY country, event_idx)) AS on_whose_word,
       (SELECT group_concat(kind || ' ' || result, ', ') FROM
         (SELECT kind, result FROM checked
          WHERE checked.party = used.lessee AND newest = 1 ORDER BY kind)) AS checks,
       (SELECT max(end_use.event_idx) FROM end_use
        JOIN counting ON counting.event_idx = end_use.event_idx
          AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
        JOIN event ON event.idx = end_use.event_idx AND event.valid_at < :as_of
        WHERE end_use.end_user = used.lessee) AS end_use_entry
FROM used
WHERE :country IS NULL
   OR EXISTS (SELECT 1 FROM said WHERE used.lessee = said.lessee AND said.country = :country)
ORDER BY parent_country IS NULL, parent_country, used.lessee, used.model, used.site
