-- code: LESSEE-D5-PARENT
-- title: A lessee of a listed country
-- severity: info
-- basis: policy statement of May 2025 and the bill on remote access, as the rule pack has them
-- explains: due diligence that is on record; headquarters told wrong
-- note: Use from afar is not itself an export; this is about due diligence. Looked for are, of the
--       lessee, a statement of end use without military use, a clear check of its users by another
--       than itself, and a clear check of military or WMD use, or a document of kind due_diligence
--       with a check of it. Where one is missing it is high. Headquarters are as claimed at the end
--       of the day that is asked about.
-- subject: lease
-- with: word
WITH let AS (
  SELECT lease.lease, lease.lessee, lease.event_idx, word.valid_until
  FROM lease JOIN word ON word.idx = lease.event_idx
  WHERE (:subject IS NULL OR lease.lease = :subject) AND lease.lessee IS NOT NULL
  UNION ALL
  SELECT lease_change.lease, lease_change.lessee, lease_change.event_idx, word.valid_until
  FROM lease_change JOIN word ON word.idx = lease_change.event_idx
  WHERE (:subject IS NULL OR lease_change.lease = :subject) AND lease_change.lessee IS NOT NULL
),
theirs AS (
  SELECT let.lease, let.lessee, max(let.event_idx) AS event_idx, said.pack, said.dated, said.why,
         said.met, said.entries, min(said.rule)
  FROM let
  CROSS JOIN pack.party AS said ON said.party = let.lessee
  CROSS JOIN pack.rule ON rule.pack = said.pack AND rule.rule = said.rule
  WHERE rule.kind = 'remote_use' AND said.status NOT IN ('not_yet', 'ended')
    AND (said.met OR said.met IS NULL AND said.unknown LIKE '%"which declaration is right"%')
  GROUP BY let.lease, let.lessee
),
looked AS (
  SELECT theirs.*,
         EXISTS (SELECT 1 FROM end_use JOIN word ON word.idx = end_use.event_idx
                 WHERE end_use.end_user = theirs.lessee AND end_use.no_military) AS stated,
         EXISTS (SELECT 1 FROM party_check JOIN word ON word.idx = party_check.event_idx
                 WHERE party_check.party = theirs.lessee AND party_check.kind = 'users'
                   AND party_check.result = 'clear' AND word.asserted_by <> theirs.lessee) AS users,
         EXISTS (SELECT 1 FROM party_check JOIN word ON word.idx = party_check.event_idx
                 WHERE party_check.party = theirs.lessee AND word.asserted_by <> theirs.lessee
                   AND (party_check.kind = 'military_wmd' AND party_check.result = 'clear'
                     OR EXISTS (SELECT 1 FROM document_ref
                                WHERE document_ref.event_idx = word.idx
                                  AND document_ref.kind = 'due_diligence')
                     OR EXISTS (SELECT 1 FROM attachment
                                JOIN document_ref USING (event_idx)
                                JOIN word AS later ON later.idx = attachment.event_idx
                                WHERE attachment.target_id = word.id
                                  AND document_ref.kind = 'due_diligence'))) AS use
  FROM theirs
)
SELECT lease AS subject,
       replace('[' || event_idx || ',' || substr(entries, 2), ',]', ']') AS entries,
       printf('%s; a matter of due diligence by pack %s of %s; on record: %s%s%s%s', why, pack,
         dated, iif(stated, '', 'no statement of end use without military use; '),
         iif(users, '', 'no clear check of its users; '),
         iif(use, '', 'no check of military or WMD use, and no due-diligence file; '),
         iif(stated AND users AND use, 'statement of end use, check of users, due diligence',
             printf('%d of 3', stated + users + use))) AS facts,
       iif(met, 'indicator', 'not decidable') AS certainty,
       iif(stated AND users AND use, 'info', 'high') AS severity
FROM looked
