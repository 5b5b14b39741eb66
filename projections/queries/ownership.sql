-- title: Who stands behind a party
-- question: Where are the last owners of a party headquartered, and on whose word is that known?
-- parameters: party (party, required, the party)
-- columns: step: 0 the party itself, 1 its owners, 2 their owners
--          owner_of: the party below that it is said to own
--          evidenced: yes if another party than the one asked about and the one owned signed it
--          headquarters: every country declared of it, and by whom
--          ends: how the chain ends here: listed, state, natural; null where it goes on or is open
--          result: of the party asked about: known or unknown
--          reason: why
-- note: A report, and a party's own word, lengthen the chain and never end it. A holding whose
--       owners nobody named leaves the answer unknown. Known says where the last owners are, and
--       nothing of what follows from it.
WITH RECURSIVE registered AS (
  SELECT party.party, party.kind, party.country, max(party.event_idx) AS event_idx
  FROM party JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  GROUP BY party.party
),
-- Kinds that need no owner named, where another party than the subject stands for the kind.
ended AS (
  SELECT party, kind
  FROM registered
  WHERE kind IN ('listed', 'state', 'natural') AND EXISTS (
    SELECT 1 FROM
     (SELECT party, stance, max(via_idx) FROM signature
      WHERE signature.event_idx = registered.event_idx AND via_idx <= :known_at GROUP BY party)
      AS said
    WHERE stance IN ('signed', 'accepts')
      AND said.party <> registered.party AND said.party <> :party)
),
worded AS (
  SELECT ownership.*, event.asserted_by, event.basis,
         row_number() OVER (PARTITION BY event.asserted_by, owner, owned
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM ownership
  JOIN counting ON counting.event_idx = ownership.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = ownership.event_idx
  WHERE event.valid_at < :as_of
),
share AS (
  SELECT event_idx, owner, owned, percent, direct, asserted_by,
         basis <> 'third_party_report' AND EXISTS (
           SELECT 1 FROM
            (SELECT party, stance, max(via_idx) FROM signature
             WHERE signature.event_idx = worded.event_idx AND via_idx <= :known_at GROUP BY party)
             AS said
           WHERE stance IN ('signed', 'accepts')
             AND said.party <> worded.owned AND said.party <> :party) AS evidenced
  FROM worded
  WHERE newest = 1 AND percent IS NOT '0' AND owner IS NOT NULL
),
above (party, step) AS (
  SELECT lower(:party), 0
  UNION
  SELECT lower(share.owner), above.step + 1
  FROM above JOIN share ON share.owned = above.party
  WHERE above.step < 32 AND NOT EXISTS (SELECT 1 FROM ended WHERE ended.party = above.party)
),
node AS (
  SELECT party, min(step) AS step FROM above GROUP BY party
),
-- One figure for each owner, the largest that is evidenced; an unknown share is taken as enough.
named_owner AS (
  SELECT owned, owner, max(coalesce(CAST(percent AS REAL), 100)) AS percent
  FROM share WHERE evidenced GROUP BY owned, owner
),
declared AS (
  SELECT headquarters.party, coalesce(parent_country, headquarters.country) AS country,
         event.asserted_by, headquarters.event_idx,
         event.basis <> 'third_party_report' AND event.asserted_by <> headquarters.party
           AND event.asserted_by <> :party AS evidenced,
         row_number() OVER (PARTITION BY event.asserted_by, headquarters.party
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM headquarters
  JOIN counting ON counting.event_idx = headquarters.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = headquarters.event_idx
  WHERE event.valid_at < :as_of
),
judged AS (
  SELECT node.party, node.step, registered.kind, registered.country, ended.kind AS ends,
         CASE
           WHEN ended.kind = 'natural' THEN NULL
           WHEN ended.kind IS NOT NULL THEN
             CASE WHEN NOT EXISTS (SELECT 1 FROM declared
                                   WHERE declared.party = node.party AND newest = 1 AND evidenced)
                  THEN 'headquarters not evidenced' END
           WHEN coalesce((SELECT sum(percent) FROM named_owner
                          WHERE named_owner.owned = node.party), 0) = 0
             THEN 'owners not evidenced'
           WHEN (SELECT sum(percent) FROM named_owner WHERE named_owner.owned = node.party) <= 50
             THEN 'owners of more than half not evidenced'
           WHEN node.step >= 32 THEN 'the chain goes on beyond 32 owners'
         END AS open
  FROM node
  LEFT JOIN registered ON registered.party = node.party
  LEFT JOIN ended ON ended.party = node.party
),
verdict AS (
  SELECT CASE
           WHEN open IS NOT NULL THEN
             CASE WHEN step > 0 AND country IS NULL THEN 'parent ' || party || ' of unknown country'
                  WHEN step > 0 THEN 'registered parent in ' || country
                  WHEN country IS NULL THEN 'registered country unknown'
                  ELSE 'registered in ' || country END || ', ' || open
           WHEN NOT EXISTS (SELECT 1 FROM judged WHERE ends IS NOT NULL)
             THEN 'the owners own each other'
         END AS why
  FROM judged
  ORDER BY open IS NULL, step DESC, party
  LIMIT 1
)
SELECT judged.step, judged.party, judged.kind, judged.country AS registered_in,
       share.owned AS owner_of, share.percent, share.direct,
       share.asserted_by AS on_whose_word, share.evidenced,
       (SELECT group_concat(word, '; ') FROM
         (SELECT country || ': ' || asserted_by || ' (entry ' || event_idx || ')' AS word
          FROM declared WHERE declared.party = judged.party AND newest = 1
          ORDER BY country, event_idx)) AS headquarters,
       judged.ends,
       CASE judged.step WHEN 0 THEN iif(verdict.why IS NULL, 'known', 'unknown') END AS result,
       CASE judged.step WHEN 0 THEN coalesce(verdict.why,
         (SELECT 'headquartered in ' || group_concat(country, ', ') FROM
           (SELECT DISTINCT declared.country FROM declared
            JOIN judged AS last ON last.party = declared.party AND last.ends IS NOT NULL
            WHERE newest = 1 ORDER BY declared.country)),
         'owned by natural persons') END AS reason,
       share.event_idx AS entry
FROM judged CROSS JOIN verdict
LEFT JOIN share ON share.owner = judged.party AND judged.step > 0
  AND share.owned IN (SELECT party FROM node)
ORDER BY judged.step, judged.party, share.event_idx
