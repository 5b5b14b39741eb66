-- title: As built, as found
-- question: Is each unit that an inspection looked at where assembly and repairs put it?
-- parameters: site (site, optional, inspections at this site)
--             rack (rack, optional, units built into this rack or seen in it, looked at or not)
--             inspection (text, optional, this inspection)
--             differing (text, optional, any word: leave out the units that were as recorded)
-- columns: result: as recorded, or what is otherwise; not looked at only where a rack is named
--          recorded_rack: rack that it is built into, after repairs; null: loose, or not recorded
--          recorded_place: tray and slot there
--          by_entry: entry that put it there
--          seen_rack: rack that it was seen in; null where the inspection names none
--          seen_place: tray and slot there
--          seen_chassis: serial number of the chassis that it was seen in
--          strength: of the look, from 0, a self-declaration, to 5
--          on_one_word: yes if the auditor alone signed for the result
-- note: A look counts until a later one of at least its strength; of two that count, the one that did
--       not find the unit is listed. A label can be moved to another unit: below strength 3 a result
--       says where a label is.
WITH -- Every look at each unit, and the strongest of those after it.
look AS (
  SELECT sighting.*, inspection.inspection, inspection.site, inspection.strength,
         event.occurred, event.valid_at, event.valid_until, event.asserted_by, event.idx,
         max(inspection.strength) OVER (
           PARTITION BY sighting.serial ORDER BY event.valid_at DESC, event.idx DESC
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_strength
  FROM sighting
  JOIN inspection ON inspection.event_idx = sighting.event_idx
  JOIN counting ON counting.event_idx = sighting.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = sighting.event_idx
  WHERE event.valid_at < :as_of
    AND (:site IS NULL OR inspection.site = :site)
    AND (:inspection IS NULL OR inspection.inspection = :inspection)
),
looked AS (
  SELECT *, row_number() OVER (PARTITION BY serial
                               ORDER BY found, valid_at DESC, idx DESC) AS newest
  FROM look
  WHERE later_strength IS NULL OR later_strength < strength
),
wanted AS (
  SELECT serial FROM looked
  UNION
  SELECT serial FROM unit WHERE :rack IS NOT NULL AND rack = :rack
),
-- Where each was put last before it was looked at, or before the moment asked about.
put AS (
  SELECT wanted.serial, unit.batch, unit.rack, unit.tray, unit.slot, unit.event_idx,
         row_number() OVER (PARTITION BY wanted.serial
                            ORDER BY unit.valid_at DESC, unit.event_idx DESC) AS newest
  FROM wanted
  JOIN unit ON unit.serial = wanted.serial
  JOIN counting ON counting.event_idx = unit.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  LEFT JOIN looked ON looked.serial = wanted.serial AND looked.newest = 1
  WHERE unit.valid_at < coalesce(looked.valid_until, :as_of)
),
-- A rack that was taken apart since: its units are loose ones.
standing AS (
  SELECT put.serial, put.batch, put.event_idx, put.tray, put.slot,
         iif(EXISTS (
           SELECT 1 FROM disassembly
           JOIN counting ON counting.event_idx = disassembly.event_idx
             AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
           JOIN event ON event.idx = disassembly.event_idx
           JOIN event AS putting ON putting.idx = put.event_idx
           WHERE disassembly.rack = put.rack AND event.basis <> 'third_party_report'
             AND (event.valid_at, event.idx) > (putting.valid_at, putting.idx)
             AND event.valid_at < coalesce(
               (SELECT looked.valid_until FROM looked
                WHERE looked.serial = put.serial AND looked.newest = 1), :as_of)),
           NULL, put.rack) AS rack
  FROM put WHERE newest = 1
),
-- With which chassis each rack was built, or stood when stock was opened.
chassis AS (
  SELECT rack, chassis_serial, max(event_idx)
  FROM (
    SELECT rack, chassis_serial, event_idx FROM assembly
    UNION ALL
    SELECT rack, chassis_serial, event_idx FROM stocked_rack)
  JOIN counting USING (event_idx)
  WHERE from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    AND rack IN (SELECT rack FROM looked WHERE looked.chassis_serial IS NOT NULL)
  GROUP BY rack
),
compared AS (
  SELECT wanted.serial, standing.batch, standing.rack AS recorded_rack,
         iif(standing.rack IS NULL, NULL,
             coalesce(standing.tray, '') || coalesce('/' || standing.slot, '')) AS recorded_place,
         standing.event_idx AS by_entry, looked.rack AS seen_rack,
         iif(looked.tray IS NULL AND looked.slot IS NULL, NULL,
             coalesce(looked.tray, '') || coalesce('/' || looked.slot, '')) AS seen_place,
         looked.chassis_serial AS seen_chassis,
         looked.condition, looked.inspection, looked.site, looked.occurred AS looked_on,
         looked.strength, looked.idx AS entry,
         CASE
           WHEN looked.serial IS NULL THEN 'not looked at'
           WHEN NOT looked.found THEN 'not found'
           WHEN standing.serial IS NULL THEN 'not recorded'
           WHEN looked.rack IS NOT NULL AND standing.rack IS NULL THEN 'taken out'
           WHEN looked.rack <> standing.rack THEN 'in another rack'
           WHEN looked.tray <> standing.tray OR looked.slot <> standing.slot
             THEN 'in another place'
           WHEN looked.chassis_serial <> chassis.chassis_serial THEN 'on another chassis'
           ELSE 'as recorded'
         END AS result,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = looked.idx AND via_idx <= :known_at GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) < 2 AS on_one_word
  FROM wanted
  LEFT JOIN standing ON standing.serial = wanted.serial
  LEFT JOIN looked ON looked.serial = wanted.serial AND looked.newest = 1
  LEFT JOIN chassis ON chassis.rack = looked.rack
  WHERE looked.serial IS NOT NULL OR standing.rack = :rack
)
SELECT serial, result, batch, recorded_rack, recorded_place, by_entry, seen_rack, seen_place,
       seen_chassis, condition, inspection, site, looked_on, strength,
       iif(entry IS NULL, NULL, on_one_word) AS on_one_word, entry
FROM compared
WHERE (:rack IS NULL OR recorded_rack = :rack OR seen_rack = :rack)
  AND (:differing IS NULL OR result NOT IN ('as recorded', 'not looked at'))
ORDER BY coalesce(recorded_rack, seen_rack), recorded_place, serial
