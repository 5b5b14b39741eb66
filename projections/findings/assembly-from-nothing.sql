-- code: ASSEMBLY-FROM-NOTHING
-- title: A rack built of units that its integrator did not have
-- severity: critical
-- basis: conservation: units come out of nowhere into a rack
-- explains: a receipt or a commissioning that is missing, late, or names another site
-- note: Dates are taken as the entries allow at best, as for NEG-BALANCE.
-- subject: rack
-- with: word
WITH taken AS (
  SELECT DISTINCT line.batch
  FROM assembly CROSS JOIN line ON line.event_idx = assembly.event_idx
  WHERE (:subject IS NULL OR assembly.rack = :subject)
),
flow AS (
  SELECT posted.account, posted.lot, posted.event_idx, event.valid_at, event.valid_until,
         sum(posted.quantity) AS quantity
  FROM lot
  CROSS JOIN posted ON posted.lot = lot.lot
  CROSS JOIN account ON account.account = posted.account
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE lot.rack IS NULL AND lot.batch IN (SELECT batch FROM taken) AND book = 'possession'
    AND state = 'stock' AND shipment IS NULL AND event.valid_at < :as_of
    AND posted.idx <= :known_at
  GROUP BY posted.account, posted.lot, posted.event_idx
),
level AS (
  SELECT flow.*,
         sum(quantity) OVER (
           PARTITION BY account, lot
           ORDER BY iif(quantity > 0, valid_at, valid_until), quantity > 0) AS at_best
  FROM flow
  WHERE quantity <> 0
),
built AS (
  SELECT assembly.rack, assembly.event_idx, assembly.integrator, assembly.site,
         sum(line.quantity) AS quantity, level.at_best, line.batch
  FROM level
  CROSS JOIN account ON account.account = level.account
  CROSS JOIN lot ON lot.lot = level.lot
  CROSS JOIN word ON word.idx = level.event_idx
  CROSS JOIN assembly ON assembly.event_idx = level.event_idx
  CROSS JOIN line ON line.event_idx = level.event_idx AND line.batch = lot.batch
    AND line.model = account.model
  WHERE level.at_best < 0 AND level.quantity < 0
    AND (:subject IS NULL OR assembly.rack = :subject)
  GROUP BY level.account, level.lot, level.event_idx
)
SELECT rack AS subject, json_array(event_idx) AS entries,
       printf('%s is built of %,d GPUs of batch %s; %s had %,d fewer in stock at %s', rack, quantity,
         batch, integrator, -at_best, site) AS facts
FROM built
