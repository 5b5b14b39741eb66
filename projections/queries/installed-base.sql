-- title: Installed base by quarter
-- question: How many chips ran at the end of each quarter, in which country, run by whom, and how
--           much computing power is that?
-- parameters: country (country, optional, sites in this country)
--             site (site, optional, this site)
--             against (model, optional, count in equivalents of this model too)
-- columns: quarter: the last of them ends at the moment asked about
--          operator: of the site, as it was last registered
--          operational: GPUs that ran at the end of the quarter
--          tpp: total processing performance of one chip, as its newest classification states it
--          tpp_total: of all of them; null where nobody classified the model with a figure
--          equivalents: so many chips of the model asked for have the same
--          on_one_word: GPUs whose start one party alone signed
--          on_two_words: GPUs whose start two parties or more signed or accepted
--          on_opening: GPUs that ran when stock was opened, on the word of one party alone
-- note: Computed from the figures that were recorded with the models, which are claims. Days are
--       those that the events name; a date that is only known to be before another is read as UTC.
-- with: place, rated
WITH RECURSIVE moved AS MATERIALIZED (
  SELECT account.account, posted.lot, posted.event_idx, sum(posted.quantity) AS quantity
  FROM account
  CROSS JOIN posted ON posted.account = account.account
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE account.book = 'possession' AND account.state = 'operational'
    AND (:site IS NULL OR account.site = :site)
    AND event.valid_at < :as_of AND posted.idx <= :known_at
  GROUP BY account.account, posted.lot, posted.event_idx
  HAVING sum(posted.quantity) <> 0
),
happened AS MATERIALIZED (
  SELECT idx AS event_idx, type LIKE 'StockOpened.%' AS opening,
         CASE WHEN occurred LIKE '../%' THEN date(valid_at)
              ELSE substr(occurred || '-01-01', 1, 10) END AS day,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = event.idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM event WHERE idx IN (SELECT event_idx FROM moved)
),
quarter (starts) AS (
  SELECT printf('%s-%02d-01', substr(min(day), 1, 4), (substr(min(day), 6, 2) - 1) / 3 * 3 + 1)
  FROM happened HAVING count(*) > 0
  UNION ALL
  SELECT date(starts, '+3 months') FROM quarter
  WHERE date(starts, '+3 months') <= date(:as_of, '-12 hours')
),
-- What came once and never moved again rests on its one event in every quarter since.
lying AS MATERIALIZED (
  SELECT account, lot, min(event_idx) AS event_idx, sum(quantity) AS quantity, count(*) AS moves
  FROM moved GROUP BY account, lot
),
standing AS (
  SELECT quarter.starts, moved.account, moved.event_idx, moved.quantity,
         sum(moved.quantity) OVER holding AS balance,
         sum(max(moved.quantity, 0)) OVER (holding ORDER BY happened.day DESC, moved.event_idx DESC
                                           ROWS UNBOUNDED PRECEDING) AS arrived
  FROM lying
  CROSS JOIN moved ON moved.account = lying.account AND moved.lot = lying.lot
  CROSS JOIN happened ON happened.event_idx = moved.event_idx
  CROSS JOIN quarter ON happened.day < date(quarter.starts, '+3 months')
  WHERE lying.moves > 1
  WINDOW holding AS (PARTITION BY quarter.starts, moved.account, moved.lot)
),
brought AS (
  SELECT quarter.starts, once.*
  FROM (SELECT account, event_idx, sum(quantity) AS quantity, sum(max(quantity, 0)) AS rest
        FROM lying WHERE moves = 1 GROUP BY account, event_idx) AS once
  CROSS JOIN happened ON happened.event_idx = once.event_idx
  CROSS JOIN quarter ON happened.day < date(quarter.starts, '+3 months')
  UNION ALL
  SELECT starts, account, event_idx, quantity,
         max(0, min(max(quantity, 0), balance - (arrived - max(quantity, 0))))
  FROM standing
),
ran AS (
  SELECT starts, account.site, account.model, sum(brought.quantity) AS quantity,
         sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
         sum(iif(words >= 2, rest, 0)) AS on_two_words,
         sum(iif(opening AND words < 2, rest, 0)) AS on_opening
  FROM brought
  CROSS JOIN happened ON happened.event_idx = brought.event_idx
  CROSS JOIN account ON account.account = brought.account
  GROUP BY starts, account.site, account.model
  HAVING sum(brought.quantity) <> 0
)
SELECT substr(starts, 1, 4) || '-Q' || ((substr(starts, 6, 2) + 2) / 3) AS quarter,
       place.country, ran.site, place.operator, ran.model, ran.quantity AS operational,
       rated.tpp, CAST(round(ran.quantity * CAST(rated.tpp AS REAL)) AS INTEGER) AS tpp_total,
       CASE WHEN :against IS NOT NULL THEN
         printf('%.1f', ran.quantity * CAST(rated.tpp AS REAL) / nullif(
           (SELECT CAST(other.tpp AS REAL) FROM rated AS other
            WHERE other.called = :against COLLATE NOCASE), 0)) END AS equivalents,
       on_one_word, on_two_words, on_opening
FROM ran
LEFT JOIN place ON place.site = ran.site
LEFT JOIN rated ON rated.called = ran.model COLLATE NOCASE
WHERE (:country IS NULL OR place.country = :country)
ORDER BY starts, place.country, ran.site, ran.model
