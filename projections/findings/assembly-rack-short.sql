-- code: RACK-SHORT
-- title: A rack holds fewer units than its model
-- severity: high
-- basis: stripping of racks: boards are taken out and the rack is shown as whole
-- explains: a rack that was built with fewer units on purpose; a repair that is under way
-- subject: rack
-- with: word, standing_lots
WITH built AS (
  SELECT rack, model, max(event_idx) AS event_idx
  FROM (
    SELECT assembly.rack, assembly.model, assembly.event_idx
    FROM assembly JOIN word ON word.idx = assembly.event_idx
    WHERE (:subject IS NULL OR assembly.rack = :subject)
    UNION ALL
    SELECT stocked_rack.rack, stocked_rack.model, stocked_rack.event_idx
    FROM stocked_rack JOIN word ON word.idx = stocked_rack.event_idx
    WHERE (:subject IS NULL OR stocked_rack.rack = :subject)
  )
  GROUP BY rack
),
meant AS (
  SELECT model, event_idx, sum(quantity) AS quantity
  FROM model_contents
  WHERE event_idx IN (SELECT max(model.event_idx) FROM model
                      JOIN word ON word.idx = model.event_idx GROUP BY model.model)
  GROUP BY event_idx
),
picked_lot AS (
  SELECT lot.lot FROM built CROSS JOIN lot ON lot.rack = built.rack
),
held AS (
  SELECT lot.rack, sum(lots_standing.quantity) AS quantity
  FROM lots_standing
  CROSS JOIN account ON account.account = lots_standing.account
  CROSS JOIN lot ON lot.lot = lots_standing.lot
  WHERE book = 'possession' AND substr(account.holder, 1, 1) <> '@'
  GROUP BY lot.rack
)
SELECT built.rack AS subject,
       json_array(built.event_idx, meant.event_idx,
         (SELECT max(posting.event_idx) FROM posting
          WHERE posting.rack = built.rack AND book = 'possession'
            AND substr(posting.holder, 1, 1) <> '@' AND posting.valid_at < :as_of
            AND posting.idx <= :known_at)) AS entries,
       printf('%s holds %,d GPUs, and %s holds %,d as classified', built.rack, held.quantity,
         built.model, meant.quantity) AS facts
FROM built
JOIN meant ON meant.model = built.model
JOIN held ON held.rack = built.rack
WHERE held.quantity > 0 AND held.quantity < meant.quantity
