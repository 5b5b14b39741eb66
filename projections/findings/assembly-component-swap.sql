-- code: COMPONENT-SWAP
-- title: A rack found other than it was built
-- severity: critical
-- basis: label swap: what is seen in the rack is another's, or stands in another place
-- explains: a repair that is not recorded; a list that was written down wrong
-- note: Compared are serial numbers with their rack, tray and slot, and the serial number of the
--       chassis, where both the manifest and the inspection's list name them.
-- subject: rack
-- with: word
WITH seen AS (
  SELECT sighting.*, word.valid_until, word.occurred
  FROM sighting
  JOIN word ON word.idx = sighting.event_idx AND sighting.found
  WHERE sighting.rack IS NOT NULL AND (:subject IS NULL OR sighting.rack = :subject)
),
-- Where each serial was before, by the newest that was told of it.
built AS (
  SELECT seen.serial, seen.event_idx, unit.rack, unit.tray, unit.slot, unit.event_idx AS by_idx,
         max(told.valid_at || printf('%012d', told.idx))
  FROM seen
  JOIN unit ON unit.serial = seen.serial
  JOIN word AS told ON told.idx = unit.event_idx AND told.valid_at < seen.valid_until
  GROUP BY seen.serial, seen.event_idx
),
named_chassis AS (
  SELECT assembly.rack, assembly.chassis_serial, max(assembly.event_idx) AS by_idx
  FROM assembly JOIN word ON word.idx = assembly.event_idx
  WHERE assembly.rack IN (SELECT rack FROM seen) AND assembly.chassis_serial IS NOT NULL
  GROUP BY assembly.rack
  UNION ALL
  SELECT stocked_rack.rack, stocked_rack.chassis_serial, max(stocked_rack.event_idx)
  FROM stocked_rack JOIN word ON word.idx = stocked_rack.event_idx
  WHERE stocked_rack.rack IN (SELECT rack FROM seen) AND stocked_rack.chassis_serial IS NOT NULL
  GROUP BY stocked_rack.rack
),
differs AS (
  SELECT seen.rack, seen.event_idx, built.by_idx,
         printf('serial %s, which was built into %s', seen.serial, coalesce(built.rack, 'no rack'))
           AS said
  FROM seen
  JOIN built ON built.serial = seen.serial AND built.event_idx = seen.event_idx
  WHERE built.rack IS NOT seen.rack
  UNION ALL
  SELECT seen.rack, seen.event_idx, built.by_idx,
         printf('serial %s in tray %s, slot %s, where it was not built', seen.serial,
           coalesce(seen.tray, '-'), coalesce(seen.slot, '-'))
  FROM seen
  JOIN built ON built.serial = seen.serial AND built.event_idx = seen.event_idx
  WHERE built.rack = seen.rack AND (seen.tray <> built.tray OR seen.slot <> built.slot)
  UNION ALL
  SELECT seen.rack, seen.event_idx, named_chassis.by_idx,
         printf('chassis serial %s, and %s was built with %s', seen.chassis_serial, seen.rack,
           named_chassis.chassis_serial)
  FROM seen JOIN named_chassis ON named_chassis.rack = seen.rack
  WHERE seen.chassis_serial <> named_chassis.chassis_serial
  GROUP BY seen.rack, seen.event_idx, seen.chassis_serial
)
SELECT rack AS subject, json_array(max(by_idx), event_idx) AS entries,
       printf('%s was found with %s%s', rack, min(said),
         iif(count(*) > 1, printf('; %,d differences in all', count(*)), '')) AS facts
FROM differs
GROUP BY rack, event_idx
