-- title: How sure a site is
-- question: When was each site last looked at, by whom and how thoroughly, and what share of it was?
-- parameters: site (site, optional, this site)
-- columns: recorded: GPUs recorded at the site now
--          strength: of the look, from 0, a self-declaration, to 5; null: nobody looked at these
--          units: GPUs recorded there whose strongest look was of this strength, by serial number
--          share: of those recorded, in per cent
--          not_found: GPUs that the newest look of this strength did not find
--          counted: units that inspections of this strength say they looked at, listed or not
--          days: whole days since the newest look of this strength
--          on_one_word: units for which the auditor alone signed
-- note: Only a result with serial numbers says which units were looked at; counted may count one unit
--       several times. Labels and lists (0 and 1) are weak evidence, as labels can be moved.
-- with: flow
WITH recorded AS (
  SELECT site, sum(quantity) AS quantity
  FROM flow
  WHERE book = 'possession' AND site IS NOT NULL AND (:site IS NULL OR site = :site)
  GROUP BY site
),
told AS (
  SELECT inspection.event_idx, inspection.site, inspection.strength, inspection.counted,
         inspection.found, event.occurred, event.valid_at, event.asserted_by,
         (SELECT count(*) FROM
           (SELECT stance, max(via_idx) FROM signature
            WHERE signature.event_idx = inspection.event_idx AND via_idx <= :known_at
            GROUP BY party)
          WHERE stance IN ('signed', 'accepts')) AS words
  FROM inspection
  JOIN counting ON counting.event_idx = inspection.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = inspection.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:site IS NULL OR inspection.site = :site)
),
look AS (
  SELECT told.site, told.strength, told.words, sighting.serial, sighting.found,
         row_number() OVER (PARTITION BY told.site, told.strength, sighting.serial
                            ORDER BY told.valid_at DESC, told.event_idx DESC) AS newest,
         max(told.strength) OVER (PARTITION BY told.site, sighting.serial) AS strongest
  FROM told JOIN sighting ON sighting.event_idx = told.event_idx
),
-- Which of the units looked at are still recorded at the site, in a rack that is there.
put AS (
  SELECT serial, rack, row_number() OVER (PARTITION BY serial
                                          ORDER BY unit.valid_at DESC, unit.event_idx DESC) AS newest
  FROM unit
  JOIN counting ON counting.event_idx = unit.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE unit.serial IN (SELECT serial FROM look) AND unit.valid_at < :as_of
),
rack_at AS (
  SELECT DISTINCT rack, site
  FROM (
    SELECT posting.rack, posting.site
    FROM posting
    WHERE posting.book = 'possession' AND posting.site IS NOT NULL
      AND posting.rack IN (SELECT rack FROM put WHERE newest = 1)
      AND posting.valid_at < :as_of AND posting.idx <= :known_at
    GROUP BY posting.rack, posting.site, posting.batch
    HAVING sum(posting.quantity) > 0)
),
still AS (
  SELECT put.serial, rack_at.site
  FROM put JOIN rack_at ON rack_at.rack = put.rack
  WHERE put.newest = 1
),
listed AS (
  SELECT look.site, look.strength,
         count(iif(look.found AND look.strength = look.strongest
                   AND still.serial IS NOT NULL, 1, NULL)) AS units,
         count(iif(NOT look.found, 1, NULL)) AS not_found,
         count(iif(look.found AND look.strength = look.strongest
                   AND still.serial IS NOT NULL AND look.words < 2, 1, NULL)) AS on_one_word
  FROM look
  LEFT JOIN still ON still.serial = look.serial AND still.site = look.site
  WHERE look.newest = 1
  GROUP BY look.site, look.strength
),
by_strength AS (
  SELECT told.site, told.strength, count(*) AS inspections, sum(told.counted) AS counted,
         sum(iif(told.event_idx NOT IN (SELECT event_idx FROM sighting),
                 told.counted - told.found, 0)) AS uncounted,
         max(told.valid_at || told.occurred || ' ' || told.asserted_by) AS last,
         max(told.valid_at) AS last_at
  FROM told GROUP BY told.site, told.strength
),
looked AS (
  SELECT by_strength.site, by_strength.strength, by_strength.inspections, by_strength.counted,
         coalesce(listed.units, 0) AS units,
         coalesce(listed.not_found, 0) + by_strength.uncounted AS not_found,
         substr(last, 21, instr(substr(last, 21), ' ') - 1) AS last_on,
         substr(last, 21 + instr(substr(last, 21), ' ')) AS inspector, last_at,
         coalesce(listed.on_one_word, 0) AS on_one_word
  FROM by_strength
  LEFT JOIN listed ON listed.site = by_strength.site AND listed.strength = by_strength.strength
),
site_of AS (SELECT site FROM recorded WHERE quantity <> 0 UNION SELECT site FROM told),
placed AS (
  SELECT looked.*, 0 AS rest FROM looked
  UNION ALL
  SELECT site_of.site, NULL, NULL, NULL,
         max(0, coalesce((SELECT quantity FROM recorded WHERE recorded.site = site_of.site), 0)
                - coalesce((SELECT sum(units) FROM looked
                            WHERE looked.site = site_of.site), 0)),
         NULL, NULL, NULL, NULL, NULL, 1
  FROM site_of
)
SELECT placed.site, coalesce(recorded.quantity, 0) AS recorded, placed.strength, placed.units,
       CASE WHEN recorded.quantity > 0 THEN
         printf('%.2f', 100.0 * placed.units / recorded.quantity) END AS share,
       placed.not_found, placed.inspections, placed.counted, placed.last_on, placed.inspector,
       CAST(julianday(:as_of) - julianday(placed.last_at) AS INTEGER) AS days, placed.on_one_word
FROM placed LEFT JOIN recorded ON recorded.site = placed.site
ORDER BY placed.site, placed.rest, placed.strength DESC
