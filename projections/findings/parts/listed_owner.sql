-- title: Owners that match a list
-- question: Of whom is a listed party said to own a share, directly or not?
-- with: told
-- What anybody says of a share counts, until the same party says that it ended; so for a match.
listed_share AS MATERIALIZED (
  SELECT owner, owned, event_idx
  FROM (
    SELECT ownership.*, row_number() OVER (PARTITION BY told.asserted_by, owner, owned
                                           ORDER BY told.valid_at DESC, told.idx DESC) AS newest
    FROM ownership JOIN told ON told.idx = ownership.event_idx WHERE owner IS NOT NULL
  )
  WHERE newest = 1 AND percent IS NOT '0'
),
matched AS (
  SELECT party, event_idx
  FROM (
    SELECT party_check.*, row_number() OVER (PARTITION BY told.asserted_by, party, list_name
                                             ORDER BY told.valid_at DESC, told.idx DESC) AS newest
    FROM party_check JOIN told ON told.idx = party_check.event_idx
    WHERE party_check.kind = 'list'
  )
  WHERE newest = 1 AND result = 'match'
),
listed_owner (owner, party, check_idx, share_idx) AS (
  SELECT matched.party, listed_share.owned, matched.event_idx, listed_share.event_idx
  FROM matched JOIN listed_share ON listed_share.owner = matched.party
  UNION
  SELECT listed_owner.owner, listed_share.owned, listed_owner.check_idx, listed_share.event_idx
  FROM listed_owner JOIN listed_share ON listed_share.owner = listed_owner.party
)
