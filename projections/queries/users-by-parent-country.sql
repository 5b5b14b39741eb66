-- title: Users by the country of their parent
-- question: Who uses how much, by the country where the user's ultimate parent is said to be?
-- parameters: country (country, optional, users of whom anybody says this country)
--             lessee (party, optional, this user)
--             site (site, optional, what is used at this site)
-- columns: parent_country: country declared; several where declarations differ; null unknown
--          quantity: GPUs in the book of use
--          since: when the oldest lease of it began that still stands
--          on_one_word: GPUs whose newest allocation one party alone signed
--          on_two_words: GPUs whose newest allocation two parties or more signed or accepted
--          on_whose_word: who declared which country, in which entry
--          checks: checks of the user that are on record, newest of each kind
--          end_use_entry: newest statement of end use by the user; null: none on record
--          papers: documents with its checks and statements, those that came later too
-- note: A line for due diligence, and no finding of fact: use from another country is a service,
--       not an export of hardware. What anybody declares of a user or of its owners counts here.
WITH RECURSIVE moved AS (
  SELECT lessee, lease, model, site, movement.event_idx, sum(movement.quantity) AS quantity,
         min(event.valid_at) AS valid_at
  FROM account
  CROSS JOIN movement ON movement.account = account.account
  CROSS JOIN event ON event.idx = movement.event_idx
  WHERE book = 'use' AND event.valid_at < :as_of AND movement.idx <= :known_at
    AND lessee NOT IN ('@capacity', '@unallocated')
    AND (:lessee IS NULL OR lessee = :lessee) AND (:site IS NULL OR site = :site)
  GROUP BY lessee, lease, model, site, movement.event_idx
  HAVING sum(movement.quantity) <> 0
),
-- Newest first: of each arrival, what later arrivals leave unexplained of the balance.
stacked AS (
  SELECT *, sum(quantity) OVER standing AS balance,
         sum(max(quantity, 0)) OVER (standing ORDER BY valid_at DESC, event_idx DESC
                                     ROWS UNBOUNDED PRECEDING) AS arrived
  FROM moved
  WINDOW standing AS (PARTITION BY lessee, lease, model, site)
),
used AS (
  SELECT lessee, model, site, sum(quantity) AS quantity,
         min(CASE WHEN balance > 0 AND quantity > 0
                  THEN stacked.valid_at || event.occurred END) AS since,
         sum(iif(words < 2, rest, 0)) AS on_one_word,
         sum(iif(words >= 2, rest, 0)) AS on_two_words
  FROM (SELECT *, max(0, min(max(quantity, 0), balance - (arrived - max(quantity, 0)))) AS rest,
               (SELECT count(*) FROM
                 (SELECT stance, max(via_idx) FROM signature
                  WHERE signature.event_idx = stacked.event_idx AND via_idx <= :known_at
                  GROUP BY party)
                WHERE stance IN ('signed', 'accepts')) AS words
        FROM stacked) AS stacked
  JOIN event ON event.idx = stacked.event_idx
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
),
about AS (
  SELECT party, event_idx FROM party_check
  UNION
  SELECT end_user, event_idx FROM end_use
  UNION
  SELECT party, event_idx FROM party
),
paper AS (
  SELECT about.party, document_ref.title
  FROM about
  JOIN event ON event.idx = about.event_idx
  JOIN document_ref ON document_ref.event_idx = about.event_idx
  WHERE about.party IN (SELECT lessee FROM used) AND about.event_idx <= :known_at
    AND event.valid_at < :as_of
  UNION
  SELECT about.party, document_ref.title
  FROM about
  JOIN event ON event.idx = about.event_idx
  JOIN attachment ON attachment.target_id = event.id
  JOIN event AS adding ON adding.idx = attachment.event_idx
  JOIN document_ref ON document_ref.event_idx = attachment.event_idx
  WHERE about.party IN (SELECT lessee FROM used) AND attachment.event_idx <= :known_at
    AND adding.valid_at < :as_of
)
SELECT (SELECT group_concat(country, ' or ') FROM
         (SELECT DISTINCT country FROM said
          WHERE used.lessee = said.lessee ORDER BY country)) AS parent_country,
       used.lessee, used.model, used.site, used.quantity, substr(used.since, 21) AS since,
       used.on_one_word, used.on_two_words,
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
        WHERE end_use.end_user = used.lessee) AS end_use_entry,
       (SELECT group_concat(title, '; ') FROM
         (SELECT DISTINCT title FROM paper WHERE paper.party = used.lessee ORDER BY title)
       ) AS papers
FROM used
WHERE :country IS NULL
   OR EXISTS (SELECT 1 FROM said WHERE used.lessee = said.lessee AND said.country = :country)
ORDER BY parent_country IS NULL, parent_country, used.lessee, used.model, used.site
