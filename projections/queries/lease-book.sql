-- title: The lease book
-- question: Which leases are known, of what, between whom, and on whose word?
-- parameters: lessee (party, optional, leases to this party)
--             lessor (party, optional, leases by this party)
--             lease (lease, optional, this lease)
--             site (site, optional, leases at this site)
-- columns: stated: GPUs that the statement names; null where it names none
--          in_use: GPUs under the lease in the book of use; null where a report moves nothing
--          begun: when use began, as stated
--          until: agreed end; it ends nothing by itself
--          ended: when it was said to have ended
--          word: on what ground it is told
--          signed_by: who signed or took a stance
--          not_signed_by: whose signature is expected and absent
-- note: A report is listed as reported: nobody named in it signed. A lease is a service, and no
--       change of holder or owner.
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
place AS (
  SELECT site.site, site.country, max(site.event_idx)
  FROM site JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  GROUP BY site.site
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
       told.agreed_on, told.occurred AS begun, told.until,
       (SELECT closing.occurred FROM lease_end
        JOIN counting ON counting.event_idx = lease_end.event_idx
          AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
        JOIN event AS closing ON closing.idx = lease_end.event_idx
        WHERE lease_end.lease = told.lease AND lease_end.lessee = told.lessee
          AND closing.valid_at < :as_of AND closing.valid_at >= told.valid_at
        ORDER BY closing.valid_at LIMIT 1) AS ended,
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
FROM told LEFT JOIN place ON place.site = told.site
ORDER BY told.valid_at, told.lease, told.event_idx
