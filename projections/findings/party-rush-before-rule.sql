-- code: RUSH-BEFORE-RULE
-- title: Much more received shortly before a rule began
-- severity: low
-- basis: purchases that peak before a rule date, as in reports on evasion
-- explains: the growth of a new site; a contract of long before; deliveries that were late
-- note: Compared is what was dispatched to one consignee in the days before a rule of a pack began,
--       was announced or came back, with the mean of as many days over the time before. Where nothing
--       was dispatched in that time there is nothing to compare with; a first order is looked at by
--       NEW-ENTITY-LARGE-ORDER.
-- subject: party
-- thresholds: days (60, days before a rule that are looked at)
--             periods (3, as many days before these that give the mean, so many times)
--             times (3, as many times the mean is much)
--             gpus (100, GPUs from which it is looked at)
-- with: dispatch
WITH began AS (
  SELECT since, min(pack || ' (' || rule || ')') AS rule
  FROM pack.rule_period
  WHERE since > '' AND since < :as_of
    AND status IN ('in_force', 'guidance', 'published', 'unknown')
  GROUP BY since
),
sent AS MATERIALIZED (
  SELECT dispatch.consignee AS party, dispatch.event_idx, dispatch.valid_at,
         (SELECT sum(quantity) FROM line WHERE line.event_idx = dispatch.event_idx) AS quantity
  FROM dispatch
  WHERE dispatch.purpose = 'sale' AND (:subject IS NULL OR dispatch.consignee = :subject)
),
compared AS (
  SELECT sent.party, began.since, began.rule,
         sum(iif(julianday(sent.valid_at) >= julianday(began.since) - :days, quantity, 0)) AS late,
         sum(iif(julianday(sent.valid_at) < julianday(began.since) - :days, quantity, 0)) AS before
  FROM began
  JOIN sent ON sent.valid_at < began.since
    AND julianday(sent.valid_at) >= julianday(began.since) - :days * (:periods + 1)
  GROUP BY sent.party, began.since
)
SELECT party AS subject,
       (SELECT json_group_array(event_idx) FROM sent
        WHERE sent.party = compared.party AND sent.valid_at < compared.since
          AND julianday(sent.valid_at) >= julianday(compared.since) - :days) AS entries,
       printf('%,d GPUs were sent to it in the %d days before pack %s began on %s; %,d in the %d days'
              || ' before these', late, :days, rule, substr(since, 1, 10), before, :days * :periods)
         AS facts
FROM compared
WHERE before > 0 AND late >= :gpus AND late * :periods > before * :times
