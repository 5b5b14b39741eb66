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
paper AS (
  SELECT sha256, min(kind) AS kind, min(title) AS title, count(DISTINCT event_idx) AS named_by,
         max(event_idx) AS newest
  FROM naming GROUP BY sha256
),
-- A document that was added to an event later is a paper of that event too.
about AS (
  SELECT sha256, event_idx FROM naming
  UNION
  SELECT naming.sha256, event.idx
  FROM naming
  JOIN attachment ON attachment.event_idx = naming.event_idx
  JOIN event ON event.id = attachment.target_id
),
course AS (
  SELECT DISTINCT about.sha256, named.kind, named.value
  FROM about
  JOIN event ON event.idx = about.event_idx
  JOIN named ON named.event_idx = about.event_idx
  WHERE named.kind IN ('shipment', 'lease', 'filing')
     OR (named.kind = event.noun AND event.noun IN ('authorization', 'certification', 'plan'))
     OR (named.kind = 'rack' AND event.noun IN ('rack', 'product'))
     OR (named.kind = 'batch' AND event.noun = 'product')
),
-- A hold names what it covers, and is no event of that.
transacted AS (
  SELECT sha256, event_idx, 1 AS names_it FROM about
  UNION
  SELECT course.sha256, named.event_idx, 0
  FROM course JOIN named ON named.kind = course.kind AND named.value = course.value
  WHERE named.event_idx NOT IN (SELECT event_idx FROM hold)
),
day AS (
  SELECT transacted.sha256, names_it, event.idx, replace(event.occurred, '../', '') AS bare,
         NOT EXISTS (SELECT 1 FROM event AS later
                     WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
         AND NOT EXISTS (SELECT 1 FROM event AS later
                         WHERE later.voids_idx = event.idx AND later.idx <= :known_at) AS stands
  FROM transacted JOIN event ON event.idx = transacted.event_idx
  WHERE event.valid_at < :as_of AND event.idx <= :known_at
),
-- The last day that each date may mean, then the entry: as text, the greatest is the latest.
ranked AS (
  SELECT sha256, names_it, stands,
         CASE length(bare) WHEN 4 THEN bare || '-12-31'
                           WHEN 7 THEN date(bare || '-01', '+1 month', '-1 day')
                           ELSE substr(bare, 1, 10) END || printf(' %015d', idx) AS place
  FROM day
),
latest AS (
  SELECT sha256,
         coalesce(max(iif(stands, place, NULL)), max(iif(names_it, place, NULL))) AS place
  FROM ranked GROUP BY sha256
),
unfinished AS (
  SELECT course.sha256, 'lease ' || course.value AS what
  FROM course
  WHERE course.kind = 'lease'
    AND EXISTS (SELECT 1 FROM lease
                JOIN counting ON counting.event_idx = lease.event_idx
                  AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
                JOIN event ON event.idx = lease.event_idx
                WHERE lease.lease = course.value AND event.valid_at < :as_of
                  AND event.basis <> 'third_party_report')
    AND NOT EXISTS (SELECT 1 FROM lease_end
                    JOIN counting ON counting.event_idx = lease_end.event_idx
                      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
                    JOIN event ON event.idx = lease_end.event_idx
                    WHERE lease_end.lease = course.value AND event.valid_at < :as_of
                      AND event.basis <> 'third_party_report')
  UNION
  SELECT course.sha256, 'shipment ' || course.value
  FROM course
  WHERE course.kind = 'shipment'
    AND (SELECT sum(quantity) FROM posting
         WHERE posting.shipment = course.value AND book = 'possession' AND state = 'in_transit'
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
  FROM holding JOIN paper
  WHERE NOT EXISTS (SELECT 1 FROM hold_scope WHERE hold_scope.event_idx = holding.event_idx)
  UNION
  SELECT paper.sha256, holding.hold
  FROM holding
  JOIN hold_scope ON hold_scope.event_idx = holding.event_idx AND hold_scope.kind = 'document'
  JOIN paper ON paper.sha256 = hold_scope.value
  UNION
  SELECT about.sha256, holding.hold
  FROM holding
  JOIN hold_scope ON hold_scope.event_idx = holding.event_idx
  JOIN named ON named.kind = hold_scope.kind AND named.value = hold_scope.value
  JOIN about ON about.event_idx = named.event_idx
),
given_up AS (
  SELECT paper.sha256, max(disposal.event_idx) AS idx
  FROM paper
  JOIN disposal ON disposal.document = paper.sha256 AND disposal.event_idx >= paper.newest
  JOIN event ON event.idx = disposal.event_idx
  WHERE event.valid_at < :as_of AND event.idx <= :known_at AND event.basis = 'first_party'
  GROUP BY paper.sha256
)
SELECT paper.kind, paper.title, paper.sha256, paper.named_by,
       substr(latest.place, 1, 10) AS latest, CAST(substr(latest.place, 12) AS INTEGER)
         AS latest_entry,
       date(substr(latest.place, 1, 10), '+5 years') AS kept_until,
       (SELECT group_concat(what, ', ') FROM
         (SELECT what FROM unfinished WHERE unfinished.sha256 = paper.sha256 ORDER BY what)
       ) AS unfinished,
       (SELECT group_concat(hold, ', ') FROM
         (SELECT hold FROM covered WHERE covered.sha256 = paper.sha256 ORDER BY hold)) AS holds,
       given_up.idx AS disposed, event.occurred AS disposed_on, disposal.ordered_by
FROM paper
JOIN latest ON latest.sha256 = paper.sha256
LEFT JOIN given_up ON given_up.sha256 = paper.sha256
LEFT JOIN disposal ON disposal.event_idx = given_up.idx
LEFT JOIN event ON event.idx = given_up.idx
ORDER BY kept_until, paper.kind, paper.title, paper.sha256
