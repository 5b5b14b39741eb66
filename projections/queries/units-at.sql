-- title: Where each named unit is
-- question: Where is each unit whose serial number is recorded, who holds it, and in which state?
-- parameters: serial (serial, optional, this serial number)
--             rack (rack, optional, units in this rack)
--             site (site, optional, units at this site)
--             holder (party, optional, units that this party holds)
-- columns: rack: that assembly or repair put it into last; null: loose, or taken out
--          entry: entry of the manifest that says so
--          assembly: model of the rack, as its newest assembly or opening names it
--          model: of the chip
--          accounts: that hold units of its batch there; of several the largest is listed
-- note: A serial number is where the newest manifest put its rack, and the rack where the entries
--       took it. Nobody looked: `as-found` says what inspections saw.
-- with: standing_lots
WITH told AS (
  SELECT unit.serial, unit.batch, unit.rack, unit.tray, unit.slot, unit.event_idx,
         unit.valid_at || printf('%012d', unit.event_idx) AS at,
         row_number() OVER (PARTITION BY unit.serial
                            ORDER BY unit.valid_at DESC, unit.event_idx DESC) AS newest
  FROM unit
  JOIN counting ON counting.event_idx = unit.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE unit.valid_at < :as_of AND (:serial IS NULL OR unit.serial = :serial)
    AND (:rack IS NULL OR unit.serial IN (SELECT serial FROM unit WHERE rack = :rack))
),
-- A rack that was taken apart since: its units are loose ones.
apart AS (
  SELECT disassembly.rack, max(event.valid_at || printf('%012d', event.idx)) AS at
  FROM disassembly
  JOIN counting ON counting.event_idx = disassembly.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = disassembly.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY disassembly.rack
),
put AS MATERIALIZED (
  SELECT told.*, iif(apart.at > told.at, NULL, told.rack) AS standing,
         coalesce(lower(iif(apart.at > told.at, NULL, told.rack)), '') AS spot
  FROM told LEFT JOIN apart ON apart.rack = told.rack
  WHERE newest = 1
),
picked_lot AS (
  SELECT lot.lot
  FROM (SELECT DISTINCT batch, standing FROM put) AS spot
  CROSS JOIN lot ON lot.rack IS spot.standing AND lot.batch = spot.batch
),
held AS (
  SELECT lot.rack, lot.batch, account.model, holder, site, state, shipment,
         lots_standing.quantity
  FROM lots_standing
  CROSS JOIN account ON account.account = lots_standing.account
  CROSS JOIN lot ON lot.lot = lots_standing.lot
  WHERE book = 'possession' AND holder NOT IN ('@commissioned', '@opening')
    AND lots_standing.quantity > 0
),
stand AS MATERIALIZED (
  SELECT held.*, coalesce(lower(rack), '') AS spot,
         count(*) OVER (PARTITION BY rack, batch) AS accounts,
         row_number() OVER (PARTITION BY rack, batch
                            ORDER BY quantity DESC, holder, site, state, shipment) AS largest
  FROM held
),
named AS (
  SELECT event_idx, rack, model, chassis_serial FROM assembly
  UNION ALL
  SELECT event_idx, rack, model, chassis_serial FROM stocked_rack
),
built AS MATERIALIZED (
  SELECT named.rack, named.model, named.chassis_serial,
         row_number() OVER (PARTITION BY named.rack
                            ORDER BY event.valid_at DESC, event.idx DESC) AS newest
  FROM named
  JOIN counting ON counting.event_idx = named.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = named.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND named.rack IN (SELECT standing FROM put)
)
SELECT put.serial, put.batch, stand.model, put.standing AS rack,
       iif(put.standing IS NULL, NULL, put.tray) AS tray,
       iif(put.standing IS NULL, NULL, put.slot) AS slot,
       built.model AS assembly, built.chassis_serial, stand.holder, stand.site, stand.state,
       stand.shipment, coalesce(stand.accounts, 0) AS accounts, put.event_idx AS entry
FROM put
LEFT JOIN (SELECT batch, spot, model, holder, site, state, shipment, accounts
           FROM stand WHERE largest = 1 GROUP BY batch, spot) AS stand
  ON stand.batch = put.batch AND stand.spot = put.spot
LEFT JOIN built ON built.rack = put.standing AND built.newest = 1
WHERE (:rack IS NULL OR put.standing = :rack)
  AND (:site IS NULL OR stand.site = :site)
  AND (:holder IS NULL OR stand.holder = :holder)
ORDER BY put.serial
