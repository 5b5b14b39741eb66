-- code: CERT-SELF
-- title: Certified by itself, or within one group
-- severity: high
-- basis: independence of the certifier
-- explains: shares that ended, or give no influence
-- note: Any share that anybody states counts, whatever its size, unless it ended.
-- subject: certification
-- with: word, told
WITH RECURSIVE share AS MATERIALIZED (
  SELECT owner, owned, event_idx
  FROM (
    SELECT ownership.*, row_number() OVER (PARTITION BY told.asserted_by, owner, owned
                                           ORDER BY told.valid_at DESC, told.idx DESC) AS newest
    FROM ownership JOIN told ON told.idx = ownership.event_idx WHERE owner IS NOT NULL
  )
  WHERE newest = 1 AND percent IS NOT '0'
),
given AS (
  SELECT certification.certification, certification.certifier, certification.party,
         certification.event_idx
  FROM certification JOIN word ON word.idx = certification.event_idx
  WHERE (:subject IS NULL OR certification.certification = :subject)
),
above (start, party, by_idx) AS (
  SELECT certifier, certifier, 0 FROM given
  UNION
  SELECT party, party, 0 FROM given
  UNION
  SELECT above.start, share.owner, share.event_idx
  FROM above JOIN share ON share.owned = above.party
)
SELECT given.certification AS subject,
       json_array(given.event_idx, nullif(min(one.by_idx), 0), nullif(min(other.by_idx), 0))
         AS entries,
       printf('%s certifies %s, and %s', given.certifier, given.party,
         iif(given.certifier = given.party, 'is the same party',
             'both belong to ' || one.party)) AS facts
FROM given
JOIN above AS one ON one.start = given.certifier
JOIN above AS other ON other.start = given.party AND other.party = one.party
GROUP BY given.event_idx
