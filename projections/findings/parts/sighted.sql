-- title: What inspections saw, and where the manifests had it
-- question: Which serial numbers were seen, and in which racks may each have been by then?
-- with: word
sighted AS NOT MATERIALIZED (
  SELECT sighting.*, inspection.site, word.valid_at, word.valid_until, word.occurred
  FROM sighting
  JOIN word ON word.idx = sighting.event_idx AND sighting.found
  JOIN inspection ON inspection.event_idx = sighting.event_idx
),
-- Every place that was told before, but those that another surely followed before the inspection; as
-- all do that follow the making of the batch.
was_in AS NOT MATERIALIZED (
  SELECT sighted.serial, sighted.event_idx, unit.rack, unit.tray, unit.slot, told.idx AS by_idx
  FROM sighted
  JOIN unit ON unit.serial = sighted.serial
  JOIN word AS told ON told.idx = unit.event_idx AND told.valid_at < sighted.valid_until
  WHERE NOT EXISTS (
    SELECT 1 FROM unit AS next
    JOIN word AS later ON later.idx = next.event_idx
    WHERE next.serial = unit.serial AND later.valid_until <= sighted.valid_at
      AND (later.valid_at >= told.valid_until
           OR told.noun = 'product' AND later.noun <> 'product'))
)
