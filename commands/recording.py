"""What all recording commands share: their options, and the way from a draft to a receipt.

Draft, check as admission will, show what will be signed, ask, sign, append, answer. A dry run
ends before anything is signed, a draft file before anything is recorded.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any, TypeVar

import click

from commands import attachments, preflight, receipts, sealing
from commands.context import Desk, pass_desk, password_option
from commands.drafts import write_draft
from commands.keyring import Hand
from commands.lines import expand, lines_for
from commands.lookup import find_event
from ledger.draft import Circumstances, Document, Draft, Submission, add_signatures
from ledger.errors import Malformed, Refused
from ledger.events import encode_statement
from ledger.events.base import IDEMPOTENCY, Basis, EventData, Reference, Signatory, Target

__all__ = ["Given", "Item", "expand", "lines_for", "record", "record_all", "recording"]

BASES = ("first_party", "authority", "counterparty", "third_party_report")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the common options say.

    Attributes:
        party: whose word it is; None: the folder's party.
        key: file of that party's key, or None.
        cosigners: parties that sign the same bytes too.
        on: when it happened; None: today in the ledger's zone.
        basis: on what ground the party speaks.
        corrects: number or id of the entry that this one replaces, or None.
        references: numbers on paper.
        documents: evidence.
        sealed: facts for the sealed annex.
        moved: fields that are to be sealed instead of said openly.
        idempotency_key: the caller's own name of this act, or None.
        dry_run: whether nothing may be signed or written.
        yes: whether the ordinary question is answered.
        draft: file for a draft that others are to sign, or None.
        as_json: whether a program reads the answer.
    """

    party: str | None = None
    key: Path | None = None
    cosigners: tuple[str, ...] = ()
    on: str | None = None
    basis: Basis = "first_party"
    corrects: str | None = None
    references: tuple[Reference, ...] = ()
    documents: tuple[Document, ...] = ()
    sealed: dict[str, str] | None = field(default=None, repr=False)
    moved: tuple[str, ...] = ()
    idempotency_key: str | None = None
    dry_run: bool = False
    yes: bool = False
    draft: Path | None = None
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One event to record, with what belongs to it alone; None: as the options say.

    Attributes:
        data: what the event type carries.
        documents: evidence beside that of the options.
        occurred: when it happened.
        hands: who signs it, the asserting party first.
        sealed: facts for its annex beside that of the options.
        basis: on what ground.
        corrects: the event that it replaces, where the options name none.
        references: numbers on paper beside those of the options.
    """

    data: EventData
    documents: tuple[Document, ...] = ()
    occurred: str | None = None
    hands: tuple[Hand, ...] | None = None
    sealed: dict[str, str] = field(default_factory=dict, repr=False)
    basis: Basis | None = None
    corrects: Target | None = None
    references: tuple[Reference, ...] = ()


def _option(flag: str, name: str, text: str, **settings: Any) -> Callable[[F], F]:
    """Return an option whose name in the code no option of a command can take."""
    return click.option(flag, f"given_{name}", help=text, **settings)


_FILE = click.Path(path_type=Path)
_OPTIONS = (
    _option("--as", "party", "Whose word it is.", metavar="PARTY"),
    _option("--key", "key", "File of that party's key.", type=_FILE),
    password_option,
    _option("--with", "cosigners", "Who signs it too; repeatable.", metavar="PARTY", multiple=True),
    _option("--on", "on", "When it happened: 2026-03-02, 2026-03, ../2025.", metavar="DATE"),
    _option("--basis", "basis", "On what ground.", type=click.Choice(BASES), default=BASES[0]),
    _option("--corrects", "corrects", "Number or id of the entry it replaces.", metavar="ENTRY"),
    _option("--ref", "references", "A number on paper.", metavar="TYPE:VALUE", multiple=True),
    _option(
        "--attach",
        "documents",
        "A document as evidence; repeatable.",
        metavar="FILE[=KIND[:TITLE]]",
        multiple=True,
    ),
    _option(
        "--sealed",
        "sealed",
        "A fact for the sealed annex; NAME= asks for it, NAME=@FILE reads it, NAME alone takes it"
        " out of the statement.",
        metavar="NAME[=VALUE]",
        multiple=True,
    ),
    _option("--idempotency-key", "idempotency_key", "Your own name of this act.", metavar="KEY"),
    _option("--dry-run", "dry_run", "Show what would be signed; write nothing.", is_flag=True),
    _option("--yes", "yes", "Do not ask before signing.", is_flag=True),
    _option("--draft", "draft", "Write a draft; record nothing.", type=_FILE),
    _option("--json", "as_json", "Print the receipt as JSON.", is_flag=True),
)

_TYPED = tuple(name for name in Given.__dataclass_fields__ if name != "moved")


def recording(function: F) -> F:
    """Add the options of every recording command; it gets `desk: Desk` and `given: Given`."""

    @pass_desk
    @functools.wraps(function)
    def wrapped(desk: Desk, /, *args: Any, **options: Any) -> Any:
        common = {name: options.pop(f"given_{name}") for name in _TYPED}
        common["references"] = attachments.references(common["references"])
        common["documents"] = attachments.documents(common["documents"])
        common["sealed"], common["moved"] = attachments.sealed(common["sealed"])
        return function(desk, *args, given=Given(**common), **options)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the meaning


def record(
    desk: Desk,
    given: Given,
    data: EventData,
    *,
    summary: Sequence[str],
    next_command: str,
    others: Sequence[Hand] = (),
) -> None:
    """Record one event; see `record_all`."""
    items = [Item(data)]
    record_all(desk, given, items, summary=summary, next_command=next_command, others=others)


def record_all(
    desk: Desk,
    given: Given,
    items: Sequence[Item],
    *,
    summary: Sequence[str],
    next_command: str,
    others: Sequence[Hand] = (),
) -> None:
    """Take events from draft to receipt, all in one transaction or none.

    Args:
        desk: where to record.
        given: the common options.
        items: what to record, in order.
        summary: what it means, for people, a line each.
        next_command: what one would do next.
        others: who signs the same bytes beside those that `--with` names.

    Raises:
        LedgerError: why it cannot be drafted, signed or recorded; nothing was written.
    """
    if given.draft is not None and len(items) > 1:
        raise Malformed(
            "DRAFT-ONE",
            f"this would be {len(items):,} events, and a draft file holds one",
            hint="record them one by one",
        )
    items = _sealed(items, given)
    usual = _hands(desk, given, others)
    drafts = [_draft(desk, given, items, number, usual) for number in range(len(items))]
    report = preflight.check(desk, drafts, explicit=given.idempotency_key is not None)
    if report.repeated is not None:
        receipts.print_repeated(desk, report.repeated, as_json=given.as_json)
        return
    receipts.show(desk, drafts, summary, report, to_stderr=given.as_json)
    if given.dry_run:
        receipts.print_dry_run(desk, drafts, report, as_json=given.as_json)
        return
    hands = list(dict.fromkeys(hand for item in items for hand in item.hands or usual))
    if given.draft is None:
        _require_keys(hands)
        desk.writer()
    question = "Sign and write the draft?" if given.draft else "Sign and record this?"
    preflight.settle(report, question, yes=given.yes)
    signers = [desk.keyring.signer(hand) for hand in hands if hand.file is not None]
    submissions = []
    for draft in drafts:
        payload = encode_statement(draft.statement)
        envelope = add_signatures(payload, draft.statement, signers, ())
        submissions.append(Submission(envelope, draft.documents))
    if given.draft is not None:
        write_draft(given.draft, submissions[0], new=True)
        receipts.print_drafted(given.draft, submissions[0], as_json=given.as_json)
        return
    recorded = desk.writer().append_many(submissions)
    receipts.print_recorded(desk, recorded, drafts, report, next_command, as_json=given.as_json)


def _hands(desk: Desk, given: Given, others: Sequence[Hand]) -> list[Hand]:
    """Return who signs, the asserting party first."""
    first = desk.hand(desk.party(given.party), given.key)
    # The registrar that lets another act for itself is principal too, and signs once.
    needed = [hand for hand in others if hand != first]
    return [first, *map(desk.hand, given.cosigners), *needed]


def _sealed(items: Sequence[Item], given: Given) -> list[Item]:
    """Return the events as they will be signed, with all that goes into the annex of each."""
    known = {*(given.sealed or ()), *(name for one in items for name in one.sealed)}
    left, moved = sealing.take_out(given.moved, [one.data for one in items], known)
    return [
        changed(item, data=data, sealed={**(given.sealed or {}), **item.sealed, **facts})
        for item, data, facts in zip(items, left, moved, strict=True)
    ]


def _require_keys(hands: Sequence[Hand]) -> None:
    absent = [f"{hand.party} ({hand.key[:8]}…)" for hand in hands if hand.file is None]
    if absent:
        raise Refused(
            "SIGNER-ABSENT",
            f"the key of {', '.join(absent)} is not here",
            where="keys",
            hint="write a draft for them to sign: --draft FILE; or name a key here with --key FILE",
        )


def _draft(
    desk: Desk, given: Given, items: Sequence[Item], number: int, usual: Sequence[Hand]
) -> Draft:
    reader = desk.reader()
    item = items[number]
    references = [*given.references, *item.references]
    if given.idempotency_key is not None:
        # Several events of one command have keys of their own, so that repeating it finds each.
        key = given.idempotency_key + (f"/{number + 1}" if len(items) > 1 else "")
        references.append(Reference(type=IDEMPOTENCY, value=key))
    circumstances = Circumstances(
        occurred=item.occurred or given.on or desk.now().astimezone(reader.zone).date().isoformat(),
        basis=item.basis or given.basis,
        corrects=item.corrects
        or (None if given.corrects is None else find_event(reader, given.corrects).target),
        references=references,
        documents=(*given.documents, *item.documents),
        sealed=item.sealed,
    )
    by, *others = (Signatory(party=hand.party, key=hand.key) for hand in item.hands or usual)
    return reader.draft(item.data, by, circumstances, others)
