-- title: Incidents
-- question: What went wrong, or is suspected to, and who says so?
-- parameters: incident (incident, optional, this incident)
--             party (party, optional, incidents that name this party or that it reported)
--             site (site, optional, incidents at this site)
-- columns: qualifier: what is known of the figure
--          about: batches, racks and serial numbers that it names
--          word: on what ground it is told
-- note: A report moves nothing; units that are lost or stolen are so by a change of their state.
--       The account of it is sealed with the entry. One that was corrected or voided is not listed.
SELECT incident.incident, incident.kind, event.occurred, incident.discovered,
       event.asserted_by AS reported_by, incident.party, incident.site, incident.shipment,
       incident.lease, incident.quantity, incident.qualifier,
       (SELECT group_concat(kind || ' ' || value, ', ') FROM
         (SELECT kind, value FROM incident_subject
          WHERE incident_subject.event_idx = incident.event_idx ORDER BY kind, value)) AS about,
       incident.reported_to, incident.case_number,
       CASE event.basis WHEN 'first_party' THEN 'own word' WHEN 'authority' THEN 'an authority'
         WHEN 'counterparty' THEN 'a counterparty' ELSE 'as reported' END AS word,
       event.idx AS entry
FROM incident
JOIN event ON event.idx = incident.event_idx
WHERE event.valid_at < :as_of AND event.idx <= :known_at
  AND NOT EXISTS (SELECT 1 FROM event AS later
                  WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
  AND NOT EXISTS (SELECT 1 FROM event AS later
                  WHERE later.voids_idx = event.idx AND later.idx <= :known_at)
  AND (:incident IS NULL OR incident.incident = :incident)
  AND (:site IS NULL OR incident.site = :site)
  AND (:party IS NULL OR EXISTS (SELECT 1 FROM named
         WHERE named.kind = 'party' AND named.value = :party AND named.event_idx = event.idx))
ORDER BY event.valid_at, event.idx
