-- title: What each movement rested on
-- question: Which shipments rested on no authorization that stood on the day they left, as recorded?
-- parameters: shipment (shipment, optional, this shipment)
--             country (country, optional, what left this country or was sent to it)
--             doubtful (text, optional, any word: leave out what rested on one that stood)
-- columns: moves: across a border, within a country, or unknown, as the sites are registered
--          quantity: GPUs of the model in the dispatch that counts
--          authorization: what the consignor says the model rests on; null where it names none
--          rests_on: how that stood on the day of the dispatch, as claimed
--          signed_by: who signed or accepted the dispatch
--          on_one_word: GPUs of quantity whose dispatch one party alone signed
-- note: Shown as it was claimed and recorded. Whether rules of the day asked for an authorization at
--       all is for a rule pack to say, and not for this list.
-- with: place
WITH moved AS (
  SELECT shipment.event_idx, shipment.shipment, shipment.consignor, shipment.consignee,
         coalesce(shipment.ultimate_consignee, shipment.consignee) AS receiver,
         origin.country AS from_country, target.country AS to_country,
         event.occurred, event.valid_at, line.model, sum(line.quantity) AS quantity
  FROM shipment
  JOIN counting ON counting.event_idx = shipment.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = shipment.event_idx
  JOIN line ON line.event_idx = shipment.event_idx
  LEFT JOIN place AS origin ON origin.site = shipment.from_site
  LEFT JOIN place AS target ON target.site = shipment.to_site
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:shipment IS NULL OR shipment.shipment = :shipment)
    AND (:country IS NULL OR :country IN (origin.country, target.country))
  GROUP BY shipment.event_idx, line.model
),
resting AS (
  SELECT moved.*, shipment_item.eccn, shipment_item.authorization
  FROM moved LEFT JOIN shipment_item
    ON shipment_item.event_idx = moved.event_idx AND shipment_item.model = moved.model
),
-- What was said of each authorization, and counts.
told AS (
  SELECT authorization.event_idx, authorization.authorization, 'recorded' AS status,
         authorization.destination, valid_from_start, valid_to_end, 1 AS items, 1 AS consignees,
         event.valid_at, event.basis, event.idx
  FROM authorization
  JOIN counting ON counting.event_idx = authorization.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = authorization.event_idx
  WHERE authorization.authorization IN (SELECT authorization FROM resting)
  UNION ALL
  SELECT authorization_change.event_idx, authorization_change.authorization, status, destination,
         valid_from_start, valid_to_end, items, consignees, event.valid_at, event.basis, event.idx
  FROM authorization_change
  JOIN counting ON counting.event_idx = authorization_change.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = authorization_change.event_idx
  WHERE authorization_change.authorization IN (SELECT authorization FROM resting)
),
-- An authorization's facts on the day of the dispatch: as the newest statement by then has each,
-- else as a later one has it (bare columns follow max()).
fact AS (
  SELECT leaving.event_idx AS sent_idx, told.*,
         (told.valid_at <= leaving.valid_at) || told.valid_at || printf('%015d', told.idx) AS place,
         told.valid_at <= leaving.valid_at AS by_then
  FROM (SELECT DISTINCT event_idx, valid_at, authorization FROM resting) AS leaving
  JOIN told ON told.authorization = leaving.authorization
  WHERE told.basis <> 'third_party_report'
),
standing AS (
  SELECT sent_idx, authorization, status, sum(status = 'revoked') > 0 AS revoked, max(place)
  FROM fact WHERE status IS NOT NULL AND by_then GROUP BY sent_idx, authorization
),
beginning AS (
  SELECT sent_idx, authorization, valid_from_start AS starts, max(place)
  FROM fact WHERE valid_from_start IS NOT NULL GROUP BY sent_idx, authorization
),
ending AS (
  SELECT sent_idx, authorization, valid_to_end AS ends, max(place)
  FROM fact WHERE valid_to_end IS NOT NULL GROUP BY sent_idx, authorization
),
bound AS (
  SELECT sent_idx, authorization, destination, max(place)
  FROM fact WHERE destination IS NOT NULL GROUP BY sent_idx, authorization
),
covering AS (
  SELECT sent_idx, authorization, event_idx AS items_idx, max(place)
  FROM fact WHERE items > 0 GROUP BY sent_idx, authorization
),
receiving AS (
  SELECT sent_idx, authorization, event_idx AS consignees_idx, max(place)
  FROM fact WHERE consignees > 0 GROUP BY sent_idx, authorization
),
stood AS (
  SELECT resting.*, standing.status, standing.revoked, beginning.starts, ending.ends,
         bound.destination, covering.items_idx, receiving.consignees_idx,
         EXISTS (SELECT 1 FROM told
                 WHERE told.authorization = resting.authorization) AS named_at_all,
         EXISTS (SELECT 1 FROM fact WHERE fact.sent_idx = resting.event_idx
                   AND fact.authorization = resting.authorization) AS claimed
  FROM resting
  LEFT JOIN standing ON standing.sent_idx = resting.event_idx
    AND standing.authorization = resting.authorization
  LEFT JOIN beginning ON beginning.sent_idx = resting.event_idx
    AND beginning.authorization = resting.authorization
  LEFT JOIN ending ON ending.sent_idx = resting.event_idx
    AND ending.authorization = resting.authorization
  LEFT JOIN bound ON bound.sent_idx = resting.event_idx
    AND bound.authorization = resting.authorization
  LEFT JOIN covering ON covering.sent_idx = resting.event_idx
    AND covering.authorization = resting.authorization
  LEFT JOIN receiving ON receiving.sent_idx = resting.event_idx
    AND receiving.authorization = resting.authorization
),
judged AS (
  SELECT stood.*,
    CASE
      WHEN authorization IS NULL THEN 'none named'
      WHEN named_at_all = 0 THEN 'never recorded'
      WHEN claimed = 0 THEN 'only as reported'
      WHEN revoked THEN 'revoked by then'
      WHEN status IS NULL AND starts IS NULL THEN 'recorded for a later day'
      WHEN starts > valid_at THEN 'not yet in force'
      WHEN ends <= valid_at THEN 'lapsed by then'
      WHEN status = 'suspended' THEN 'suspended then'
      WHEN EXISTS (SELECT 1 FROM authorization_item AS item WHERE item.event_idx = items_idx)
        AND NOT EXISTS (SELECT 1 FROM authorization_item AS item
                        WHERE item.event_idx = items_idx AND item.model = stood.model)
        THEN 'names other models'
      WHEN destination <> to_country THEN 'names another destination'
      WHEN EXISTS (SELECT 1 FROM authorization_consignee AS one
                   WHERE one.event_idx = consignees_idx)
        AND NOT EXISTS (SELECT 1 FROM authorization_consignee AS one
                        WHERE one.event_idx = consignees_idx AND one.party = receiver)
        THEN 'names other receivers'
      ELSE 'one that stood, as claimed'
    END AS rests_on,
    (SELECT count(*) FROM
      (SELECT stance, max(via_idx) FROM signature
       WHERE signature.event_idx = stood.event_idx AND via_idx <= :known_at GROUP BY party)
     WHERE stance IN ('signed', 'accepts')) AS words
  FROM stood
)
SELECT shipment, occurred AS dispatched, consignor, consignee, from_country, to_country,
       CASE WHEN from_country <> to_country THEN 'across a border'
            WHEN from_country = to_country THEN 'within a country' ELSE 'unknown' END AS moves,
       model, eccn, quantity, authorization, rests_on,
       (SELECT group_concat(party, ', ') FROM
         (SELECT party, stance, max(via_idx) FROM signature
          WHERE signature.event_idx = judged.event_idx AND via_idx <= :known_at
          GROUP BY party ORDER BY party)
        WHERE stance IN ('signed', 'accepts')) AS signed_by,
       iif(words < 2, quantity, 0) AS on_one_word, event_idx AS entry
FROM judged
WHERE :doubtful IS NULL OR rests_on <> 'one that stood, as claimed'
ORDER BY valid_at, shipment, model, authorization
