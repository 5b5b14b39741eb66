-- code: RACK-SHORT
-- title: A rack holds fewer units than its model
-- severity: high
-- basis: stripping of racks: boards are taken out and the rack is shown as whole
-- explains: a rack that was built with fewer units on purpose; a repair that is under way
-- subject: rack
-- with: word, lately
WITH meant AS MATERIALIZED (
  SELECT model, event_idx, sum(quantity) AS quantity
  FROM model_contents
  WHERE event_idx IN (SELECT max(model.event_idx) FROM model
                      JOIN word ON word.idx = model.event_idx GROUP BY model.model)
  GROUP BY event_idx
),
held AS MATERIALIZED (
  SELECT lot.rack, sum(balance.quantity) AS quantity
  FROM balance
  JOIN lot ON lot.lot = balance.lot
  CROSS JOIN account ON account.account = balance.account
  WHERE NOT (SELECT anything FROM lately) AND balance.quantity <> 0
    AND lot.rack IS NOT NULL AND (:subject IS NULL OR lot.rack = :subject)
    AND book = 'possession' AND substr(account.holder, 1, 1) <> '@'
  GROUP BY lot.rack
  HAVING sum(balance.quantity) < (SELECT max(quantity) FROM meant)
  UNION ALL
  SELECT lot.rack, sum(posted.quantity)
  FROM posted
  JOIN lot ON lot.lot = posted.lot
  CROSS JOIN account ON account.account = posted.account
  CROSS JOIN event ON event.idx = posted.event_idx
  WHERE (SELECT anything FROM lately)
    AND lot.rack IS NOT NULL AND (:subject IS NULL OR lot.rack = :subject)
    AND book = 'possession' AND substr(account.holder, 1, 1) <> '@'
    AND event.valid_at < :as_of AND posted.idx <= :known_at
  GROUP BY lot.rack
  HAVING sum(posted.quantity) < (SELECT max(quantity) FROM meant)
),
built AS (
  SELECT rack, model, max(event_idx) AS event_idx
  FROM (
    SELECT assembly.rack, assembly.model, assembly.event_idx
    FROM held
    CROSS JOIN assembly ON assembly.rack = held.rack
    CROSS JOIN word ON word.idx = assembly.event_idx
    UNION ALL
    SELECT stocked_rack.rack, stocked_rack.model, stocked_rack.event_idx
    FROM held
    CROSS JOIN stocked_rack ON stocked_rack.rack = held.rack
    CROSS JOIN word ON word.idx = stocked_rack.event_idx
  )
  GROUP BY rack
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
