-- title: Leases over time
-- question: What became of each lease: what came and went, which terms changed, when did it stand?
-- parameters: lease (lease, optional, this lease)
--             lessee (party, optional, leases to this party)
-- columns: change: started, suspended, resumed, changed or ended
--          standing: running, suspended or ended after this event
--          came: GPUs that the event names as coming; null where it names none
--          went: GPUs that the event names as going back; null where it names none
--          in_use: GPUs under the lease in the book of use after this event, without those sublet
--          physical_access: yes if the lessee may come to the hardware
--          purchase_option: yes if the lessee may buy it
--          word: on what ground it is told
-- note: A term that a change leaves out stays as it was, or is sealed. A quantity that nobody knows
--       is not counted.
WITH told AS (
  SELECT lease.event_idx, lease, lessor, lessee, parent_lease, 'started' AS change, service,
         physical_access, purchase_option, purpose, until, NULL AS reason,
         coalesce(pool_quantity, (SELECT sum(quantity) FROM line
           WHERE line.event_idx = lease.event_idx)) AS came, NULL AS went
  FROM lease
  UNION ALL
  SELECT event_idx, lease, lessor, lessee, parent_lease, coalesce(status, 'changed'), service,
         physical_access, purchase_option, purpose, until, reason,
         nullif(coalesce(added_quantity, 0) + (SELECT coalesce(sum(quantity), 0) FROM line
           WHERE line.event_idx = lease_change.event_idx AND part = 'added'), 0),
         nullif(coalesce(removed_quantity, 0) + (SELECT coalesce(sum(quantity), 0) FROM line
           WHERE line.event_idx = lease_change.event_idx AND part = 'removed'), 0)
  FROM lease_change
  UNION ALL
  SELECT event_idx, lease, lessor, lessee, parent_lease, 'ended', service, NULL, NULL, NULL,
         NULL, reason, NULL,
         coalesce(pool_quantity, (SELECT sum(quantity) FROM line
           WHERE line.event_idx = lease_end.event_idx))
  FROM lease_end
),
counted AS (
  SELECT told.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM told
  JOIN counting ON counting.event_idx = told.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = told.event_idx
  WHERE event.valid_at < :as_of
    AND (:lease IS NULL OR lease = :lease) AND (:lessee IS NULL OR lessee = :lessee)
),
grouped AS (
  SELECT *,
         count(CASE WHEN change <> 'changed' THEN 1 END) OVER so_far AS status_no,
         max(change = 'ended') OVER so_far AS was_ended
  FROM counted
  WINDOW so_far AS (PARTITION BY lease, basis = 'third_party_report'
                    ORDER BY valid_at, event_idx)
)
SELECT lease, lessee, lessor, parent_lease, occurred, change,
       CASE WHEN was_ended THEN 'ended'
            WHEN first_value(change) OVER (
              PARTITION BY lease, basis = 'third_party_report', status_no
              ORDER BY valid_at, event_idx) = 'suspended' THEN 'suspended'
            ELSE 'running' END AS standing,
       came, went,
       CASE WHEN basis <> 'third_party_report' THEN
         (SELECT coalesce(sum(quantity), 0) FROM posting
          WHERE posting.lease = grouped.lease AND posting.lessee = grouped.lessee
            AND posting.book = 'use' AND posting.idx <= :known_at
            AND (posting.valid_at < grouped.valid_at
                 OR (posting.valid_at = grouped.valid_at
                     AND posting.event_idx <= grouped.event_idx))) END AS in_use,
       service, physical_access, purchase_option, purpose, until, reason,
       CASE basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
       asserted_by, event_idx AS entry
FROM grouped
ORDER BY lease, valid_at, event_idx
