-- code: NEG-BALANCE
-- title: More left an account than came into it
-- severity: critical
-- basis: conservation: nobody gives away what he does not have
-- explains: an entry that is missing, late, or names another party, site, state or rack
-- note: Dates are taken as the entries allow at best: what came, as early as its date lets it; what
--       left, as late. Where only the books' own order is below zero it cannot be excluded.
-- subject: batch
WITH suspected AS (
  -- Most of what an account held of a lot came by one event, and left later, by date and in the log:
  -- a second look is needed at the rest alone, and at what stands below zero.
  SELECT balance.lot, balance.account
  FROM balance JOIN lot ON lot.lot = balance.lot
  WHERE (balance.came = -1 OR balance.quantity < 0) AND (:subject IS NULL OR lot.batch = :subject)
  UNION
  SELECT posted.lot, posted.account
  FROM posted JOIN lot ON lot.lot = posted.lot
  CROSS JOIN account ON account.account = posted.account AND book = 'possession'
  CROSS JOIN balance ON balance.lot = posted.lot AND balance.account = posted.account
  CROSS JOIN event AS going ON going.idx = posted.event_idx
  CROSS JOIN event AS coming ON coming.idx = balance.came
  WHERE posted.quantity < 0 AND (:subject IS NULL OR lot.batch = :subject)
    AND (going.valid_at < coming.valid_at
         OR EXISTS (SELECT 1 FROM counting
                    WHERE counting.event_idx = balance.came AND from_idx > posted.idx))
),
doubtful_lot AS MATERIALIZED (
  SELECT posted.lot, posted.account
  FROM suspected
  CROSS JOIN account ON account.account = suspected.account AND book = 'possession'
    AND substr(holder, 1, 1) <> '@'
  CROSS JOIN posted ON posted.lot = suspected.lot AND posted.account = suspected.account
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE event.valid_at < :as_of AND posted.idx <= :known_at
  GROUP BY posted.lot, posted.account
  HAVING sum(posted.quantity) < 0
    OR max(iif(posted.quantity > 0, valid_at, '')) > min(iif(posted.quantity < 0, valid_at, '9'))
),
-- Of titles racks do not matter.
titled AS NOT MATERIALIZED (
  SELECT movement.*, event.valid_at
  FROM account
  JOIN movement ON +movement.account = account.account
  CROSS JOIN event ON event.idx = movement.event_idx
  WHERE book = 'title' AND batch IS NOT NULL AND substr(owner, 1, 1) <> '@'
    AND (:subject IS NULL OR movement.batch = :subject)
    AND event.valid_at < :as_of AND movement.idx <= :known_at
),
doubtful_batch AS MATERIALIZED (
  SELECT account, batch FROM titled
  GROUP BY account, batch
  HAVING sum(quantity) < 0
    OR max(iif(quantity > 0, valid_at, '')) > min(iif(quantity < 0, valid_at, '9'))
),
moved AS (
  SELECT book, holder AS party, site, state, shipment, account.model, lot.batch, lot.rack AS of_rack,
         posted.event_idx, max(posted.idx) AS by_idx, sum(posted.quantity) AS quantity
  FROM doubtful_lot
  CROSS JOIN account ON account.account = doubtful_lot.account
  CROSS JOIN lot ON lot.lot = doubtful_lot.lot
  CROSS JOIN posted ON posted.lot = lot.lot AND posted.account = account.account
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE lot.batch IS NOT NULL AND event.valid_at < :as_of AND posted.idx <= :known_at
  GROUP BY posted.lot, posted.account, posted.event_idx
  UNION ALL
  SELECT 'title', owner, NULL, NULL, NULL, account.model, movement.batch, NULL, event_idx,
         max(movement.idx), sum(movement.quantity)
  FROM doubtful_batch
  CROSS JOIN account ON account.account = doubtful_batch.account
  CROSS JOIN movement ON movement.batch = doubtful_batch.batch
    AND +movement.account = doubtful_batch.account
  CROSS JOIN event ON event.idx = movement.event_idx
  WHERE event.valid_at < :as_of AND movement.idx <= :known_at
  GROUP BY account.account, movement.batch, event_idx
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
