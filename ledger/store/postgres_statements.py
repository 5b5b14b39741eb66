"""The statements by which a ledger in PostgreSQL is read and written."""

from typing import Final

# No more of a cell is read than one byte beyond what the format allows, so that a page of a hostile
# store costs no more memory than a page of an honest one.
ENTRY: Final = """entry.idx, substr(type, 1, 100), substr(data, 1, 65536), substr(leaf, 1, 33)"""
ENTRIES: Final = f"""SELECT {ENTRY} FROM chipledger.entry
WHERE idx >= %s::bigint AND idx < %s::bigint ORDER BY idx LIMIT %s"""  # noqa: S608  our own columns
TAGGED: Final = f"""SELECT {ENTRY}
FROM chipledger.entry_tag JOIN chipledger.entry USING (idx)
WHERE tag = %s::text AND idx >= %s::bigint ORDER BY idx"""  # noqa: S608  our own columns
PRESENT: Final = """SELECT wanted FROM unnest(%b::text[]) AS wanted
WHERE EXISTS (SELECT 1 FROM chipledger.entry_tag WHERE tag = wanted)"""
LEAVES: Final = """SELECT idx, substr(leaf, 1, 33) FROM chipledger.entry
WHERE idx >= %s::bigint AND idx < %s::bigint ORDER BY idx LIMIT %s"""
TILE: Final = """SELECT substr(hashes, 1, 8193) FROM chipledger.tile
WHERE level = %s::bigint AND n = %s::bigint"""
TILES: Final = """SELECT level, n, substr(hashes, 1, 8193) FROM chipledger.tile
WHERE (level, n) > (%s::bigint, %s::bigint) ORDER BY level, n LIMIT %s"""
TAGS: Final = """SELECT idx, tag FROM chipledger.entry_tag
WHERE (tag, idx) > (%s::text, %s::bigint) AND idx >= %s::bigint AND idx < %s::bigint
ORDER BY tag, idx LIMIT %s"""
# An empty array of types stands for any; LIMIT NULL for no limit.
BY_TYPES: Final = """SELECT idx FROM chipledger.entry
WHERE idx >= %s::bigint AND (%b::text[] = '{}' OR type = ANY (%b::text[]))
ORDER BY idx LIMIT %s::bigint"""
BY_TAGS_AND_TYPES: Final = """SELECT entry.idx FROM (
  SELECT idx FROM chipledger.entry_tag WHERE tag = ANY (%b::text[]) AND idx >= %s::bigint
  GROUP BY idx HAVING count(*) = %s
) AS found JOIN chipledger.entry USING (idx)
WHERE (%b::text[] = '{}' OR type = ANY (%b::text[]))
ORDER BY idx LIMIT %s::bigint"""
CHOSEN_ENTRIES: Final = f"""SELECT {ENTRY} FROM chipledger.entry
WHERE idx = ANY (%b::bigint[]) ORDER BY idx"""  # noqa: S608  our own columns
CHOSEN_TAGS: Final = """SELECT idx, tag FROM chipledger.entry_tag
WHERE idx = ANY (%b::bigint[]) ORDER BY idx, tag"""
PRESENT_DOCUMENTS: Final = """SELECT sha256 FROM chipledger.document
WHERE sha256 = ANY (%b::text[])"""
# As much as SQLite would give of a cell: a document has at most 32 MiB.
DOCUMENT: Final = """SELECT substr(bytes, 1, 34603008) FROM chipledger.document
WHERE sha256 = %s::text"""
SOME_DOCUMENTS: Final = """SELECT sha256, substr(bytes, 1, 34603008) FROM chipledger.document
WHERE sha256 = ANY (%b::text[])"""
DOCUMENTS: Final = """SELECT sha256, octet_length(bytes) FROM chipledger.document
ORDER BY sha256"""
ANCHORS: Final = """SELECT size, substr(note, 1, 65537), substr(token, 1, 1048577)
FROM chipledger.anchor ORDER BY size, note, token"""
TREE: Final = """SELECT size, frontier, recorded_at, control, checkpoint,
current_setting('synchronous_commit') FROM chipledger.tree"""
# The row is what writers wait for each other at; what the lock was waited for is what is read.
TREE_LOCKED: Final = f"{TREE} FOR UPDATE"

SERVER: Final = """SELECT current_setting('server_version'), pg_is_in_recovery(),
current_setting('fsync')::bool, current_setting('synchronous_commit'),
current_setting('synchronous_standby_names')"""

SEAL: Final = """UPDATE chipledger.tree SET size = %s::bigint, frontier = %s::bytea,
recorded_at = %s::text, control = %s::bigint, checkpoint = %s::bytea"""
# One statement, since the server is woken for each; none of its parts looks at another.
ADD: Final = """WITH added AS (INSERT INTO chipledger.entry (idx, type, data, leaf)
  SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bytea[], %b::bytea[])),
filled AS (INSERT INTO chipledger.tile (level, n, hashes)
  SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bytea[]))
INSERT INTO chipledger.entry_tag (tag, idx) SELECT * FROM unnest(%b::text[], %b::bigint[])"""
ADD_DOCUMENTS: Final = """INSERT INTO chipledger.document (sha256, bytes)
SELECT * FROM unnest(%b::text[], %b::bytea[]) ON CONFLICT DO NOTHING"""
ADD_ANCHOR: Final = """INSERT INTO chipledger.anchor (size, note, token)
VALUES (%s::bigint, %b::bytea, %b::bytea) ON CONFLICT DO NOTHING"""
