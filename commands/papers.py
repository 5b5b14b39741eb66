"""Documents by what people call them, and how long the records have them kept."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from commands.asking import today
from commands.context import Desk
from ledger.errors import Malformed, Unavailable
from ledger.occurred import interval, utc_text
from projections.questions import ask, questions, sqlite_reader
from projections.view import View

_DIGEST = re.compile(r"[0-9a-f]{8,64}\Z")
_NAMED = "SELECT DISTINCT sha256 FROM document_ref WHERE sha256 BETWEEN ? AND ? || 'g' LIMIT 3"
_STANDING = {
    "authorization": "authorization-timeline",
    "certification": "certification-timeline",
    "hold": "holds",
    "incident": "incidents",
    "lease": "lease-timeline",
    "plan": "plans",
}
"""What a name means, to the question that says how it stands."""
_REPORTED = "as reported"
_EVER = "9999-12-31T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document, or the sealed annex of an entry.

    Attributes:
        sha256: its digest.
        entry: the entry whose annex it is; None for a document.
    """

    sha256: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Until when a document is kept, as far as the records show it.

    Attributes:
        title: kind and title, for people.
        latest: last day of the latest event of its transaction.
        latest_entry: the entry of that event.
        kept_until: the last day on which it is kept.
        unfinished: leases and shipments that have not ended, or None.
        holds: holds in force that cover it, or None.
        disposed: entry by which it was given up before, or None.
        over: whether its time is over today, whatever the holds.
    """

    title: str
    latest: str
    latest_entry: int
    kept_until: str
    unfinished: str | None
    holds: str | None
    disposed: int | None
    over: bool


def find_paper(view: View, text: str) -> Paper:
    """Return the document that digits of its SHA-256 stand for.

    Raises:
        Malformed: DIGEST-FORM.
        Unavailable: DOCUMENT-UNKNOWN where no entry names one, or several are meant.
    """
    digits = text.lower()
    if not _DIGEST.match(digits):
        raise Malformed(
            "DIGEST-FORM",
            f"{text[:80]!r} is no SHA-256",
            hint="write at least 8 of its digits; `chipledger query documents` lists documents",
        )
    found = [str(row["sha256"]) for row in view.rows(_NAMED, (digits, digits))]
    if len(found) != 1:
        raise Unavailable(
            "DOCUMENT-UNKNOWN",
            f"{len(found) if len(found) < 3 else 'several'} documents are called {digits[:16]}…",  # noqa: PLR2004  as many as are looked for
            hint="write more digits; `chipledger query documents` lists documents",
        )
    return Paper(found[0])


def answered(
    desk: Desk, name: str, given: Mapping[str, str | int | None], *, ever: bool = False
) -> list[dict[str, Any]]:
    """Return the rows of a shipped question, as of today and all that is known.

    Args:
        desk: where to ask.
        name: of the question.
        given: its parameters.
        ever: whether what is dated after today counts too.
    """
    view, reader = desk.view(), desk.log()
    moment = _EVER if ever else utc_text(interval(today(desk), reader.zone).end)
    found = ask(
        sqlite_reader(view.connection),
        questions()[name],
        given,
        as_of=moment,
        known_at=reader.size - 1,
    )
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def term(desk: Desk, paper: Paper) -> Term:
    """Return until when a document is kept; `query retention` says how that is found.

    The latest event counts whatever its date; what is held, and what has not ended, as of today.
    """
    asked = {"document": paper.sha256, "entry": paper.entry}
    (row,) = answered(desk, "retention", asked, ever=True)
    now = next(iter(answered(desk, "retention", asked)), row)
    return Term(
        title=f"{row['kind']} {row['title']}",
        latest=row["latest"],
        latest_entry=row["latest_entry"],
        kept_until=row["kept_until"],
        unfinished=now["unfinished"],
        holds=now["holds"],
        disposed=row["disposed"],
        over=row["kept_until"] < today(desk) and now["unfinished"] is None,
    )


def standing(
    desk: Desk, name: str, kinds: Collection[str], digest: str | None
) -> list[dict[str, Any]]:
    """Return how what a name means stands today: the newest row of each question about it.

    A report is shown only where nobody else speaks. Each party's hold stands for itself.

    Args:
        desk: where to ask.
        name: as it was typed.
        kinds: what entries name by it.
        digest: the digits of a document's SHA-256 that it may be, or None.
    """
    found: list[dict[str, Any]] = []
    for kind, question in _STANDING.items():
        rows = answered(desk, question, {kind: name}) if kind in kinds else []
        rows = [row for row in rows if row["word"] != _REPORTED] or rows
        found += ({"question": question, **row} for row in (rows if kind == "hold" else rows[-1:]))
    if digest is not None and "document" in kinds:
        paper = find_paper(desk.view(), digest)
        place = "not here" if desk.log().document(paper.sha256) is None else "here"
        rows = answered(desk, "retention", {"document": paper.sha256})
        found += ({"question": "retention", **row, "bytes": place} for row in rows)
    return found
