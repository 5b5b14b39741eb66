# ruff: noqa: S608  the statements are put together of constants of this file; values are bound
"""The SELECTs that facts are read with; each binds the clocks beside what it names.

An event counts in a state of knowledge as `counting` has it; what its text says is as signed.
"""

_KNOWN = """
    JOIN counting ON counting.event_idx = {0}.event_idx
      AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at)
    JOIN event ON event.idx = {0}.event_idx"""
_COUNTS = f"{_KNOWN} AND event.valid_at < :as_of"
# Every party's word on a thing that several have told, and not only the version that counts.
_STANDS = """
    JOIN event ON event.idx = {0}.event_idx AND event.idx <= :known_at
      AND NOT EXISTS (SELECT 1 FROM event AS later
                      WHERE later.corrects_idx = event.idx AND later.idx <= :known_at)
      AND NOT EXISTS (SELECT 1 FROM event AS later
                      WHERE later.voids_idx = event.idx AND later.idx <= :known_at)"""
_SAID = "event.asserted_by, event.basis"
_NEWEST = "ORDER BY event.valid_at DESC, event.idx DESC) AS newest"


def _counting(table: str) -> str:
    return f"{table}{_COUNTS.format(table)}"


def _course(table: str) -> str:
    """Of a shipment itself: what became of it counts later than the day whose rules are asked."""
    return f"{table}{_KNOWN.format(table)} AND event.valid_at < :course"


MODEL = f"""
SELECT * FROM (
  SELECT model.*, {_SAID},
         row_number() OVER (PARTITION BY event.asserted_by {_NEWEST}
  FROM model {_STANDS.format("model")} AND event.valid_at < :as_of
  WHERE model.model = :model)
WHERE newest = 1 ORDER BY event_idx"""

_NEWEST_MODEL = f"""
  SELECT event_idx FROM (
    SELECT model.event_idx, row_number() OVER (PARTITION BY event.asserted_by {_NEWEST}
    FROM model {_STANDS.format("model")} AND event.valid_at < :as_of
    WHERE model.model = :model)
  WHERE newest = 1"""

ALIASES = f"""
SELECT DISTINCT alias FROM model_alias
WHERE model = :model AND event_idx IN ({_NEWEST_MODEL}) ORDER BY alias"""

CONTENTS = f"""
SELECT contains, quantity, event_idx, {_SAID}
FROM model_contents JOIN event ON event.idx = model_contents.event_idx
WHERE model = :model AND event_idx IN ({_NEWEST_MODEL}) ORDER BY event_idx, contains"""

DISPATCH = f"""
SELECT shipment.*, event.occurred, {_SAID}
FROM {_counting("shipment")}
WHERE shipment.shipment = :shipment AND event.basis <> 'third_party_report'
ORDER BY shipment.event_idx LIMIT 1"""

OCCURRED = f"""
SELECT event.occurred
FROM {_counting("shipment")}
WHERE shipment.shipment = :shipment AND event.basis <> 'third_party_report'
ORDER BY shipment.event_idx LIMIT 1"""

# The chips of its lines, and the racks' own models.
_MODELS = f"""
SELECT {{}} FROM (
  SELECT model, '' AS since FROM line WHERE event_idx = :event_idx
  UNION ALL
  SELECT assembly.model, event.valid_at FROM line
  JOIN assembly ON assembly.rack = line.rack {_COUNTS.format("assembly")}
  WHERE line.event_idx = :event_idx
  UNION ALL
  SELECT stocked_rack.model, event.valid_at FROM line
  JOIN stocked_rack ON stocked_rack.rack = line.rack {_COUNTS.format("stocked_rack")}
  WHERE line.event_idx = :event_idx)"""
MODELS = f"{_MODELS.format('DISTINCT model')} ORDER BY model"

# A site is where its newest registration says, whenever that was; so for a party.
SITE = f"""
SELECT * FROM (
  SELECT site.*, {_SAID}, row_number() OVER (PARTITION BY event.asserted_by {_NEWEST}
  FROM site {_STANDS.format("site")}
  WHERE site.site = :site AND site.country IS NOT NULL)
WHERE newest = 1 ORDER BY event_idx"""

