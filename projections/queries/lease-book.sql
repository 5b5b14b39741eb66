-- title: The lease book
-- question: Which leases are known, of what, between whom, and on whose word?
-- parameters: lessee (party, optional, leases to this party)
--             lessor (party, optional, leases by this party)
--             lease (lease, optional, this lease)
--             site (site, optional, leases at this site)
-- columns: stated: GPUs that the statement names; null where it names none
--          in_use: GPUs under the lease in the book of use; null where a report moves nothing
--          begun: when use began, as stated
--          until: agreed end as the newest change has it; it ends nothing by itself
--          standing: running, suspended or ended
--          changes: how many changes of it count
--          ended: when it was said to have ended; a report ends what was reported, and no more
--          word: on what ground it is told
--          signed_by: who signed or took a stance
--          not_signed_by: whose signature is expected and absent
-- note: A report is listed as reported: nobody named in it signed. A lease is a service, and no
--       change of holder or owner.
-- with: place
WITH told AS (
  SELECT lease.*, event.occurred, event.valid_at, event.basis, event.asserted_by
  FROM lease
  JOIN counting ON counting.event_idx = lease.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = lease.event_idx
  WHERE event.valid_at < :as_of
    AND (:lease IS NULL OR lease = :lease)
    AND (:lessee IS NULL OR lessee = :lessee)
    AND (:lessor IS NULL OR lessor = :lessor)
    AND (:site IS NULL OR site = :site)
),
-- What changed a lease, told on the same kind of word as the lease itself.
later AS (
  SELECT told.event_idx AS lease_idx, lease_change.status, lease_change.until, event.valid_at,
         event.idx
  FROM told
  JOIN lease_change ON lease_change.lease = told.lease AND lease_change.lessee = told.lessee
  JOIN counting ON counting.event_idx = lease_change.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = lease_change.event_idx
  WHERE event.valid_at < :as_of
    AND (event.basis = 'third_party_report') = (told.basis = 'third_party_report')
),
closed AS (
  SELECT told.event_idx AS lease_idx, event.occurred,
         row_number() OVER (PARTITION BY told.event_idx ORDER BY event.valid_at, event.idx) AS nth
  FROM told
  JOIN lease_end ON lease_end.lease = told.lease AND lease_end.lessee = told.lessee
  JOIN counting ON counting.event_idx = lease_end.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = lease_end.event_idx
  WHERE event.valid_at < :as_of AND event.valid_at >= told.valid_at
    AND (event.basis <> 'third_party_report' OR told.basis = 'third_party_report')
)
SELECT told.lease, told.lessee, told.lessor, told.service, told.site,
       coalesce(place.country, told.country) AS country,
       coalesce(told.pool_model, (SELECT group_concat(DISTINCT model) FROM line
                                  WHERE line.event_idx = told.event_idx)) AS model,
       coalesce(told.pool_quantity, (SELECT sum(quantity) FROM line
                                     WHERE line.event_idx = told.event_idx)) AS stated,
       CASE WHEN told.basis <> 'third_party_report' THEN
         (SELECT sum(quantity) FROM posting
          WHERE posting.lease = told.lease AND posting.book = 'use'
            AND posting.lessee = told.lessee
            AND posting.valid_at < :as_of AND posting.idx <= :known_at) END AS in_use,
       told.agreed_on, told.occurred AS begun,
       coalesce((SELECT later.until FROM later
                 WHERE later.lease_idx = told.event_idx AND later.until IS NOT NULL
                 ORDER BY later.valid_at DESC, later.idx DESC LIMIT 1), told.until) AS until,
       closed.occurred AS ended,
       CASE WHEN closed.occurred IS NOT NULL THEN 'ended'
            WHEN (SELECT later.status FROM later
                  WHERE later.lease_idx = told.event_idx AND later.status IS NOT NULL
                  ORDER BY later.valid_at DESC, later.idx DESC LIMIT 1) = 'suspended'
            THEN 'suspended' ELSE 'running' END AS standing,
       (SELECT count(*) FROM later WHERE later.lease_idx = told.event_idx) AS changes,
       CASE told.basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
       (SELECT group_concat(said, ', ') FROM
         (SELECT party || CASE stance WHEN 'signed' THEN ''
                          ELSE ' ' || replace(stance, '_', ' ') END AS said
          FROM signature
          WHERE signature.event_idx = told.event_idx AND via_idx <= :known_at
          ORDER BY via_idx, party)) AS signed_by,
       (SELECT group_concat(party, ', ') FROM
         (SELECT expected.party FROM expected
          WHERE expected.event_idx = told.event_idx AND NOT EXISTS
            (SELECT 1 FROM signature
             WHERE signature.event_idx = told.event_idx AND via_idx <= :known_at
               AND signature.party = expected.party)
          ORDER BY expected.party)) AS not_signed_by,
       told.event_idx AS entry
FROM told
LEFT JOIN place ON place.site = told.site
LEFT JOIN closed ON closed.lease_idx = told.event_idx AND closed.nth = 1
ORDER BY told.valid_at, told.lease, told.event_idx
