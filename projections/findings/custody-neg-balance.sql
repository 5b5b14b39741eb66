-- code: NEG-BALANCE
-- title: More left an account than came into it
-- severity: critical
-- basis: conservation: nobody gives away what he does not have
-- explains: an entry that is missing, late, or names another party, site, state or rack
-- note: Dates are taken as the entries allow at best: what came, as early as its date lets it; what
--       left, as late. Where only the books' own order is below zero it cannot be excluded.
-- subject: batch
WITH doubtful AS MATERIALIZED (
  -- Of most accounts all that came did so before anything left: these need no second look.
  SELECT book AS of_book, coalesce(holder, owner) AS party, site, state, shipment, model, batch,
         iif(book = 'possession', rack, NULL) AS of_rack
  FROM posting
  WHERE book <> 'use' AND batch IS NOT NULL AND (:subject IS NULL OR posting.batch = :subject)
    AND valid_at < :as_of AND idx <= :known_at
    AND substr(coalesce(holder, owner), 1, 1) <> '@'
  GROUP BY of_book, party, site, state, shipment, model, batch, of_rack
  HAVING sum(quantity) < 0
    OR coalesce(max(iif(quantity > 0, valid_at, NULL)), '9') > min(iif(quantity < 0, valid_at, '9'))
),
moved AS (
  SELECT book, doubtful.party, doubtful.site, doubtful.state, doubtful.shipment, doubtful.model,
         doubtful.batch, doubtful.of_rack, event_idx, max(idx) AS by_idx, sum(quantity) AS quantity
  FROM doubtful
  CROSS JOIN posting ON posting.batch = doubtful.batch AND posting.book = doubtful.of_book
    AND posting.model = doubtful.model
    AND coalesce(posting.holder, posting.owner) = doubtful.party COLLATE NOCASE
    AND posting.site IS doubtful.site AND posting.state IS doubtful.state
    AND posting.shipment IS doubtful.shipment
    AND (doubtful.of_book = 'title' OR posting.rack IS doubtful.of_rack COLLATE NOCASE)
  WHERE valid_at < :as_of AND idx <= :known_at
  GROUP BY book, doubtful.party, doubtful.site, doubtful.state, doubtful.shipment, doubtful.model,
           doubtful.batch, doubtful.of_rack, event_idx
),
level AS (
  SELECT moved.*,
         sum(quantity) OVER (
           PARTITION BY book, party COLLATE NOCASE, site COLLATE NOCASE, state,
             shipment COLLATE NOCASE, model COLLATE NOCASE, batch, of_rack COLLATE NOCASE
           ORDER BY iif(quantity > 0, valid_at, valid_until), quantity > 0) AS at_best,
         sum(quantity) OVER (
           PARTITION BY book, party COLLATE NOCASE, site COLLATE NOCASE, state,
             shipment COLLATE NOCASE, model COLLATE NOCASE, batch, of_rack COLLATE NOCASE
           ORDER BY valid_at) AS as_posted
  FROM moved JOIN event ON event.idx = moved.event_idx
  WHERE quantity <> 0
),
below AS (
  SELECT *, min(at_best) < 0 AS certain, min(min(at_best), min(as_posted)) AS least,
         min(event_idx) AS entry, max(by_idx) AS newest
  FROM level
  WHERE at_best < 0 OR as_posted < 0
  GROUP BY book, party, site, state, shipment, model, batch, of_rack
)
SELECT batch AS subject, json_array(entry, newest) AS entries,
       printf('%s: %,d GPUs of batch %s with %s', book, least, batch, party)
         || coalesce(' at ' || site, '') || coalesce(', ' || state, '')
         || coalesce(', shipment ' || shipment, '') || coalesce(', rack ' || of_rack, '') AS facts,
       iif(certain, 'indicator', 'cannot be excluded') AS certainty,
       iif(certain, 'critical', 'low') AS severity
FROM below
