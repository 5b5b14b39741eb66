-- code: NEW-ENTITY-LARGE-ORDER
-- title: A young company receives, buys or leases much
-- severity: medium
-- basis: red flags of Supplement 3 to 15 CFR Part 732 and of the guidance of May 2025
-- explains: a new company of a known group; a merger
-- note: Where the founding date allows that it was old enough it cannot be excluded.
-- subject: party
-- thresholds: months (24, months from the founding)
--             gpus (1000, GPUs from which an order is large)
-- with: word
WITH told_of AS (
  SELECT party.party, party.event_idx, party.founded, party.founded_start, party.founded_end,
         max(party.event_idx)
  FROM party JOIN word ON word.idx = party.event_idx
  WHERE party.founded IS NOT NULL AND (:subject IS NULL OR party.party = :subject)
  GROUP BY party.party
),
dealt AS (
  SELECT told_of.party, shipment.event_idx, 'receives' AS what
  FROM told_of JOIN shipment ON shipment.consignee = told_of.party AND shipment.purpose = 'sale'
  UNION ALL
  SELECT told_of.party, title_transfer.event_idx, 'buys'
  FROM told_of JOIN title_transfer ON title_transfer.buyer = told_of.party
  UNION ALL
  SELECT told_of.party, lease.event_idx, 'leases'
  FROM told_of JOIN lease ON lease.lessee = told_of.party
),
large AS (
  SELECT dealt.party, dealt.event_idx, dealt.what, word.valid_at, word.occurred,
         coalesce((SELECT sum(quantity) FROM line WHERE line.event_idx = dealt.event_idx),
                  (SELECT pool_quantity FROM lease WHERE lease.event_idx = dealt.event_idx))
           AS quantity
  FROM dealt JOIN word ON word.idx = dealt.event_idx
)
SELECT large.party AS subject, json_array(told_of.event_idx, min(large.event_idx)) AS entries,
       printf('%s, founded %s, %s %,d GPUs on %s', large.party, told_of.founded, large.what,
         large.quantity, large.occurred) AS facts,
       iif(date(coalesce(told_of.founded_start, ''), '+' || :months || ' months') > large.valid_at,
           'indicator', 'cannot be excluded') AS certainty
FROM large JOIN told_of ON told_of.party = large.party
WHERE large.quantity >= :gpus
  AND date(told_of.founded_end, '+' || :months || ' months') > date(large.valid_at)
GROUP BY large.party
