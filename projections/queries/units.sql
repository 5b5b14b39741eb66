-- title: Units by serial number
-- question: Which serial numbers do the manifests list, of which batch, and in which rack and tray?
-- parameters: serial (serial, optional, this serial number)
--             batch (batch, optional, units of this batch)
--             rack (rack, optional, units in this rack)
-- columns: tray: as the newest manifest names it; null where it names none
--          entry: entry of that manifest
-- note: From documents that are at hand. A manifest lists what its author wrote.
WITH wanted AS (
  -- One number, or those that some manifest lists in the rack, or of the batch: an index finds the
  -- rows of each.
  SELECT :serial AS serial WHERE :serial IS NOT NULL
  UNION
  SELECT serial FROM unit WHERE :serial IS NULL AND rack = :rack
  UNION
  SELECT serial FROM unit WHERE coalesce(:serial, :rack) IS NULL AND batch = :batch
),
listed AS (
  SELECT unit.serial, batch, rack, tray, slot, event_idx, valid_at
  FROM wanted CROSS JOIN unit ON unit.serial = wanted.serial
  UNION ALL
  SELECT serial, batch, rack, tray, slot, event_idx, valid_at
  FROM unit WHERE coalesce(:serial, :rack, :batch) IS NULL
),
told AS (
  SELECT serial, batch, rack, tray, slot, listed.event_idx,
         row_number() OVER (PARTITION BY serial COLLATE NOCASE
                            ORDER BY valid_at DESC, listed.event_idx DESC) AS newest
  FROM listed
  JOIN counting ON counting.event_idx = listed.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE valid_at < :as_of
)
SELECT serial, batch, rack, tray, slot, event_idx AS entry
FROM told
WHERE newest = 1
  AND (:batch IS NULL OR batch = :batch COLLATE NOCASE)
  AND (:rack IS NULL OR rack = :rack COLLATE NOCASE)
ORDER BY serial COLLATE NOCASE
