-- code: RACK-LINES-DIFFER
-- title: An event names other units of a rack than it was built of
-- severity: medium
-- basis: lines are signed as they are; those of one rack do not agree
-- explains: a repair that is missing or late; lines that were typed wrong
-- subject: rack
-- with: word
WITH built AS MATERIALIZED (
  SELECT line.rack, line.batch, line.quantity, word.valid_at,
         count(*) = 1 AND word.type <> 'ComponentReplaced.v1' AS once
  FROM word JOIN line ON line.event_idx = word.idx
  WHERE +line.rack IS NOT NULL AND (:subject IS NULL OR line.rack = :subject)
    AND word.type IN ('RackAssembled.v1', 'StockOpened.v1', 'ComponentReplaced.v1')
  GROUP BY line.rack
),
-- Most racks are built once, of one batch, and every event names just that: these need no second
-- look. All racks of an event that names anything else are looked at, and all that were repaired.
unlike AS (
  SELECT word.idx AS event_idx
  FROM word JOIN line ON line.event_idx = word.idx
  CROSS JOIN built ON built.rack = line.rack AND built.once
  WHERE +line.rack IS NOT NULL AND (:subject IS NULL OR line.rack = :subject)
    AND word.type IN ('ShipmentDispatched.v1', 'ShipmentReceived.v1', 'ShipmentLegReported.v1',
      'RackPlaced.v1', 'TitleTransferred.v1', 'RackDisassembled.v1')
  GROUP BY word.idx
  HAVING count(*) > count(DISTINCT line.rack)
    OR max(line.batch IS NULL OR line.batch IS NOT built.batch
           OR line.quantity IS NOT built.quantity OR built.valid_at >= word.valid_until)
),
looked_at AS MATERIALIZED (
  SELECT rack FROM built WHERE NOT once
  UNION
  SELECT line.rack FROM unlike CROSS JOIN line ON line.event_idx = unlike.event_idx
  WHERE line.rack IS NOT NULL
),
made AS (
  SELECT line.rack, line.batch, sum(line.quantity) AS quantity, line.event_idx, word.valid_at,
         word.valid_until, 1 AS whole
  FROM looked_at
  CROSS JOIN line ON line.rack = looked_at.rack
  CROSS JOIN word ON word.idx = line.event_idx
  WHERE (:subject IS NULL OR line.rack = :subject) AND word.type IN ('RackAssembled.v1', 'StockOpened.v1')
  GROUP BY line.event_idx, line.rack, line.batch
  UNION ALL
  SELECT line.rack, line.batch, sum(iif(line.part = 'out', -line.quantity, line.quantity)),
         line.event_idx, word.valid_at, word.valid_until, 0
  FROM looked_at
  CROSS JOIN line ON line.rack = looked_at.rack
  CROSS JOIN word ON word.idx = line.event_idx
  WHERE (:subject IS NULL OR line.rack = :subject) AND word.type = 'ComponentReplaced.v1'
  GROUP BY line.event_idx, line.rack, line.batch
),
moved AS (
  SELECT line.rack, line.batch, line.event_idx, line.part, sum(line.quantity) AS quantity,
         word.valid_at, word.valid_until, word.type
  FROM looked_at
  CROSS JOIN line ON line.rack = looked_at.rack
  CROSS JOIN word ON word.idx = line.event_idx
  WHERE (:subject IS NULL OR line.rack = :subject) AND word.type IN ('ShipmentDispatched.v1', 'ShipmentReceived.v1', 'ShipmentLegReported.v1',
      'RackPlaced.v1', 'TitleTransferred.v1', 'RackDisassembled.v1')
  GROUP BY line.event_idx, line.rack, line.batch
),
-- As it was at the earliest and at the latest instant that the dates allow.
compared AS (
  SELECT moved.rack, moved.batch, moved.event_idx, moved.type, moved.quantity,
         sum(iif(made.valid_until <= moved.valid_at, made.quantity, 0)) AS surely,
         sum(iif(made.valid_at < moved.valid_until, made.quantity, 0)) AS maybe,
         max(made.event_idx) AS made_idx
  FROM moved
  JOIN made ON made.rack = moved.rack AND made.batch = moved.batch
    AND made.valid_at < moved.valid_until
  GROUP BY moved.event_idx, moved.rack, moved.batch
  UNION ALL
  SELECT moved.rack, moved.batch, moved.event_idx, moved.type, moved.quantity, 0, 0,
         (SELECT max(made.event_idx) FROM made WHERE made.rack = moved.rack)
  FROM moved
  WHERE EXISTS (SELECT 1 FROM made WHERE made.rack = moved.rack)
    AND NOT EXISTS (SELECT 1 FROM made
                    WHERE made.rack = moved.rack AND made.batch = moved.batch
                      AND made.valid_at < moved.valid_until)
)
SELECT rack AS subject, json_array(made_idx, event_idx) AS entries,
       printf('%s names %,d GPUs of batch %s in %s, which holds %,d as built and repaired',
         substr(type, 1, instr(type, '.') - 1), quantity, batch, rack, maybe) AS facts
FROM compared
WHERE quantity <> surely AND quantity <> maybe
