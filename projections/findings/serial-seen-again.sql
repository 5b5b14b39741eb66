-- code: SERIAL-REAPPEARS
-- title: A serial number seen by an inspection after its rack was destroyed, lost or stolen
-- severity: critical
-- basis: end-of-life fraud: what is told as scrapped goes on running elsewhere
-- explains: a destruction or loss that was told of the wrong rack; units found again; a wrong list
-- subject: serial
-- with: sighted
WITH seen AS MATERIALIZED (
  SELECT sighted.* FROM sighted WHERE (:subject IS NULL OR sighted.serial = :subject)
),
gone AS (
  SELECT seen.serial, seen.event_idx, seen.site, seen.occurred, line.rack,
         units_change.to_state, units_change.event_idx AS gone_idx, word.occurred AS gone_on
  FROM seen
  JOIN was_in ON was_in.serial = seen.serial AND was_in.event_idx = seen.event_idx
  JOIN line ON line.rack = was_in.rack
  JOIN units_change ON units_change.event_idx = line.event_idx
    AND units_change.to_state IN ('destroyed', 'lost', 'stolen')
  JOIN word ON word.idx = units_change.event_idx AND word.valid_until <= seen.valid_at
  WHERE NOT EXISTS (
    SELECT 1 FROM units_change AS found
    JOIN word AS back ON back.idx = found.event_idx AND back.valid_at < seen.valid_until
      AND back.valid_until >= word.valid_at
    JOIN line AS again ON again.event_idx = found.event_idx AND again.rack = line.rack
    WHERE found.to_state = 'found')
)
SELECT gone.serial AS subject, json_array(max(gone.gone_idx), gone.event_idx) AS entries,
       printf('%s was told as %s on %s with rack %s, and was seen at %s on %s', gone.serial,
         gone.to_state, gone.gone_on, gone.rack, gone.site, gone.occurred) AS facts
FROM gone
-- It may have been taken out of that rack before.
WHERE NOT EXISTS (SELECT 1 FROM was_in
                  WHERE was_in.serial = gone.serial AND was_in.event_idx = gone.event_idx
                    AND was_in.rack IS NOT gone.rack
                    AND was_in.by_idx > (SELECT min(first.by_idx) FROM was_in AS first
                                         WHERE first.serial = gone.serial
                                           AND first.event_idx = gone.event_idx
                                           AND first.rack = gone.rack))
GROUP BY gone.serial, gone.event_idx
