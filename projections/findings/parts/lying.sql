-- title: What still lies where it came
-- question: How much of what came to a site, as the file has it as `came`, is still in stock there?
lying AS NOT MATERIALIZED (
  SELECT came.*,
         (SELECT sum(posting.quantity) FROM posting
          WHERE posting.rack IS came.rack AND posting.batch = came.batch AND book = 'possession'
            AND +posting.site = came.site AND state = 'stock' AND posting.valid_at < :as_of
            AND posting.idx <= :known_at) AS left_there
  FROM came
)