DESTINATIONS = f"""
SELECT 'filed ' || filing.itn AS what, filing.destination AS country, filing.event_idx, {_SAID}
FROM {_course("filing")}
WHERE filing.shipment = :shipment AND filing.destination IS NOT NULL
ORDER BY filing.event_idx"""

LEGS = f"""
SELECT leg.*, {_SAID} FROM {_course("leg")}
WHERE leg.shipment = :shipment AND leg.country IS NOT NULL ORDER BY leg.event_idx"""

RECEIVERS = f"""
SELECT receipt.receiver, min(receipt.event_idx) AS event_idx
FROM {_course("receipt")}
WHERE receipt.shipment = :shipment AND receipt.receiver IS NOT NULL
GROUP BY receipt.receiver ORDER BY event_idx"""

AUTHORIZATION = """
SELECT item.authorization, granted.kind, coalesce(granted.event_idx, item.event_idx) AS event_idx,
       coalesce(granting.asserted_by, claim.asserted_by) AS asserted_by,
       coalesce(granting.basis, claim.basis) AS basis
FROM (SELECT DISTINCT authorization, event_idx FROM shipment_item
      WHERE event_idx = :event_idx AND authorization IS NOT NULL) AS item
JOIN event AS claim ON claim.idx = item.event_idx
LEFT JOIN authorization AS granted ON granted.authorization = item.authorization
  AND EXISTS (SELECT 1 FROM counting JOIN event ON event.idx = counting.event_idx
              WHERE counting.event_idx = granted.event_idx AND event.valid_at < :course
                AND from_idx <= :known_at AND (to_idx IS NULL OR to_idx > :known_at))
LEFT JOIN event AS granting ON granting.idx = granted.event_idx
ORDER BY item.authorization, 3"""

USERS = f"""
SELECT lease.lessee, min(lease.event_idx) AS event_idx, {_SAID}
FROM {_counting("lease")}
WHERE lease.site = :site AND lease.lessee IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM lease_end
  JOIN counting AS ended ON ended.event_idx = lease_end.event_idx
    AND ended.from_idx <= :known_at AND (ended.to_idx IS NULL OR ended.to_idx > :known_at)
  JOIN event AS ending ON ending.idx = lease_end.event_idx AND ending.valid_at < :as_of
  WHERE lease_end.lease = lease.lease)
GROUP BY lease.lessee ORDER BY event_idx"""

CHECKED = f"""
SELECT * FROM (
  SELECT 'check (' || party_check.kind || ')' AS what, party_check.result, party_check.event_idx,
         {_SAID}, row_number() OVER (PARTITION BY event.asserted_by, party_check.kind {_NEWEST}
  FROM {_counting("party_check")}
  WHERE party_check.party = :party
  UNION ALL
  SELECT 'statement of end use', iif(no_military, 'no military use', 'nothing on military use'),
         end_use.event_idx, {_SAID}, row_number() OVER (PARTITION BY event.asserted_by {_NEWEST}
  FROM {_counting("end_use")}
  WHERE end_use.end_user = :party)
WHERE newest = 1 ORDER BY event_idx"""

INSPECTED = f"""
SELECT inspection.*, {_SAID} FROM {_counting("inspection")}
WHERE inspection.site = :site ORDER BY event.valid_at DESC, event.idx DESC LIMIT 1"""

PARTY = f"""
SELECT party.party, party.kind, party.country, party.event_idx, {_SAID}
FROM party {_KNOWN.format("party")}
WHERE party.party = :party ORDER BY party.event_idx DESC LIMIT 1"""

SHARES = f"""
SELECT * FROM (
  SELECT ownership.*, {_SAID},
         row_number() OVER (PARTITION BY event.asserted_by, owner, owned {_NEWEST}
  FROM {_counting("ownership")}
  WHERE ownership.owned = :party)
WHERE newest = 1 AND percent IS NOT '0' AND owner IS NOT NULL ORDER BY event_idx"""

