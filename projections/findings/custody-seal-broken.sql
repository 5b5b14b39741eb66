-- code: SEAL-BROKEN
-- title: Other seals than at dispatch
-- severity: high
-- basis: repackaging on the way; a seal number that changed, and nobody told why
-- explains: a customs examination with a new seal; a number that was typed wrong
-- note: Where a receipt names no seals it cannot be excluded, and is graded low.
-- subject: shipment
-- with: dispatch, word
WITH stage AS (
  SELECT arrival.event_idx, arrival.shipment, 'the receipt' AS what, 1 AS last
  FROM receipt AS arrival JOIN word ON word.idx = arrival.event_idx
  WHERE (:subject IS NULL OR arrival.shipment = :subject)
  UNION ALL
  SELECT leg.event_idx, leg.shipment, leg.milestone || ' at ' || leg.place, 0
  FROM leg JOIN word ON word.idx = leg.event_idx
  WHERE (:subject IS NULL OR leg.shipment = :subject)
),
seen AS (
  SELECT stage.*, dispatch.event_idx AS sent,
         (SELECT group_concat(seal, ', ') FROM
           (SELECT seal FROM seal WHERE seal.event_idx = dispatch.event_idx ORDER BY seal)) AS put,
         (SELECT group_concat(seal, ', ') FROM
           (SELECT seal FROM seal WHERE seal.event_idx = stage.event_idx ORDER BY seal)) AS found
  FROM stage JOIN dispatch ON dispatch.shipment = stage.shipment
)
SELECT shipment AS subject, json_array(sent, event_idx) AS entries,
       printf('sealed with %s; %s names %s', put, what, coalesce(found, 'no seal')) AS facts,
       iif(found IS NULL, 'cannot be excluded', 'indicator') AS certainty,
       iif(found IS NULL, 'low', 'high') AS severity
FROM seen
WHERE put IS NOT NULL AND (found <> put COLLATE NOCASE OR (found IS NULL AND last))
