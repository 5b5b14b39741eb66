-- title: How much of each authorization is used
-- question: How much of each authorization is used, in GPUs and in dollars, and until when does it
--           last?
-- parameters: authorization (authorization, optional, this authorization)
-- columns: standing: recorded, suspended or revoked, as the newest statement has it
--          model: a model that it names, or that was shipped under it; null: neither
--          limit: GPUs that it names for the model; null where it names none
--          used: GPUs of the model shipped under it so far
--          left: limit less used; below zero: more than it names
--          value_limit_usd: of the whole authorization, where that was stated and not sealed
--          filed_usd: value in the filings for its shipments; null where none is stated openly
--          days_left: whole days from the moment asked about to the end of its last day
--          used_on_one_word: GPUs of used whose dispatch one party alone signed
--          claimed_by: on whose word the authorization is recorded
-- note: Shown as it was claimed and recorded, not as an authority confirms it. The value is that of
--       all its shipments together, the same in each of its rows.
WITH told AS (
  SELECT event_idx, authorization, 'recorded' AS status, kind, number, value_limit_usd, valid_to,
         valid_to_end, 1 AS opens, 1 AS lists
  FROM authorization
  UNION ALL
  SELECT event_idx, authorization, status, NULL, NULL, value_limit_usd, valid_to, valid_to_end, 0,
         items > 0
  FROM authorization_change
),
counted AS (
  SELECT told.*, event.valid_at, event.asserted_by,
         event.valid_at || printf('%015d', event.idx) AS place
  FROM told
  JOIN counting ON counting.event_idx = told.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = told.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:authorization IS NULL OR authorization = :authorization)
),
-- Bare columns follow max(): each fact as the newest statement that has it.
first AS (
  SELECT authorization, kind, number, asserted_by, event_idx, max(place)
  FROM counted WHERE opens GROUP BY authorization
),
status AS (
  SELECT authorization,
         iif(sum(status = 'revoked') > 0, 'revoked',
             replace(status, 'reinstated', 'recorded')) AS standing, max(place)
  FROM counted WHERE status IS NOT NULL GROUP BY authorization
),
ending AS (
  SELECT authorization, valid_to, valid_to_end, max(place)
  FROM counted WHERE valid_to IS NOT NULL GROUP BY authorization
),
worth AS (
  SELECT authorization, value_limit_usd, max(place)
  FROM counted WHERE value_limit_usd IS NOT NULL GROUP BY authorization
),
listing AS (
  SELECT authorization, event_idx, max(place) FROM counted WHERE lists GROUP BY authorization
),
item AS (
  SELECT listing.authorization, authorization_item.model,
         sum(authorization_item.quantity) AS quantity
  FROM listing JOIN authorization_item ON authorization_item.event_idx = listing.event_idx
  GROUP BY listing.authorization, authorization_item.model
),
under AS (
  SELECT shipment_item.authorization, shipment_item.model, shipment_item.shipment,
         (SELECT sum(quantity) FROM line WHERE line.event_idx = shipment_item.event_idx
            AND line.model = shipment_item.model) AS quantity,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = shipment_item.event_idx AND via_idx <= :known_at
            GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM shipment_item
  JOIN counting ON counting.event_idx = shipment_item.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = shipment_item.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND shipment_item.authorization IN (SELECT authorization FROM first)
),
used AS (
  SELECT authorization, model, sum(quantity) AS quantity, count(DISTINCT shipment) AS shipments,
         sum(iif(words < 2, quantity, 0)) AS on_one_word
  FROM under WHERE quantity IS NOT NULL GROUP BY authorization, model
),
filed AS (
  SELECT shipped.authorization, sum(filing_line.value_usd) AS value_usd
  FROM (SELECT DISTINCT authorization, shipment FROM under) AS shipped
  JOIN filing ON filing.shipment = shipped.shipment
  JOIN counting ON counting.event_idx = filing.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = filing.event_idx
  JOIN filing_line ON filing_line.event_idx = filing.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY shipped.authorization
),
named_model AS (
  SELECT authorization, model FROM item
  UNION
  SELECT authorization, model FROM used
)
SELECT first.authorization, first.kind, first.number, status.standing, named_model.model,
       item.quantity AS "limit", coalesce(used.quantity, 0) AS used,
       item.quantity - coalesce(used.quantity, 0) AS "left", coalesce(used.shipments, 0)
         AS shipments,
       worth.value_limit_usd, filed.value_usd AS filed_usd, ending.valid_to,
       CAST(julianday(ending.valid_to_end) - julianday(:as_of) AS INTEGER) AS days_left,
       coalesce(used.on_one_word, 0) AS used_on_one_word,
       first.asserted_by AS claimed_by, first.event_idx AS entry
FROM first
JOIN status ON status.authorization = first.authorization
LEFT JOIN named_model ON named_model.authorization = first.authorization
LEFT JOIN item ON item.authorization = first.authorization AND item.model = named_model.model
LEFT JOIN used ON used.authorization = first.authorization AND used.model = named_model.model
LEFT JOIN worth ON worth.authorization = first.authorization
LEFT JOIN ending ON ending.authorization = first.authorization
LEFT JOIN filed ON filed.authorization = first.authorization
ORDER BY first.authorization, named_model.model
