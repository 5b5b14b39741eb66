-- code: BACKDATED
-- title: Recorded long after it happened
-- severity: medium
-- basis: 15 CFR 762.5(b)(4), (b)(8): when a record was entered, and what was changed
-- explains: papers that came late; a ledger that was opened after the event
-- note: Movements, transfers and leases are looked at; corrections are old by nature, and are left to
--       CORRECTION-PATTERN. A month and more is graded high.
-- subject: entry
-- thresholds: days (7, days after the event in which it may be recorded)
--             dispatch_days (2, the same for a dispatch)
--             grave_days (30, days from which it is graded high)
-- with: word
WITH late AS (
  SELECT word.*, julianday(recorded_at) - julianday(valid_until) AS days_late
  FROM word
  WHERE (:subject IS NULL OR word.idx = :subject) AND corrects_idx IS NULL
    AND noun IN ('rack', 'shipment', 'title', 'lease')
    AND type <> 'UsageReported.v1' AND valid_until < recorded_at
)
SELECT idx AS subject, json_array(idx) AS entries,
       printf('%s, dated %s, was recorded on %s, %d days later', summary, occurred,
         substr(recorded_at, 1, 10), days_late) AS facts,
       iif(days_late > :grave_days, 'high', 'medium') AS severity
FROM late
WHERE days_late > iif(type = 'ShipmentDispatched.v1', :dispatch_days, :days)
