-- title: Whose word the figures rest on
-- question: How many units of each book rest on one party's word, on two parties', or on an
--           opening balance, and who signed?
-- parameters: party (party, optional, what this party holds, owns or uses)
--             site (site, optional, possession and use at this site)
--             batch (batch, optional, possession and title of this batch)
-- columns: account: who holds, owns or uses; a name with @ is no party
--          share: percent of all units of the book that are asked about
--          rests_on: two words, one word, or opening balance
--          signed_by: who signed or accepted it, and took no other stance since
--          entries: how many entries it rests on
--          newest_entry: the newest of them
-- note: Two words: two parties or more signed or accepted it, as each of them said last. An opening
--       balance is the word of one party alone that units were there already. Counted by what came
--       last into an account, as in `where`, `title` and `use`; `balances` lists accounts below
--       zero. A signature shows who says so, not that it is so.
-- with: standing, standing_lots, word_of, flow
WITH asked AS NOT MATERIALIZED (
  SELECT account
  FROM account
  WHERE book = 'possession' AND holder NOT IN ('@commissioned', '@opening')
    AND (:party IS NULL OR holder = :party) AND (:site IS NULL OR site = :site)
),
picked AS (SELECT account FROM asked WHERE :batch IS NULL),
picked_lot AS (SELECT lot FROM lot WHERE :batch IS NOT NULL AND batch = :batch),
standing AS (
  SELECT *, NULL AS apart FROM accounts_standing
  UNION ALL
  SELECT *, NULL FROM lots_standing
  WHERE EXISTS (SELECT 1 FROM asked WHERE asked.account = lots_standing.account)
),
-- What each event left on each account of the other two books.
left_there AS (
  SELECT account, iif(book = 'use', NULL, batch) AS batch, event_idx, sum(quantity) AS quantity,
         min(valid_at) AS valid_at
  FROM flow
  WHERE book <> 'possession' AND coalesce(owner, lessee) NOT IN ('@commissioned', '@opening', '@capacity')
    AND (:party IS NULL OR coalesce(owner, lessee) = :party COLLATE NOCASE)
    AND (:site IS NULL OR (book <> 'title' AND site = :site))
    AND (:batch IS NULL OR (book <> 'use' AND batch = :batch))
  GROUP BY account, iif(book = 'use', NULL, batch), event_idx
  HAVING sum(quantity) <> 0
),
newest_first AS (
  SELECT *,
         sum(quantity) OVER holding AS balance,
         sum(max(quantity, 0)) OVER (holding ORDER BY valid_at DESC, event_idx DESC
                                     ROWS UNBOUNDED PRECEDING) AS arrived
  FROM left_there
  WINDOW holding AS (PARTITION BY account, batch)
),
rest_of AS (
  SELECT account, event_idx, rest FROM summed
  UNION ALL
  SELECT account, event_idx, max(0, min(quantity, balance - (arrived - quantity)))
  FROM newest_first
  WHERE balance > 0 AND quantity > 0
),
rested AS MATERIALIZED (
  SELECT book, coalesce(holder, owner, lessee) AS account, iif(book = 'title', NULL, site) AS site,
         model, event_idx, sum(rest) AS quantity
  FROM rest_of JOIN account ON account.account = rest_of.account
  WHERE rest > 0
  GROUP BY book, coalesce(holder, owner, lessee), iif(book = 'title', NULL, site), model, event_idx
),
signed AS (
  SELECT event_idx, count(*) AS words, group_concat(party, ', ') AS signed_by
  FROM (
    SELECT event_idx, party, stance, max(via_idx)
    FROM signature
    WHERE via_idx <= :known_at AND event_idx IN (SELECT event_idx FROM rested)
    GROUP BY event_idx, signature.party
    ORDER BY event_idx, signature.party)
  WHERE stance IN ('signed', 'accepts')
  GROUP BY event_idx
)
SELECT book, account, site, model, sum(quantity) AS quantity,
       printf('%.1f', 100.0 * sum(quantity) / sum(sum(quantity)) OVER (PARTITION BY book)) AS share,
       CASE WHEN words >= 2 THEN 'two words'
            WHEN event.type LIKE 'StockOpened.%' THEN 'opening balance'
            ELSE 'one word' END AS rests_on,
       signed_by, count(DISTINCT event.idx) AS entries, max(event.idx) AS newest_entry
FROM rested
JOIN event ON event.idx = rested.event_idx
LEFT JOIN signed ON signed.event_idx = rested.event_idx
GROUP BY book, account, site, model, rests_on, signed_by
ORDER BY book, account, site, model, rests_on, signed_by
