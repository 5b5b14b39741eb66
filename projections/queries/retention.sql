-- title: How long documents are kept
-- question: Until when is each document kept, as the records show it, and what holds it?
-- parameters: document (text, optional, the document with this SHA-256)
--             entry (entry, optional, the sealed annex of this entry, instead of documents)
-- columns: named_by: how many entries name it
--          latest: last day of the latest event of its transaction
--          latest_entry: the entry of that event
--          kept_until: five years after that day; the last day on which it is kept
--          unfinished: leases that have not ended, and shipments with units on the way
--          holds: holds in force that cover it
--          disposed: entry by which the ledger operator gave it up; null while it is kept
--          ordered_by: who ordered that before its time or under a hold
-- note: Five years from the latest event are the term of 15 CFR 762.6(a), as far as these records
--       show the transaction: the events that name the document, and those that name the same
--       shipment, lease or filing; for papers of an authorization, certification or plan those that
--       name it, for papers of racks and batches those that name the rack or batch. What is
--       recorded elsewhere, or not at all, may end it later.
WITH naming AS (
  SELECT sha256, event_idx, kind, title FROM document_ref
  WHERE :entry IS NULL AND (:document IS NULL OR sha256 = :document) AND event_idx <= :known_at
  UNION ALL
  SELECT coalesce(:document, ''), idx, 'annex', 'sealed annex' FROM event
  WHERE idx = :entry AND idx <= :known_at
),
-- A document that was added to an event later is a paper of that event too.
about AS MATERIALIZED (
  SELECT sha256, event_idx, kind, title, event_idx AS named_in FROM naming
  UNION ALL
  SELECT naming.sha256, event.idx, NULL, NULL, NULL
  FROM naming
  CROSS JOIN attachment ON attachment.event_idx = naming.event_idx
  CROSS JOIN event ON event.id = attachment.target_id
),
taken AS MATERIALIZED (SELECT DISTINCT event_idx FROM about),
course AS MATERIALIZED (
  SELECT named.event_idx, named.kind, named.value
  FROM taken
  CROSS JOIN event ON event.idx = taken.event_idx
  CROSS JOIN named ON named.event_idx = taken.event_idx
  WHERE named.kind IN ('shipment', 'lease', 'filing')
     OR (named.kind = event.noun AND event.noun IN ('authorization', 'certification', 'plan'))
     OR (named.kind = 'rack' AND event.noun IN ('rack', 'product'))
     OR (named.kind = 'batch' AND event.noun = 'product')
),
matter AS MATERIALIZED (SELECT DISTINCT kind, value FROM course),
-- The last day that each date may mean, then the entry: the greatest is the latest. Asked about all,
-- of every event; else of those that are asked about.
dated AS (
  SELECT idx, occurred FROM event
  WHERE :document IS NULL AND :entry IS NULL AND valid_at < :as_of AND idx <= :known_at
  UNION ALL
  SELECT event.idx, event.occurred
  FROM (SELECT event_idx FROM taken WHERE coalesce(:document, :entry) IS NOT NULL
        UNION
        SELECT named.event_idx
        FROM matter CROSS JOIN named ON named.kind = matter.kind AND named.value = matter.value
        WHERE coalesce(:document, :entry) IS NOT NULL) AS wanted
  CROSS JOIN event ON event.idx = wanted.event_idx
  WHERE valid_at < :as_of AND idx <= :known_at
),
day AS MATERIALIZED (
  SELECT idx, place,
         iif(EXISTS (SELECT 1 FROM event AS later
                     WHERE later.corrects_idx = bounded.idx AND later.idx <= :known_at)
             OR EXISTS (SELECT 1 FROM event AS later
                        WHERE later.voids_idx = bounded.idx AND later.idx <= :known_at),
             NULL, place) AS stood
  FROM (SELECT idx, replace(CASE length(bare) WHEN 4 THEN bare || '-12-31'
                              WHEN 7 THEN date(bare || '-01', '+1 month', '-1 day')
                              ELSE substr(bare, 1, 10) END, '-', '') * 100000000000 + idx AS place
        FROM (SELECT idx, iif(substr(occurred, 1, 3) = '../', substr(occurred, 4), occurred) AS bare
              FROM dated)) AS bounded
),
-- A hold names what it covers, and is no event of that.
matter_latest AS MATERIALIZED (
  SELECT kind, value,
         (SELECT max(day.stood)
          FROM named CROSS JOIN day ON day.idx = named.event_idx
          WHERE named.kind = matter.kind AND named.value = matter.value
            AND named.event_idx NOT IN (SELECT event_idx FROM hold)) AS place
  FROM matter
),
event_latest AS MATERIALIZED (
  SELECT event_idx, max(own) AS own, max(place) AS place
  FROM (SELECT day.idx AS event_idx, day.place AS own, day.stood AS place
        FROM taken CROSS JOIN day ON day.idx = taken.event_idx
        UNION ALL
        SELECT course.event_idx, NULL, matter_latest.place
        FROM course
        CROSS JOIN matter_latest
          ON matter_latest.kind = course.kind AND matter_latest.value = course.value)
  GROUP BY event_idx
),
paper AS MATERIALIZED (
  SELECT about.sha256, min(about.kind) AS kind, min(about.title) AS title,
         count(DISTINCT about.named_in) AS named_by, max(about.named_in) AS newest,
         coalesce(max(event_latest.place), max(event_latest.own)) AS place
  FROM about LEFT JOIN event_latest ON event_latest.event_idx = about.event_idx
  GROUP BY about.sha256
),
unfinished AS (
  SELECT DISTINCT about.sha256, course.kind || ' ' || course.value AS what
  FROM matter
  CROSS JOIN course ON course.kind = matter.kind AND course.value = matter.value
  CROSS JOIN about ON about.event_idx = course.event_idx
  WHERE matter.kind = 'lease'
    AND EXISTS (SELECT 1 FROM lease
                JOIN counting ON counting.event_idx = lease.event_idx
                  AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
                JOIN event ON event.idx = lease.event_idx
                WHERE lease.lease = matter.value AND event.valid_at < :as_of
                  AND event.basis <> 'third_party_report')
    AND NOT EXISTS (SELECT 1 FROM lease_end
                    JOIN counting ON counting.event_idx = lease_end.event_idx
                      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
                    JOIN event ON event.idx = lease_end.event_idx
                    WHERE lease_end.lease = matter.value AND event.valid_at < :as_of
                      AND event.basis <> 'third_party_report')
     OR matter.kind = 'shipment'
    AND (SELECT sum(quantity) FROM posting
         WHERE posting.shipment = matter.value AND book = 'possession' AND state = 'in_transit'
           AND substr(holder, 1, 1) <> '@' AND valid_at < :as_of AND idx <= :known_at) > 0
),
holding AS (
  SELECT hold.event_idx, hold.hold
  FROM hold
  JOIN event ON event.idx = hold.event_idx
  WHERE event.valid_at < :as_of AND event.idx <= :known_at
    AND event.basis <> 'third_party_report'
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
    AND NOT EXISTS (SELECT 1 FROM event AS later
                    WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
    AND NOT EXISTS (
      SELECT 1 FROM hold_release
      JOIN event AS release ON release.idx = hold_release.event_idx
      WHERE hold_release.hold = hold.hold AND release.valid_at < :as_of
        AND release.idx <= :known_at AND release.basis <> 'third_party_report'
        AND (release.asserted_by = event.asserted_by OR release.basis = 'authority')
        AND NOT EXISTS (SELECT 1 FROM event AS later
                        WHERE later.corrects_idx = release.idx AND later.idx <= :known_at)
        AND NOT EXISTS (SELECT 1 FROM event AS later
                        WHERE later.voids_idx = release.idx AND later.idx <= :known_at))
),
covered AS (
  SELECT paper.sha256, holding.hold
  FROM holding CROSS JOIN paper
  WHERE NOT EXISTS (SELECT 1 FROM hold_scope WHERE hold_scope.event_idx = holding.event_idx)
  UNION
  SELECT paper.sha256, holding.hold
  FROM holding
  JOIN hold_scope ON hold_scope.event_idx = holding.event_idx AND hold_scope.kind = 'document'
  JOIN paper ON paper.sha256 = hold_scope.value
  UNION
  SELECT about.sha256, holding.hold
  FROM holding
  CROSS JOIN hold_scope ON hold_scope.event_idx = holding.event_idx
  CROSS JOIN named ON named.kind = hold_scope.kind AND named.value = hold_scope.value
  CROSS JOIN about ON about.event_idx = named.event_idx
),
given_up AS (
  SELECT paper.sha256, max(disposal.event_idx) AS idx
  FROM paper
  JOIN disposal ON disposal.document = paper.sha256 AND disposal.event_idx >= paper.newest
  JOIN event ON event.idx = disposal.event_idx
  WHERE event.valid_at < :as_of AND event.idx <= :known_at AND event.basis = 'first_party'
  GROUP BY paper.sha256
)
SELECT paper.kind, paper.title, paper.sha256, paper.named_by, paper.latest,
       paper.place % 100000000000 AS latest_entry, date(paper.latest, '+5 years') AS kept_until,
       open.unfinished, held.holds, given_up.idx AS disposed, event.occurred AS disposed_on,
       disposal.ordered_by
FROM (SELECT *, substr(place, 1, 4) || '-' || substr(place, 5, 2) || '-' || substr(place, 7, 2)
               AS latest
      FROM paper WHERE place IS NOT NULL) AS paper
LEFT JOIN (SELECT sha256, group_concat(what, ', ') AS unfinished
           FROM (SELECT * FROM unfinished ORDER BY sha256, what) GROUP BY sha256) AS open
  ON open.sha256 = paper.sha256
LEFT JOIN (SELECT sha256, group_concat(hold, ', ') AS holds
           FROM (SELECT * FROM covered ORDER BY sha256, hold) GROUP BY sha256) AS held
  ON held.sha256 = paper.sha256
LEFT JOIN given_up ON given_up.sha256 = paper.sha256
LEFT JOIN disposal ON disposal.event_idx = given_up.idx
LEFT JOIN event ON event.idx = given_up.idx
ORDER BY kept_until, paper.kind, paper.title, paper.sha256
