-- title: Authorizations over time
-- question: Which authorizations are claimed, and what became of each?
-- parameters: authorization (authorization, optional, this authorization)
--             party (party, optional, authorizations that this party declared or may receive under)
-- columns: change: recorded, suspended, revoked, reinstated, or altered
--          standing: recorded, suspended or revoked after this event
--          lapsed: yes if the last day stated so far was over at the moment asked about
--          items: models that the event names, with their limits; null where it leaves them
--          consignees: who may receive, where the event says so
--          word: on what ground it is told
-- note: Shown as it was claimed and recorded, not as an authority confirms it. A field that a change
--       leaves out stays as it was, or is sealed.
WITH told AS (
  SELECT event_idx, declarant, authorization, 'recorded' AS change, kind, activity, authority,
         number, value_limit_usd, destination, end_use, valid_from, valid_to, valid_to_end,
         rule_pack, NULL AS reason
  FROM authorization
  UNION ALL
  SELECT event_idx, declarant, authorization, coalesce(status, 'altered'), NULL, NULL, NULL,
         NULL, value_limit_usd, destination, end_use, valid_from, valid_to, valid_to_end,
         NULL, reason
  FROM authorization_change
),
counted AS (
  SELECT told.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM told
  JOIN counting ON counting.event_idx = told.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = told.event_idx
  WHERE event.valid_at < :as_of
    AND (:authorization IS NULL OR authorization = :authorization)
),
-- What an event leaves unsaid stays as the newest event before it said.
grouped AS (
  SELECT *,
         count(CASE WHEN change <> 'altered' THEN 1 END) OVER so_far AS status_no,
         count(valid_to) OVER so_far AS end_no,
         max(change = 'revoked') OVER so_far AS was_revoked
  FROM counted
  WINDOW so_far AS (PARTITION BY authorization, basis = 'third_party_report'
                    ORDER BY valid_at, event_idx)
)
SELECT authorization, first_value(kind) OVER chain AS kind,
       first_value(activity) OVER chain AS activity,
       first_value(authority) OVER chain AS authority, first_value(number) OVER chain AS number,
       occurred, change,
       CASE WHEN was_revoked THEN 'revoked'
            ELSE replace(first_value(change) OVER (
              PARTITION BY authorization, basis = 'third_party_report', status_no
              ORDER BY valid_at, event_idx), 'reinstated', 'recorded') END AS standing,
       destination,
       (SELECT group_concat(model || ' ' || eccn || coalesce('=' || quantity, ''), ', ') FROM
         (SELECT model, eccn, quantity FROM authorization_item
          WHERE authorization_item.event_idx = grouped.event_idx ORDER BY model, eccn)) AS items,
       (SELECT group_concat(party, ', ') FROM
         (SELECT party FROM authorization_consignee
          WHERE authorization_consignee.event_idx = grouped.event_idx
          ORDER BY party)) AS consignees,
       value_limit_usd, end_use, valid_from, valid_to,
       coalesce(first_value(valid_to_end) OVER (
         PARTITION BY authorization, basis = 'third_party_report', end_no
         ORDER BY valid_at, event_idx) <= :as_of, 0) AS lapsed,
       rule_pack, reason,
       CASE basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
       asserted_by, event_idx AS entry
FROM grouped
WHERE :party IS NULL OR authorization IN
  (SELECT authorization FROM counted WHERE declarant = :party
   UNION
   SELECT authorization_consignee.authorization
   FROM counted JOIN authorization_consignee USING (event_idx)
   WHERE authorization_consignee.party = :party)
WINDOW chain AS (PARTITION BY authorization, basis = 'third_party_report'
                 ORDER BY valid_at, event_idx)
ORDER BY authorization, valid_at, event_idx
