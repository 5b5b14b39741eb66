-- code: SUBLEASE-UNDECLARED
-- title: Users that no lease names
-- severity: high
-- basis: red flag for cloud providers: who uses is not who leases
-- explains: a sublease that is not recorded; affiliates of the lessee
-- note: Compared are the users whom the lessee itself states as end users. Reports of usage name
--       countries and no users.
-- subject: lease
-- with: word
SELECT lease.lease AS subject, json_array(lease.event_idx, end_use_user.event_idx) AS entries,
       printf('%s states %s as an end user, who is lessee of no part of %s', lease.lessee,
         end_use_user.party, lease.lease) AS facts
FROM lease
JOIN word ON word.idx = lease.event_idx
JOIN end_use_user ON end_use_user.end_user = lease.lessee
JOIN word AS stated ON stated.idx = end_use_user.event_idx
WHERE (:subject IS NULL OR lease.lease = :subject) AND end_use_user.party <> lease.lessee
  AND end_use_user.party IS NOT lease.lessor
  AND NOT EXISTS (SELECT 1 FROM lease AS part JOIN word ON word.idx = part.event_idx
                  WHERE part.parent_lease = lease.lease AND part.lessee = end_use_user.party)
GROUP BY lease.event_idx, end_use_user.party
