-- title: Units by serial number
-- question: Which serial numbers do the manifests list, of which batch, and in which rack and tray?
-- parameters: serial (serial, optional, this serial number)
--             batch (batch, optional, units of this batch)
--             rack (rack, optional, units in this rack)
-- columns: tray: as the newest manifest names it; null where it names none
--          entry: entry of that manifest
-- note: From documents that are at hand. A manifest lists what its author wrote.
WITH told AS (
  SELECT unit.serial, unit.batch, unit.rack, unit.tray, unit.slot, unit.event_idx,
         row_number() OVER (PARTITION BY unit.serial
                            ORDER BY unit.valid_at DESC, unit.event_idx DESC) AS newest
  FROM unit
  JOIN counting ON counting.event_idx = unit.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE unit.valid_at < :as_of AND (:serial IS NULL OR unit.serial = :serial)
)
SELECT serial, batch, rack, tray, slot, event_idx AS entry
FROM told
WHERE newest = 1
  AND (:batch IS NULL OR batch = :batch)
  AND (:rack IS NULL OR rack = :rack)
ORDER BY serial
