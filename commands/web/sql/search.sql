-- What is called so, or begins so; `until` is the text with the last letter of all behind it.
SELECT kind, name, because, max(exact) AS exact FROM (
  SELECT * FROM (
    SELECT kind, value AS name, 'its identifier' AS because, value = :text AS exact
    FROM named
    WHERE kind IN (SELECT value FROM json_each(:kinds)) AND value BETWEEN :text AND :until
      AND event_idx <= :known_at
    GROUP BY kind, value LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'serial', serial, 'serial number, batch ' || batch, serial = :text
    FROM unit WHERE serial BETWEEN :text AND :until AND event_idx <= :known_at
    GROUP BY serial LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'rack', rack, 'chassis ' || chassis_serial, chassis_serial = :text
    FROM (SELECT event_idx, rack, chassis_serial FROM assembly
          UNION ALL SELECT event_idx, rack, chassis_serial FROM stocked_rack)
    WHERE chassis_serial BETWEEN :text AND :until AND event_idx <= :known_at LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'party', party,
           CASE WHEN instr(lower(legal_name), lower(:text)) THEN legal_name ELSE display_name END,
           lower(:text) IN (lower(legal_name), lower(display_name))
    FROM party
    WHERE (instr(lower(legal_name), lower(:text)) OR instr(lower(display_name), lower(:text)))
      AND event_idx <= :known_at LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'site', site, name, lower(name) = lower(:text)
    FROM site WHERE instr(lower(name), lower(:text)) AND event_idx <= :known_at LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'model', model, 'part number ' || alias, alias = :text COLLATE NOCASE
    FROM model_alias
    WHERE instr(lower(alias), lower(:text)) = 1 AND event_idx <= :known_at LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'authorization', authorization, 'number ' || number, number = :text COLLATE NOCASE
    FROM authorization
    WHERE instr(lower(number), lower(:text)) = 1 AND event_idx <= :known_at LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'shipment', shipment, 'seal ' || seal, seal = :text
    FROM seal WHERE seal BETWEEN :text AND :until AND event_idx <= :known_at LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'rack', rack, 'repair ' || rma, rma = :text
    FROM replacement WHERE rma BETWEEN :text AND :until AND event_idx <= :known_at LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT coalesce(named.kind, 'entry'), coalesce(named.value, reference.event_idx),
           reference.type || ' ' || reference.value || ', entry ' || reference.event_idx,
           reference.value = :text
    FROM reference
    LEFT JOIN named ON named.event_idx = reference.event_idx
      AND named.kind IN ('shipment', 'authorization', 'filing', 'lease')
    WHERE reference.value BETWEEN :text AND :until AND reference.event_idx <= :known_at
    LIMIT :most)
  UNION ALL
  SELECT * FROM (
    SELECT 'entry', event_idx, document_ref.kind || ' ' || title || ', SHA-256 '
           || substr(sha256, 1, 16) || '…', 0
    FROM document_ref
    WHERE :digest IS NOT NULL AND sha256 BETWEEN :digest AND :digest || 'g'
      AND event_idx <= :known_at LIMIT :most)
)
WHERE name IS NOT NULL
GROUP BY kind, name, because
ORDER BY exact DESC, kind, name, because
LIMIT :most
