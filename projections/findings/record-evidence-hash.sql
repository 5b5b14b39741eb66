-- code: EVIDENCE-HASH
-- title: A manifest that is not what it should be
-- severity: high
-- basis: 15 CFR 762.5(b): what is stored reproduces the original, legible and whole
-- explains: a manifest in another form; it can be attached again
-- note: Rows that are not well-formed are left out, so serial numbers may be missing here.
-- subject: entry
-- with: word
SELECT word.idx AS subject, json_array(word.idx) AS entries,
       printf('the manifest of %s gives %,d rows and leaves out %,d: %s', word.summary,
         manifest.rows, manifest.skipped, manifest.problem) AS facts,
       iif(manifest.rows > 0, 'medium', 'high') AS severity
FROM manifest
JOIN word ON word.idx = manifest.event_idx
WHERE (:subject IS NULL OR word.idx = :subject) AND manifest.problem <> 'missing'
