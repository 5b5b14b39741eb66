"""One entry in full, and the list of entries, newest first."""

import re
from hashlib import sha256
from typing import Any

from datasette import NotFound

from commands.statement_text import statement_lines
from commands.web.kinds import KINDS
from commands.web.reading import Reading, listed
from commands.web.sheet import Sheet, cells_of
from commands.web.visit import Page, Visit
from ledger.entry import Event
from ledger.errors import Unavailable
from ledger.log.merkle import leaf_hash
from ledger.verify.words import printable
from projections.entries import named_rows

LIST = 50
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,14})\Z")
_LISTED = """
    SELECT idx AS entry, occurred, substr(recorded_at, 1, 19) || 'Z' AS recorded_at,
           asserted_by, summary AS what,
           replace(basis, '_', ' ') AS word
    FROM event WHERE idx <= :before AND valid_at < :as_of ORDER BY idx DESC LIMIT :most"""
_NAMING = """
    SELECT idx AS entry, occurred, substr(recorded_at, 1, 19) || 'Z' AS recorded_at,
           asserted_by, summary AS what,
           replace(basis, '_', ' ') AS word
    FROM (SELECT event_idx FROM named
          WHERE kind = :kind AND value = :name AND event_idx <= :before
          ORDER BY event_idx DESC LIMIT :most)
    CROSS JOIN event ON event.idx = event_idx
    WHERE valid_at < :as_of ORDER BY idx DESC"""


async def entry(visit: Visit) -> Any:
    """Show one entry."""
    text = visit.path["index"]
    if not _NUMBER.match(text):
        raise NotFound(f"{text[:40]} is no number of an entry")
    index = int(text)
    try:
        event, data = _read(visit, index)
    except Unavailable as error:
        raise NotFound(f"there is no entry {index}") from error
    return await visit.show(lambda now: _page(visit, now, event, data))


def _read(visit: Visit, index: int) -> tuple[Event, bytes]:
    with visit.web.log_lock:
        return visit.web.log.event(index), visit.web.log.entry_bytes(index)


def _page(visit: Visit, now: Reading, event: Event, data: bytes) -> Page:
    statement, kept = event.statement, event.entry
    chosen = listed([event.index])
    held = {one.sha256: _is_here(visit, one.sha256) for one in statement.documents}
    values = {
        "event": event,
        "entry": kept,
        "leaf": leaf_hash(data).hex(),
        "size": len(data),
        "lines": [printable(line) for line in statement_lines(statement)],
        "names": [(kind, name) for kind, name, _ in named_rows(event) if kind in KINDS],
        "annex": statement.annex,
        "missing": [digest for digest, here in held.items() if not here],
        "later": now.plain(
            "What later entries say of it", "Corrections, stances, signatures that are missing.",
            now.select("later.sql", idx=event.index),
        ),
        "signatures": now.plain(
            "Signatures", "Who signed it, with whose key, and who vouches for the key.",
            now.select("signed.sql", entries=chosen),
            "A signature shows that a key signed; whose key it is rests on who vouches for it.",
        ),
        "papers": now.plain(
            "Documents and numbers on paper", "What it names, by its digest.",
            now.select("papers.sql", entries=chosen),
        ),
    }  # fmt: skip
    title = f"Entry {event.index}: {statement.type.split('.')[0]}"
    return Page("entry.html", title, values,
                evidence=f"/evidence?entry={event.index}")  # fmt: skip


def _is_here(visit: Visit, digest: str) -> bool:
    with visit.web.log_lock:
        data = visit.web.log.document(digest)
    return data is not None and sha256(data).hexdigest() == digest


async def entries(visit: Visit) -> Any:
    """List entries, newest first."""
    return await visit.show(lambda now: _list(visit, now))


def _list(visit: Visit, now: Reading) -> Page:
    text = visit.text("before")
    newest = now.moment.known_at
    before = min(newest, int(text)) if _NUMBER.match(text) else newest
    kind, name = visit.text("kind"), visit.text("name")
    given = {"before": before, "as_of": now.moment.as_of, "most": LIST}
    if kind:
        columns, rows = now.reader(_NAMING, given | {"kind": kind, "name": name})
    else:
        columns, rows = now.reader(_LISTED, given)
    heads, body, _ = cells_of(columns, rows, now.keep, LIST)
    sheet = Sheet("Entries", "What was recorded, newest first.", heads, body, len(rows))
    last = int(str(rows[-1][0])) if rows else 0
    kept = {"kind": kind, "name": name} if kind else {}
    older = visit.clocks.query(**kept, before=str(last - 1)) if last and len(rows) == LIST else None
    title = f"Entries that name {kind} {printable(name)}" if kind else "Entries"
    return Page("entries.html", title, {"sheet": sheet, "older": older})