HEADQUARTERS = f"""
SELECT * FROM (
  SELECT headquarters.*, {_SAID},
         event.basis <> 'third_party_report' AND event.asserted_by <> headquarters.party
           AND event.asserted_by <> :asked AS evidenced,
         row_number() OVER (PARTITION BY event.asserted_by {_NEWEST}
  FROM {_counting("headquarters")}
  WHERE headquarters.party = :party)
WHERE newest = 1 ORDER BY event_idx"""

LIST_CHECKS = f"""
SELECT * FROM (
  SELECT party_check.*, {_SAID},
         row_number() OVER (PARTITION BY event.asserted_by, list_name {_NEWEST}
  FROM {_counting("party_check")}
  WHERE party_check.party = :party AND party_check.kind = 'list')
WHERE newest = 1 ORDER BY event_idx"""

# Every dispatch, with all by which rules tell one shipment from another: one statement finds those
# that are alike. Beside the models stands the last instant at which a rack of them was told.
_KINDS = f"""
SELECT shipment.shipment, shipment.event_idx, event.occurred, from_site, to_site,
       consignee, ultimate_consignee, consignor, exporter, carrier,
       (SELECT count(*) FROM shipment AS other WHERE other.shipment = shipment.shipment) AS told,
       (SELECT json_array(group_concat(model, ' '), max(since))
        FROM ({_MODELS.format("model, max(since) AS since")} GROUP BY model ORDER BY model)),
       (SELECT json_group_array(receiver) FROM ({RECEIVERS})),
       (SELECT json_group_array(json_array(country, event_idx)) FROM ({DESTINATIONS})),
       (SELECT json_group_array(json_array(country, event_idx)) FROM ({LEGS})),
       (SELECT json_group_array(json_array(kind, iif(kind IS NULL, authorization, NULL), event_idx))
        FROM ({AUTHORIZATION}))
FROM {_counting("shipment")}
WHERE event.basis <> 'third_party_report'"""
_SENT = _KINDS.replace(":shipment", "shipment.shipment").replace(":event_idx", "shipment.event_idx")
SENT = f"{_SENT} ORDER BY shipment.event_idx"
SENT_SOME = f"""{_SENT}
  AND shipment.shipment IN (SELECT value FROM json_each(:subjects))
ORDER BY shipment.event_idx"""

# Who may receive, own or use.
TOLD = """
SELECT DISTINCT lower(party) FROM (
  SELECT party, event_idx FROM party
  UNION ALL SELECT consignee, event_idx FROM shipment
  UNION ALL SELECT ultimate_consignee, event_idx FROM shipment
  UNION ALL SELECT buyer, event_idx FROM title_transfer
  UNION ALL SELECT lessee, event_idx FROM lease
  UNION ALL SELECT lessee, event_idx FROM lease_change)
WHERE party IS NOT NULL AND event_idx <= :known_at ORDER BY 1"""

# Parties of these names, and the lessees of leases of these names.
TOLD_SOME = """
SELECT DISTINCT lower(party) FROM (
  SELECT value AS party FROM json_each(:subjects)
  UNION ALL
  SELECT lessee FROM lease
  WHERE lease IN (SELECT value FROM json_each(:subjects)) AND event_idx <= :known_at
  UNION ALL
  SELECT lessee FROM lease_change
  WHERE lease IN (SELECT value FROM json_each(:subjects)) AND event_idx <= :known_at)
WHERE party IS NOT NULL ORDER BY 1"""

CHANGES_OF_OWNERS = """
SELECT DISTINCT event.valid_at FROM (
  SELECT event_idx FROM ownership WHERE owned = :party
  UNION ALL SELECT event_idx FROM headquarters WHERE party = :party
  UNION ALL SELECT event_idx FROM party_check WHERE party = :party) AS told
CROSS JOIN event ON event.idx = told.event_idx ORDER BY 1"""

CHANGES_OF_MODELS = """
SELECT DISTINCT event.valid_at FROM event JOIN model ON model.event_idx = event.idx ORDER BY 1"""
