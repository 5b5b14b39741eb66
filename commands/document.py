"""`chipledger document`: to give up documents whose time is over."""

import click

from commands.act import Act, asserting
from commands.context import Desk
from commands.lookup import find_event
from commands.papers import Paper, Term, answered, find_paper, term
from ledger.entry import Event
from ledger.errors import Malformed, Refused
from ledger.events.document import DocumentDisposed

RULE = "15 CFR 762.6(a): five years from the latest event of its transaction"
_ENTRY_DIGITS_MAX = 7
"""So many digits number an entry; a digest is written with eight at least."""
_IS_DOCUMENT = "SELECT 1 AS one FROM document_ref WHERE sha256 = ? LIMIT 1"


@click.group(name="document")
def command() -> None:
    """Give up documents whose time is over."""


@command.command("dispose")
@click.argument("ref")
@click.option("--annex", is_flag=True, help="The sealed annex of the entry REF.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--rule", default=RULE, help="The rule by which it may go, if another.")
@click.option("--ordered-by", help="Who ordered it before its time, or under a hold.")
@asserting
def dispose(
    act: Act, *, ref: str, annex: bool, reason: str, rule: str, ordered_by: str | None
) -> None:
    """Give up the ledger's copy of REF: a document by its SHA-256, or the one of an entry.

    Its digest and every proof stay. It is refused under a hold that covers the document, and
    before its time is over, unless --ordered-by says who ordered it.
    """
    paper = _paper(act, ref, annex=annex)
    found = term(act.desk, paper)
    if ordered_by is None and not _repeats(act, found, paper):
        _check(found)
    here = act.desk.reader().document(paper.sha256)
    for line in _told(found):
        act.names.doubt(line)
    if here is None:
        act.names.doubt("its bytes are not here, so nothing is deleted")
    act.names.doubt("copies elsewhere are not reached: backups may still hold the bytes")
    data = DocumentDisposed(
        document=paper.sha256,
        reason=reason,
        retention_basis=rule,
        retained_until=found.kept_until,
        ordered_by=ordered_by,
    )
    told = f"Give up {found.title} ({paper.sha256[:16]}…) for good: {reason}"
    act.tell(data, told, f"chipledger show {paper.sha256[:16]}" if not annex else "")


def _paper(act: Act, ref: str, *, annex: bool) -> Paper:
    """Return what is to go.

    Raises:
        Malformed: DOCUMENT-WHICH where an entry names none, or several; otherwise as `find_paper`.
    """
    if not annex and not (ref.isascii() and ref.isdigit() and len(ref) <= _ENTRY_DIGITS_MAX):
        return find_paper(act.view, ref)
    event = find_event(act.desk.reader(), ref)
    if annex:
        return _annex(event)
    documents = event.statement.documents
    if len(documents) != 1:
        listed = "; ".join(f"{one.kind} {one.title} {one.sha256[:16]}" for one in documents)
        raise Malformed(
            "DOCUMENT-WHICH",
            f"entry {event.index} names {len(documents)} documents: {listed or 'none'}",
            where=f"entry {event.index}",
            hint="name one by digits of its SHA-256; --annex means the sealed annex",
        )
    return Paper(documents[0].sha256)


def _annex(event: Event) -> Paper:
    if event.statement.annex is None:
        raise Malformed(
            "DOCUMENT-WHICH",
            f"entry {event.index} has no sealed annex",
            where=f"entry {event.index}",
            hint="leave out --annex",
        )
    return Paper(event.statement.annex, event.index)


def _repeats(act: Act, found: Term, paper: Paper) -> bool:
    """Say whether the act stands in the place of a disposal of the same document.

    A correction gives nothing up a second time, unless the document came back in between.
    """
    before = None if act.standing is None else act.standing.statement.data
    same = isinstance(before, DocumentDisposed) and before.document == paper.sha256
    return same and (act.given.corrects is None or found.disposed is not None)


def check_draft(desk: Desk, data: DocumentDisposed) -> None:
    """Refuse a draft, made a while ago, of what is held by now, or whose time is not over any more.

    Which entry an annex is of, a draft does not say: under any hold it is to be told again.

    Raises:
        Refused: LEGAL-HOLD, RETENTION.
    """
    if data.ordered_by is not None:
        return
    if list(desk.view().rows(_IS_DOCUMENT, (data.document,))):
        found = term(desk, Paper(data.document))
        if found.disposed is None:
            _check(found)
        return
    held = [str(row["hold"]) for row in answered(desk, "holds", {}) if row["in_force"]]
    if held:
        raise Refused(
            "LEGAL-HOLD",
            f"what the draft gives up may be under hold: {', '.join(held)}",
            where="document",
            hint="`chipledger document dispose ENTRY --annex` checks it again",
        )


def _check(found: Term) -> None:
    """Refuse what is held, or whose time is not over.

    Raises:
        Refused: LEGAL-HOLD, RETENTION.
    """
    if found.holds is not None:
        raise Refused(
            "LEGAL-HOLD",
            f"{found.title} is under hold: {found.holds}",
            where="document",
            hint=f"`chipledger query holds` shows who placed it; whoever did releases it:"
            f" `chipledger hold release {found.holds.partition(',')[0]}`",
        )
    if not found.over:
        raise Refused(
            "RETENTION",
            f"the time of {found.title} is not over: " + "; ".join(_told(found)),
            where="document",
            hint="if an authority orders it all the same, say who: --ordered-by NAME",
        )


def _told(found: Term) -> list[str]:
    """Return what the records say of its time, a line each."""
    latest = f"{found.latest}, the latest event of its transaction (entry {found.latest_entry})"
    told = [f"kept until {found.kept_until}: five years from {latest}"]
    if found.unfinished is not None:
        told.append(f"not ended yet: {found.unfinished}")
    if found.holds is not None:
        told.append(f"under hold: {found.holds}")
    if found.disposed is not None:
        told.append(f"given up before, by entry {found.disposed}")
    return told
