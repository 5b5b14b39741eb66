-- code: COMPONENT-SWAP
-- title: A rack found other than it was built
-- severity: critical
-- basis: label swap: what is seen in the rack is another's, or stands in another place
-- explains: a repair that is not recorded; a list that was written down wrong
-- note: Compared are serial numbers with their rack, tray and slot, and the serial number of the
--       chassis, where both the manifest and the inspection's list name them.
-- subject: rack
-- with: sighted
WITH seen AS (
  SELECT sighted.* FROM sighted
  WHERE sighted.rack IS NOT NULL AND (:subject IS NULL OR sighted.rack = :subject)
),
built AS MATERIALIZED (
  SELECT was_in.* FROM seen
  JOIN was_in ON was_in.serial = seen.serial AND was_in.event_idx = seen.event_idx
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
-- Of those that were told of, none is where it was seen.
differs AS (
  SELECT seen.rack, seen.event_idx, max(built.by_idx) AS by_idx,
         iif(max(built.rack IS seen.rack),
             printf('serial %s in tray %s, slot %s, where it was not built', seen.serial,
               coalesce(seen.tray, '-'), coalesce(seen.slot, '-')),
             printf('serial %s, which was built into %s', seen.serial,
               coalesce(min(built.rack), 'no rack'))) AS said
  FROM seen
  JOIN built ON built.serial = seen.serial AND built.event_idx = seen.event_idx
  GROUP BY seen.event_idx, seen.serial
  HAVING NOT max(built.rack IS seen.rack AND coalesce(seen.tray = built.tray, 1)
                 AND coalesce(seen.slot = built.slot, 1))
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
