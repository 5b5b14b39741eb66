-- code: LEASE-NO-CUSTODY
-- title: Leased by one who neither holds, owns nor operates
-- severity: critical
-- basis: sub-lease chain: capacity is let by one who does not have it
-- explains: a lease between that is not recorded: name it as the parent lease
-- subject: lease
-- with: word, place
WITH let AS (
  SELECT lease.event_idx, lease.lease, lease.lessor, lease.parent_lease, lease.site,
         lease.pool_model, word.valid_at, word.valid_until
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lease = :subject) AND lease.service IS NOT 'colocation'
    AND lease.lessor IS NOT NULL
),
foreign_let AS (
  SELECT let.* FROM let
  WHERE NOT EXISTS (SELECT 1 FROM place WHERE place.site = let.site AND place.operator = let.lessor)
    AND CASE
      WHEN let.parent_lease IS NOT NULL THEN
        NOT EXISTS (SELECT 1 FROM lease AS parent JOIN word ON word.idx = parent.event_idx
                    WHERE parent.lease = let.parent_lease AND parent.lessee = let.lessor)
      WHEN let.pool_model IS NOT NULL THEN
        coalesce((SELECT sum(posting.quantity) FROM posting
                  WHERE posting.holder = let.lessor AND book = 'possession'
                    AND posting.model = let.pool_model
                    AND (let.site IS NULL OR +posting.site = let.site)
                    AND posting.valid_at < let.valid_until AND posting.idx <= :known_at), 0) <= 0
      ELSE EXISTS (
        SELECT 1 FROM line
        WHERE line.event_idx = let.event_idx
          AND coalesce((SELECT sum(posting.quantity) FROM posting
                        WHERE posting.batch = line.batch AND book = 'possession'
                          AND +posting.rack IS line.rack AND +posting.holder = let.lessor
                          AND posting.valid_at < let.valid_until
                          AND posting.idx <= :known_at), 0) <= 0
          AND coalesce((SELECT sum(posting.quantity) FROM posting
                        WHERE posting.batch = line.batch AND book = 'title'
                          AND +posting.owner = let.lessor
                          AND posting.valid_at < let.valid_until
                          AND posting.idx <= :known_at), 0) <= 0)
    END
)
SELECT lease AS subject,
       json_array(event_idx, (SELECT min(parent.event_idx) FROM lease AS parent
                              WHERE parent.lease = foreign_let.parent_lease
                                AND parent.event_idx <= :known_at)) AS entries,
       printf('%s lets it out, and %s', lessor,
         iif(parent_lease IS NULL, 'neither holds nor owns the units, nor operates the site',
             'is not the lessee of ' || parent_lease)) AS facts
FROM foreign_let
