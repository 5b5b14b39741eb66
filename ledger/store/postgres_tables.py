"""The tables of a ledger in PostgreSQL, and how a look at the catalog tells that they are ours."""

from collections.abc import Iterator
from typing import Final, LiteralString

TABLES: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE chipledger.entry (
  idx bigint PRIMARY KEY,
  type text NOT NULL,
  data bytea NOT NULL,
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32)
)""",
    # Tags are ordered by their bytes, as they are in SQLite, whatever the database's locale.
    """CREATE TABLE chipledger.entry_tag (
  tag text COLLATE "C" NOT NULL,
  idx bigint NOT NULL,
  PRIMARY KEY (tag, idx)
)""",
    """CREATE TABLE chipledger.tile (
  level bigint NOT NULL,
  n bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (level, n)
)""",
    """CREATE TABLE chipledger.document (
  sha256 text COLLATE "C" NOT NULL PRIMARY KEY,
  bytes bytea NOT NULL
)""",
    """CREATE TABLE chipledger.anchor (
  size bigint NOT NULL,
  note bytea NOT NULL,
  token bytea NOT NULL
)""",
    # A row of an index holds 2,700 bytes, less than a note: it is known by its digest.
    """CREATE UNIQUE INDEX anchor_once
ON chipledger.anchor (size, sha256(note), sha256(token))""",
    """CREATE TABLE chipledger.tree (
  one bigint PRIMARY KEY CHECK (one = 1),
  size bigint NOT NULL,
  frontier bytea NOT NULL,
  recorded_at text NOT NULL,
  control bigint NOT NULL,
  checkpoint bytea NOT NULL
)""",
)
# A seal moves tree.size first and then inserts the entries up to it. So the insert trigger lets in
# the next position only, and nothing at all outside a seal.
_ADD: Final[LiteralString] = """
BEGIN
  IF NEW.idx IS DISTINCT FROM (SELECT coalesce(max(idx) + 1, 0) FROM chipledger.entry)
    OR NOT EXISTS (SELECT 1 FROM chipledger.tree WHERE size > NEW.idx)
  THEN
    RAISE EXCEPTION 'an entry is added at the end, by a seal'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END """
_KEEP: Final[LiteralString] = """
BEGIN
  RAISE EXCEPTION 'an entry is never changed or deleted'
    USING ERRCODE = 'integrity_constraint_violation';
END """
TRIGGERS: Final[tuple[LiteralString, ...]] = (
    f"CREATE FUNCTION chipledger.add_entry() RETURNS trigger LANGUAGE plpgsql AS $${_ADD}$$",
    f"CREATE FUNCTION chipledger.keep_entry() RETURNS trigger LANGUAGE plpgsql AS $${_KEEP}$$",
    """CREATE TRIGGER entry_insert BEFORE INSERT ON chipledger.entry
FOR EACH ROW EXECUTE FUNCTION chipledger.add_entry()""",
    """CREATE TRIGGER entry_update BEFORE UPDATE ON chipledger.entry
FOR EACH ROW EXECUTE FUNCTION chipledger.keep_entry()""",
    """CREATE TRIGGER entry_delete BEFORE DELETE ON chipledger.entry
FOR EACH ROW EXECUTE FUNCTION chipledger.keep_entry()""",
    """CREATE TRIGGER entry_truncate BEFORE TRUNCATE ON chipledger.entry
FOR EACH STATEMENT EXECUTE FUNCTION chipledger.keep_entry()""",
)
# Everything that decides what reading and writing the tables does, a line each. Indexes that only
# make it faster, and what the server keeps about the tables, are left out.
LINES: Final = """WITH ours AS (
  SELECT c.oid, c.relname::text AS name, c.relkind, c.relpersistence, c.relrowsecurity
  FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
  WHERE s.nspname = 'chipledger' AND c.relkind <> 'i'
)
SELECT concat_ws(' ', 'table', name, relkind, relpersistence,
  CASE WHEN relrowsecurity THEN 'row security' END,
  CASE WHEN EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = ours.oid) THEN 'rules' END,
  CASE WHEN EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhparent = ours.oid) THEN 'children' END)
FROM ours
UNION ALL
SELECT concat_ws(' ', 'column', name || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
  CASE WHEN a.attnotnull THEN 'not null' END, nullif(a.attgenerated::text, ''),
  CASE WHEN a.attcollation = 950 THEN 'C' END)
FROM ours JOIN pg_attribute a ON a.attrelid = ours.oid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT concat_ws(' ', 'check', name, pg_get_constraintdef(k.oid))
FROM ours JOIN pg_constraint k ON k.conrelid = ours.oid WHERE k.contype = 'c'
UNION ALL
SELECT concat_ws(' ', 'unique', pg_get_indexdef(x.indexrelid))
FROM ours JOIN pg_index x ON x.indrelid = ours.oid WHERE x.indisunique
UNION ALL
SELECT concat_ws(' ', 'trigger', name, t.tgname, t.tgtype::text, t.tgenabled, p.prosrc)
FROM ours JOIN pg_trigger t ON t.tgrelid = ours.oid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal"""

_COLUMNS: Final = {
    "anchor": "size bigint, note bytea, token bytea",
    "document": "sha256 text, bytes bytea",
    "entry": "idx bigint, type text, data bytea, leaf bytea",
    "entry_tag": "tag text, idx bigint",
    "tile": "level bigint, n bigint, hashes bytea",
    "tree": "one bigint, size bigint, frontier bytea, recorded_at text, control bigint,"
    " checkpoint bytea",
}
_BY_BYTES: Final = {"entry_tag.tag", "document.sha256"}
_UNIQUE: Final = {
    "anchor_once": "anchor USING btree (size, sha256(note), sha256(token))",
    "document_pkey": "document USING btree (sha256)",
    "entry_pkey": "entry USING btree (idx)",
    "entry_tag_pkey": "entry_tag USING btree (tag, idx)",
    "tile_pkey": "tile USING btree (level, n)",
    "tree_pkey": "tree USING btree (one)",
}


def _columns() -> Iterator[str]:
    for table, columns in _COLUMNS.items():
        for name, kind in (column.split() for column in columns.split(", ")):
            ordered = " C" if f"{table}.{name}" in _BY_BYTES else ""
            yield f"column {table}.{name} {kind} not null{ordered}"


# The number of a trigger is what it fires at: the server's pg_trigger.tgtype.
EXPECTED: Final = sorted(
    [
        "check entry CHECK ((octet_length(leaf) = 32))",
        "check tree CHECK ((one = 1))",
        f"trigger entry entry_delete 11 O {_KEEP}",
        f"trigger entry entry_insert 7 O {_ADD}",
        f"trigger entry entry_truncate 34 O {_KEEP}",
        f"trigger entry entry_update 19 O {_KEEP}",
        *(f"table {name} r p" for name in _COLUMNS),
        *_columns(),
        *(
            f"unique CREATE UNIQUE INDEX {name} ON chipledger.{text}"
            for name, text in _UNIQUE.items()
        ),
    ]
)
"""The lines of a ledger that nobody altered."""
