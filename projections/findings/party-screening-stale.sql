-- code: SCREENING-STALE
-- title: No screening in the weeks before
-- severity: medium
-- basis: Supplement 3 to 15 CFR Part 732: know your customer, at the time of the transaction
-- explains: a screening that is recorded elsewhere; a contract that allows longer
-- subject: party
-- thresholds: days (30, days before the event in which a screening counts)
-- with: word
WITH dealt AS (
  SELECT shipment.consignee AS party, shipment.event_idx, word.valid_at, word.occurred,
         'receives ' || shipment.shipment AS what
  FROM shipment JOIN word ON word.idx = shipment.event_idx
  WHERE shipment.purpose = 'sale' AND (:subject IS NULL OR shipment.consignee = :subject)
  UNION ALL
  SELECT title_transfer.buyer, title_transfer.event_idx, word.valid_at, word.occurred,
         'buys under ' || title_transfer.title
  FROM title_transfer JOIN word ON word.idx = title_transfer.event_idx
  WHERE (:subject IS NULL OR title_transfer.buyer = :subject)
  UNION ALL
  SELECT lease.lessee, lease.event_idx, word.valid_at, word.occurred, 'leases under ' || lease.lease
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lessee = :subject)
),
-- Events of one instant are screened alike.
dealt_at AS (
  SELECT party, valid_at, max(event_idx) AS event_idx, count(*) AS events, occurred, what
  FROM dealt GROUP BY party, valid_at
),
stale AS (
  SELECT dealt_at.*,
         (SELECT word.valid_at || printf('%012d', word.idx)
          FROM party_check JOIN word ON word.idx = party_check.event_idx
          WHERE party_check.party = dealt_at.party AND party_check.kind = 'list'
            AND word.valid_at <= dealt_at.valid_at
          ORDER BY word.valid_at DESC, word.idx DESC LIMIT 1) AS before
  FROM dealt_at
)
SELECT party AS subject,
       json_array(event_idx, nullif(CAST(substr(before, 21) AS INTEGER), 0)) AS entries,
       printf('%s %s on %s; %s%s', party, what, occurred,
         coalesce('last screened on '
           || (SELECT event.occurred FROM event WHERE event.idx = CAST(substr(before, 21) AS INTEGER)),
           'never screened before'),
         iif(events > 1, printf('; %,d such events', events), '')) AS facts
FROM (
  SELECT party, what, occurred, event_idx, before, sum(events) AS events,
         max(valid_at || printf('%012d', event_idx))
  FROM stale
  WHERE before IS NULL OR julianday(substr(before, 1, 20)) + :days < julianday(valid_at)
  GROUP BY party
)
