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
WITH RECURSIVE moved AS (
  SELECT posting.site, posting.model, posting.holder, posting.batch, posting.rack,
         posting.event_idx, sum(posting.quantity) AS quantity,
         CASE WHEN event.occurred LIKE '../%' THEN date(event.valid_at)
              ELSE substr(event.occurred || '-01-01', 1, 10) END AS day
  FROM posting JOIN event ON event.idx = posting.event_idx
  WHERE posting.book = 'possession' AND posting.state = 'operational'
    AND posting.valid_at < :as_of AND posting.idx <= :known_at
    AND (:site IS NULL OR posting.site = :site)
  GROUP BY posting.site, posting.model, posting.holder, posting.batch, posting.rack,
           posting.event_idx
  HAVING sum(posting.quantity) <> 0
),
quarter (starts) AS (
  SELECT printf('%s-%02d-01', substr(min(day), 1, 4), (substr(min(day), 6, 2) - 1) / 3 * 3 + 1)
  FROM moved HAVING count(*) > 0
  UNION ALL
  SELECT date(starts, '+3 months') FROM quarter
  WHERE date(starts, '+3 months') <= date(:as_of, '-12 hours')
),
standing AS (
  SELECT quarter.starts, moved.*,
         sum(quantity) OVER holding AS balance,
         sum(max(quantity, 0)) OVER (holding ORDER BY day DESC, event_idx DESC
                                     ROWS UNBOUNDED PRECEDING) AS arrived
  FROM quarter JOIN moved ON moved.day < date(quarter.starts, '+3 months')
  WINDOW holding AS (PARTITION BY quarter.starts, site, model, holder, batch, rack)
),
worded AS (
  SELECT idx AS event_idx, type LIKE 'StockOpened.%' AS opening,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = event.idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM event WHERE idx IN (SELECT event_idx FROM moved)
),
ran AS (
  SELECT starts, site, model, sum(quantity) AS quantity,
         sum(iif(NOT opening AND words < 2, rest, 0)) AS on_one_word,
         sum(iif(words >= 2, rest, 0)) AS on_two_words,
         sum(iif(opening AND words < 2, rest, 0)) AS on_opening
  FROM (SELECT *, max(0, min(max(quantity, 0), balance - (arrived - max(quantity, 0)))) AS rest
        FROM standing)
  JOIN worded USING (event_idx)
  GROUP BY starts, site, model
  HAVING sum(quantity) <> 0
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
