-- title: Figures that became others
-- question: Which figures of the three books are others now than the ledger knew at an entry?
-- parameters: since (entry, required, as it was known at this entry)
-- columns: account: who holds, owns or uses; a name with @ is no party
--          was: GPUs, as it was known then
--          now: GPUs, as it is known now
--          entries: how many entries changed it
--          on_one_word: how many of those entries one party alone signed
--          newest_entry: the newest of them
-- note: Both answers are about the same moment; only what was known differs.
-- with: flow
WITH news AS (
  SELECT book, coalesce(holder, owner, lessee) AS account, iif(book = 'title', NULL, site) AS site,
         state, shipment, lease, model, idx, event_idx, quantity
  FROM flow
  WHERE idx > :since AND coalesce(holder, owner, lessee) NOT IN ('@commissioned', '@opening', '@capacity')
),
changed AS (
  SELECT book, account, site, state, shipment, lease, model, sum(quantity) AS quantity,
         count(DISTINCT idx) AS entries, max(idx) AS newest_entry,
         count(DISTINCT iif((SELECT count(*) FROM
                              (SELECT stance, max(via_idx) FROM signature
                               WHERE signature.event_idx = news.event_idx AND via_idx <= :known_at
                               GROUP BY party)
                             WHERE stance IN ('signed', 'accepts')) < 2, idx, NULL)) AS on_one_word
  FROM news
  GROUP BY book, account, site, state, shipment, lease, model
  HAVING sum(quantity) <> 0
),
before AS (
  SELECT book, coalesce(holder, owner, lessee) AS account, iif(book = 'title', NULL, site) AS site,
         state, shipment, lease, model, sum(quantity) AS quantity
  FROM flow
  WHERE idx <= :since AND EXISTS (SELECT 1 FROM changed)
  GROUP BY book, coalesce(holder, owner, lessee), iif(book = 'title', NULL, site), state, shipment,
           lease, model
)
SELECT changed.book, changed.account, changed.site, changed.state, changed.shipment, changed.lease,
       changed.model, coalesce(before.quantity, 0) AS was,
       coalesce(before.quantity, 0) + changed.quantity AS now,
       changed.entries, changed.on_one_word, changed.newest_entry
FROM changed
LEFT JOIN before ON before.book = changed.book AND before.account = changed.account
  AND before.site IS changed.site AND before.state IS changed.state
  AND before.shipment IS changed.shipment AND before.lease IS changed.lease
  AND before.model = changed.model
ORDER BY changed.book, changed.account, changed.site, changed.state, changed.shipment,
         changed.lease, changed.model
