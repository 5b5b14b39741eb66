-- code: LATE-AFTER-INSPECTION
-- title: The past of a site, told after an inspection was announced
-- severity: high
-- basis: papering: records made to fit what the inspector is going to see
-- explains: papers that came late by chance, and agree with those of another party
-- note: An event is meant that names the site, was over before the notice was recorded, and was
--       itself recorded after it.
-- subject: entry
-- thresholds: days (2, days before the notice that may still be recorded after it)
-- with: word
SELECT word.idx AS subject, json_array(word.idx, notice.idx) AS entries,
       printf('%s, dated %s, was recorded after entry %d announced an inspection of %s',
         word.summary, word.occurred, notice.idx, min(inspection_notice.site)) AS facts
FROM inspection_notice
CROSS JOIN word AS notice ON notice.idx = inspection_notice.event_idx
CROSS JOIN named ON named.kind = 'site' AND named.value = inspection_notice.site
  AND named.event_idx > notice.idx
CROSS JOIN word ON word.idx = named.event_idx
WHERE (:subject IS NULL OR word.idx = :subject)
  AND word.noun IN ('rack', 'shipment', 'product', 'title', 'lease')
  AND julianday(word.valid_until) + :days < julianday(notice.recorded_at)
GROUP BY word.idx
