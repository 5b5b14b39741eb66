-- code: RETENTION
-- title: A document given up too early, or under a hold
-- severity: high
-- basis: 15 CFR 762.6: five years from the latest of export, return and end; longer on request
-- explains: a copy that another party keeps
-- subject: entry
-- with: word
WITH gone AS (
  SELECT disposal.*, word.recorded_at, word.valid_at, word.occurred
  FROM disposal JOIN word ON word.idx = disposal.event_idx
  WHERE (:subject IS NULL OR disposal.event_idx = :subject)
),
held AS (
  SELECT gone.event_idx, hold.hold, hold.event_idx AS by_idx
  FROM gone
  JOIN hold ON hold.event_idx < gone.event_idx
  JOIN word ON word.idx = hold.event_idx
  WHERE NOT EXISTS (SELECT 1 FROM hold_release JOIN word AS released
                      ON released.idx = hold_release.event_idx
                    WHERE hold_release.hold = hold.hold AND hold_release.event_idx < gone.event_idx
                      AND (released.asserted_by = word.asserted_by
                           OR released.basis = 'authority'))
    AND (NOT EXISTS (SELECT 1 FROM hold_scope WHERE hold_scope.event_idx = hold.event_idx)
         OR EXISTS (SELECT 1 FROM hold_scope
                    WHERE hold_scope.event_idx = hold.event_idx AND hold_scope.kind = 'document'
                      AND hold_scope.value = gone.document)
         OR EXISTS (SELECT 1 FROM hold_scope
                    JOIN document_ref ON document_ref.sha256 = gone.document
                    JOIN named ON named.kind = hold_scope.kind AND named.value = hold_scope.value
                      AND named.event_idx = document_ref.event_idx
                    WHERE hold_scope.event_idx = hold.event_idx))
)
SELECT gone.event_idx AS subject, json_array(gone.event_idx, min(held.by_idx)) AS entries,
       printf('document %s… was given up on %s, ', substr(gone.document, 1, 8), gone.occurred)
       || CASE WHEN min(held.hold) IS NOT NULL THEN 'under hold ' || min(held.hold)
               WHEN gone.ordered_by IS NOT NULL THEN 'by order of ' || gone.ordered_by
               ELSE 'and had to be kept until ' || gone.retained_until END AS facts
FROM gone
LEFT JOIN held ON held.event_idx = gone.event_idx
WHERE held.hold IS NOT NULL OR gone.ordered_by IS NOT NULL OR gone.retained_until_end > gone.valid_at
GROUP BY gone.event_idx
