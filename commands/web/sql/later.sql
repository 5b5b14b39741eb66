SELECT 'corrected by' AS how, idx AS entry, asserted_by AS party
FROM event WHERE corrects_idx = :idx AND idx <= :known_at
UNION ALL
SELECT 'voided by', idx, asserted_by FROM event WHERE voids_idx = :idx AND idx <= :known_at
UNION ALL
SELECT replace(stance, '_', ' ') || ' by', via_idx, party FROM signature
WHERE event_idx = :idx AND via_idx <> :idx AND via_idx <= :known_at
UNION ALL
SELECT 'documents added by', attached.idx, attached.asserted_by
FROM attachment JOIN event AS attached ON attached.idx = attachment.event_idx
JOIN event AS target ON target.id = attachment.target_id
WHERE target.idx = :idx AND attached.idx <= :known_at
UNION ALL
SELECT 'other version by', other.idx, other.asserted_by
FROM event JOIN event AS other ON other.opened = event.opened AND other.type = event.type
  AND other.asserted_by <> event.asserted_by AND other.basis <> 'third_party_report'
WHERE event.idx = :idx AND event.basis <> 'third_party_report' AND other.idx <= :known_at
UNION ALL
SELECT 'expected to sign, and did not', NULL, party FROM expected
WHERE event_idx = :idx AND NOT EXISTS (
  SELECT 1 FROM signature WHERE signature.event_idx = :idx AND via_idx <= :known_at
    AND signature.party = expected.party)
ORDER BY 2, 1, 3
