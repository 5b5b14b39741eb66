-- title: What was said of authorizations
-- question: Which terms did each event set, of those that count and are no reports, of the
--           authorizations that the file has as `asked_auth`?
auth_said AS NOT MATERIALIZED (
  SELECT said.*, event.valid_at, event.valid_until
  FROM (
    SELECT event_idx, authorization, 'recorded' AS status, value_limit_usd, destination,
           valid_from, valid_from_start, valid_from_end, valid_to, valid_to_start, valid_to_end,
           1 AS items, 1 AS consignees
    FROM authorization
    WHERE authorization IN (SELECT authorization FROM asked_auth)
    UNION ALL
    SELECT event_idx, authorization, status, value_limit_usd, destination, valid_from,
           valid_from_start, valid_from_end, valid_to, valid_to_start, valid_to_end, items,
           consignees
    FROM authorization_change
    WHERE authorization IN (SELECT authorization FROM asked_auth)
  ) AS said
  JOIN event ON event.idx = said.event_idx AND event.valid_at < :as_of
    AND event.basis <> 'third_party_report'
  JOIN counting ON counting.event_idx = said.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
)
