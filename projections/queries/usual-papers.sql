-- title: The usual papers of a shipment
-- question: Which of the papers that a shipment usually has are recorded, and which are missing?
-- parameters: shipment (shipment, optional, this shipment)
--             missing (text, optional, any word: only what is missing)
-- columns: paper: what is usually there
--          asked_by: where it is asked for or usual
--          found: the document, number or entry that stands for it; null: missing
--          entry: entry that it came with
-- note: A paper that is recorded need not say what it should, and one that is missing here may lie in
--       a drawer. Filings and authorizations are looked for where a border is crossed, as sites are
--       registered, or where that is not known.
-- with: place
WITH sent AS (
  SELECT shipment.event_idx, shipment.shipment, shipment.consignee, shipment.ultimate_consignee,
         shipment.purpose, shipment.to_ledger, event.valid_at,
         coalesce(origin.country <> target.country, 1) AS crosses
  FROM shipment
  JOIN counting ON counting.event_idx = shipment.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = shipment.event_idx
  LEFT JOIN place AS origin ON origin.site = shipment.from_site
  LEFT JOIN place AS target ON target.site = shipment.to_site
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
    AND (:shipment IS NULL OR shipment.shipment = :shipment)
),
-- Entries of the shipment: those that name it, and what was added to them later.
told AS (
  SELECT sent.event_idx AS sent_idx, event.idx, event.type
  FROM sent
  JOIN named ON named.kind = 'shipment' AND named.value = sent.shipment
  JOIN event ON event.idx = named.event_idx
  JOIN counting ON counting.event_idx = event.idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
),
with_added AS (
  SELECT sent_idx, idx FROM told
  UNION
  SELECT told.sent_idx, attachment.event_idx
  FROM told JOIN event ON event.idx = told.idx
  JOIN attachment ON attachment.target_id = event.id
  JOIN event AS adding ON adding.idx = attachment.event_idx
  WHERE attachment.event_idx <= :known_at AND adding.valid_at < :as_of
),
-- Whoever stated an end use, by the first such statement.
stated AS (
  SELECT end_use.end_user, min(end_use.event_idx) AS event_idx
  FROM (SELECT consignee AS party FROM sent UNION SELECT ultimate_consignee FROM sent) AS one
  CROSS JOIN end_use ON end_use.end_user = one.party
  JOIN counting ON counting.event_idx = end_use.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = end_use.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  GROUP BY end_use.end_user
),
there AS (
  SELECT with_added.sent_idx, 'document' AS form, document_ref.kind AS kind,
         document_ref.kind || ' ' || document_ref.title AS found, with_added.idx
  FROM with_added JOIN document_ref ON document_ref.event_idx = with_added.idx
  UNION ALL
  SELECT with_added.sent_idx, 'number', reference.type, reference.type || ' ' || reference.value,
         with_added.idx
  FROM with_added JOIN reference ON reference.event_idx = with_added.idx
  UNION ALL
  SELECT sent_idx, 'entry', substr(type, 1, instr(type, '.') - 1),
         substr(type, 1, instr(type, '.') - 1), idx
  FROM told
  UNION ALL
  SELECT sent.event_idx, 'entry', 'AuthorizationRecorded',
         coalesce(authorization.kind || ' ', '') || coalesce(authorization.number,
                                                             authorization.authorization),
         authorization.event_idx
  FROM sent
  CROSS JOIN shipment_item ON shipment_item.event_idx = sent.event_idx
  CROSS JOIN authorization ON authorization.authorization = shipment_item.authorization
  JOIN counting ON counting.event_idx = authorization.event_idx
    AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
  JOIN event ON event.idx = authorization.event_idx
  WHERE event.valid_at < :as_of AND event.basis <> 'third_party_report'
  UNION ALL
  SELECT sent.event_idx, 'entry', 'EndUseStated', 'by ' || stated.end_user, stated.event_idx
  FROM sent JOIN stated ON stated.end_user IN (sent.consignee, sent.ultimate_consignee)
),
usual (place, paper, asked_by, abroad, kinds) AS (
  VALUES
    (1, 'order or contract', '15 CFR 762.2(a)', 0, ' contract order purchase_order po '),
    (2, 'invoice', '15 CFR 758.6, 762.2(a)', 0, ' invoice commercial_invoice inv '),
    (3, 'packing list', 'usual in trade', 0, ' packing_list desadv '),
    (4, 'transport document', '15 CFR 762.2(a)', 0,
     ' bill_of_lading air_waybill waybill cmr bol awb '),
    (5, 'export filing', '15 CFR 758.1, 30.6', 1, ' ExportFiled itn export_filing eei '),
    (6, 'authorization', '15 CFR 758.1(g), 762.2(a)', 1,
     ' AuthorizationRecorded licence permit authorization '),
    (7, 'statement of end use', '15 CFR 748.11, 762.2(a)', 1,
     ' EndUseStated end_use_statement end_user_statement '),
    (8, 'receipt', 'usual in trade', 0, ' ShipmentReceived delivery_note receipt ')
),
standing_for AS (
  SELECT there.sent_idx, usual.place, min(printf('%015d', there.idx) || there.found) AS first
  FROM there JOIN usual ON instr(usual.kinds, ' ' || there.kind || ' ') > 0
  GROUP BY there.sent_idx, usual.place
),
answered AS (
  SELECT sent.shipment, sent.event_idx, sent.valid_at, usual.place, usual.paper, usual.asked_by,
         standing_for.first
  FROM sent
  JOIN usual ON sent.crosses OR NOT usual.abroad
  LEFT JOIN standing_for ON standing_for.sent_idx = sent.event_idx
    AND standing_for.place = usual.place
)
SELECT shipment, paper, asked_by, substr(first, 16) AS found,
       CAST(substr(first, 1, 15) AS INTEGER) AS entry
FROM answered
WHERE :missing IS NULL OR first IS NULL
ORDER BY valid_at, event_idx, place
