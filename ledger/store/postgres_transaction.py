"""Writing to a ledger in a PostgreSQL database, within one transaction."""

from collections.abc import Mapping

import msgspec

from ledger.store import postgres_statements as sql
from ledger.store.postgres_arrays import columns, in_parts
from ledger.store.postgres_connection import Connections
from ledger.store.reader import Anchor, Head, LedgerReader
from ledger.store.transaction import Batch, Transaction


class PostgresTransaction(Transaction):
    """The writing half; the thread's connection holds the lock and the open transaction.

    Nothing that is written is waited for: what fails is told by the next read, or by the commit.
    """

    def __init__(
        self,
        reader: LedgerReader,
        connections: Connections,
        head: Head,
        absent: frozenset[str],
    ) -> None:
        super().__init__(reader, head, absent)
        self._db = connections

    def add_anchor(self, anchor: Anchor) -> None:
        """Keep a checkpoint that was shown outside; the same one again changes nothing."""
        self._db.run(sql.ADD_ANCHOR, msgspec.structs.astuple(anchor))

    def _write(self, batch: Batch) -> None:
        head = batch.head
        # The tree row first: the trigger lets entries in up to its size.
        self._db.run(
            sql.SEAL,
            (head.size, head.frontier.to_bytes(), head.recorded_at, head.control, head.checkpoint),
        )
        entries = [(one.index, one.type, one.data, one.leaf) for one in batch.entries]
        tables = (columns(4, entries), columns(3, batch.tiles), columns(2, batch.tags))
        self._db.run(sql.ADD, [column for table in tables for column in table])
        self._write_documents(batch.documents)

    def _write_documents(self, documents: Mapping[str, bytes]) -> None:
        for some in in_parts(sorted(documents.items())):
            self._db.run(sql.ADD_DOCUMENTS, columns(2, some))

    def _delete_document(self, sha256_hex: str) -> None:
        self._db.run("DELETE FROM chipledger.document WHERE sha256 = %s::text", (sha256_hex,))
