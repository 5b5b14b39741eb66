-- title: What still lies where it came
-- question: How much of what came to a site, as the file has it as `came`, is still in stock there?
-- with: lately
lying AS MATERIALIZED (
  SELECT came.*,
         iif((SELECT anything FROM lately),
           (SELECT sum(posting.quantity) FROM posting
            WHERE posting.rack IS came.rack AND posting.batch = came.batch AND book = 'possession'
              AND +posting.site = came.site AND state = 'stock' AND posting.valid_at < :as_of
              AND posting.idx <= :known_at),
           (SELECT sum(balance.quantity) FROM lot
            CROSS JOIN balance ON balance.lot = lot.lot AND balance.quantity <> 0
            CROSS JOIN account ON account.account = balance.account
            WHERE lot.rack IS came.rack AND lot.batch = came.batch AND book = 'possession'
              AND account.site = came.site AND state = 'stock')) AS left_there
  FROM came
)
