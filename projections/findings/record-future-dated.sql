-- code: FUTURE-DATED
-- title: Recorded before it happened
-- severity: high
-- basis: 15 CFR 762.5(b)(4): a record of what happened; what is to come is a plan
-- explains: a clock or a time zone that was wrong
-- note: Plans and notices of inspections are left out. Where only a part of the date's interval lies
--       ahead it is not told: a month may be reported before it is over.
-- subject: entry
-- thresholds: hours (24, hours by which clocks may differ)
-- with: word
SELECT idx AS subject, json_array(idx) AS entries,
       printf('%s, dated %s, was recorded on %s', summary, occurred, substr(recorded_at, 1, 16))
         AS facts
FROM word
WHERE (:subject IS NULL OR word.idx = :subject) AND noun <> 'plan'
  AND type <> 'InspectionAnnounced.v1' AND valid_at > recorded_at
  AND julianday(valid_at) - julianday(recorded_at) > :hours / 24.0
