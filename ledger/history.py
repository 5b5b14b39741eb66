"""History: what a statement may say given what the log already holds.

Ids are used once, identifiers are opened once per asserting party, corrections, voids and
counter-signatures name an event by id and digest. The rules are pure; what they need to know of
the log comes through `Past`, from a store's tags when admitting and from one pass when auditing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.entry import Event, content_digest, idempotency_key, parties_of, replaced_by
from ledger.errors import Conflict, Refused
from ledger.events import EVENT_TYPES
from ledger.events.assurance import FindingAnswered
from ledger.events.base import Statement, Target
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.document import DocumentAttached


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the rules need to know of an event in the log.

    Attributes:
        index: its position.
        id: its id.
        payload_sha256: digest of its statement.
        type: its type.
        asserted_by: whose word it is.
        parties: every party it names, in lower case.
        opened: the identifier it opened, or None.
        corrects: id of the event it corrects, or None.
        idempotency: its explicit key, or None.
        content: its content digest.
    """

    index: int
    id: str
    payload_sha256: str
    type: str
    asserted_by: str
    parties: frozenset[str]
    opened: str | None
    corrects: str | None
    idempotency: str | None
    content: str


class Past(Protocol):
    """The part of the log before a statement, as its tags tell it."""

    def by_id(self, identifier: str) -> Recorded | None:
        """Return the event with this id."""
        ...

    def openers(self, opened: str) -> Sequence[Recorded]:
        """Return the events that opened an identifier (`kind/value`), oldest first."""
        ...

    def successor(self, identifier: str) -> Recorded | None:
        """Return the correction or void that names this event, or None."""
        ...

    def with_key(self, party: str, key: str) -> Recorded | None:
        """Return the event that this party recorded under an idempotency key, or None."""
        ...


class TagPast:
    """`Past` over the tags of entries, as a transaction or an open ledger finds them.

    Args:
        tagged: returns the events that carry a tag, oldest first; no more are read than are asked.
    """

    def __init__(self, tagged: Callable[[str], Iterable[Event]]) -> None:
        self._tagged = tagged

    def by_id(self, identifier: str) -> Recorded | None:
        """Return the event with this id."""
        return next(self._found(f"id:{identifier}"), None)

    def openers(self, opened: str) -> Sequence[Recorded]:
        """Return the events that opened an identifier, oldest first."""
        return list(self._found(f"opens:{opened}"))

    def successor(self, identifier: str) -> Recorded | None:
        """Return the correction or void that names this event, or None."""
        for event in self._tagged(f"target:{identifier}"):
            replaced = replaced_by(event.statement)
            if replaced is not None and replaced.id == identifier:
                return summarize(event)
        return None

    def with_key(self, party: str, key: str) -> Recorded | None:
        """Return the event that this party recorded under an idempotency key, or None."""
        return next(self._found(f"idempotency:{party.lower()}/{key}"), None)

    def _found(self, tag: str) -> Iterator[Recorded]:
        return map(summarize, self._tagged(tag))


def summarize(event: Event) -> Recorded:
    """Return what later statements need to know of an event."""
    statement = event.statement
    return Recorded(
        index=event.index,
        id=statement.id,
        payload_sha256=event.payload_sha256,
        type=statement.type,
        asserted_by=statement.asserted_by,
        parties=parties_of(statement),
        opened=EVENT_TYPES[statement.type].opened(statement.data),
        corrects=None if statement.corrects is None else statement.corrects.id,
        idempotency=idempotency_key(statement),
        content=content_digest(statement),
    )


def recorded_before(statement: Statement, payload_sha256: str, past: Past) -> Recorded | None:
    """Return the event that this statement repeats, or None if it is new.

    It repeats an event with the same id and bytes, or one that the same party recorded under the
    same idempotency key with the same content.

    Raises:
        Conflict: ID-REUSED, IDEMPOTENCY-REUSED.
    """
    same_id = past.by_id(statement.id)
    if same_id is not None:
        if same_id.payload_sha256 != payload_sha256:
            raise Conflict(
                "ID-REUSED",
                f"id {statement.id} is entry {same_id.index} with other content",
                where=f"entry {same_id.index}",
                hint="draft the statement again, so that it gets an id of its own",
            )
        return same_id
    key = idempotency_key(statement)
    same_key = None if key is None else past.with_key(statement.asserted_by, key)
    if same_key is not None and same_key.content != content_digest(statement):
        raise Conflict(
            "IDEMPOTENCY-REUSED",
            f"the idempotency key {key} is entry {same_key.index} with other content",
            where=f"entry {same_key.index}",
            hint="use a new key for a new event, or --corrects to change the old one",
        )
    return same_key


def check(statement: Statement, past: Past) -> None:
    """Raise if a new statement contradicts what the log holds.

    Raises:
        Refused, Conflict: as `check_target`; IDENTIFIER-USED.
    """
    check_target(statement, past)
    _check_identifier(statement, past)


def check_target(statement: Statement, past: Past) -> None:
    """Raise if what a statement is about is not there, or not to be replaced or signed so.

    Raises:
        Refused: TARGET-UNKNOWN, TARGET-DIGEST, TARGET-FIXED, NOT-ASSERTED-BY, NOT-NAMED.
        Conflict: TARGET-NOT-NEWEST, TARGET-TYPE.
    """
    if statement.corrects is not None:
        _check_replaces(statement, find_target(statement.corrects, past), past)
    match statement.data:
        case EventVoided(target=target):
            _check_replaces(statement, find_target(target, past), past)
        case Countersigned(target=target):
            _check_named(statement, find_target(target, past))
        case DocumentAttached(target=target) | FindingAnswered(entry=Target() as target):
            find_target(target, past)
        case _:
            pass


def find_target(target: Target, past: Past) -> Recorded:
    """Return the event that a target names.

    Raises:
        Refused: TARGET-UNKNOWN, TARGET-DIGEST.
    """
    recorded = past.by_id(target.id)
    if recorded is None:
        raise Refused("TARGET-UNKNOWN", f"no entry has the id {target.id}", where="target")
    if recorded.payload_sha256 != target.payload_sha256:
        raise Refused(
            "TARGET-DIGEST",
            f"entry {recorded.index} has other bytes than the target names",
            where=f"entry {recorded.index}",
            hint="whoever signed this saw other terms under the same id",
        )
    return recorded


def _check_named(statement: Statement, recorded: Recorded) -> None:
    if EVENT_TYPES[recorded.type].name.startswith("Countersigned."):
        raise Refused("TARGET-FIXED", "a counter-signature is not counter-signed itself")
    if statement.asserted_by.lower() not in recorded.parties:
        raise Refused(
            "NOT-NAMED",
            f"{statement.asserted_by} is not named in entry {recorded.index}",
            where=f"entry {recorded.index}",
        )


def _check_replaces(statement: Statement, recorded: Recorded, past: Past) -> None:
    where = f"entry {recorded.index}"
    if EVENT_TYPES[recorded.type].fixed:
        raise Refused(
            "TARGET-FIXED",
            f"a {recorded.type} is neither corrected nor voided, only followed by a new one",
            where=where,
        )
    if recorded.asserted_by.lower() != statement.asserted_by.lower():
        raise Refused(
            "NOT-ASSERTED-BY",
            f"entry {recorded.index} is {recorded.asserted_by}'s word, not "
            f"{statement.asserted_by}'s",
            where=where,
            hint="dispute it with `chipledger countersign --dispute`",
        )
    if statement.corrects is not None and recorded.type != statement.type:
        raise Conflict(
            "TARGET-TYPE", f"a {statement.type} cannot correct a {recorded.type}", where=where
        )
    successor = past.successor(recorded.id)
    if successor is not None:
        raise Conflict(
            "TARGET-NOT-NEWEST",
            f"entry {recorded.index} was replaced or voided by entry {successor.index}",
            where=where,
            hint="name the newest event of the chain",
        )


def _check_identifier(statement: Statement, past: Past) -> None:
    row = EVENT_TYPES[statement.type]
    opened = row.opened(statement.data)
    if opened is None or row.updates:
        return
    chain = _chain(statement, past)
    for recorded in past.openers(opened):
        same = recorded.asserted_by.lower() == statement.asserted_by.lower()
        if same and recorded.id not in chain:
            raise Conflict(
                "IDENTIFIER-USED",
                f"{statement.asserted_by} opened {opened.replace('/', ' ')} "
                f"in entry {recorded.index}",
                where=f"entry {recorded.index}",
                hint=f"choose another identifier, or correct it with --corrects {recorded.index}",
            )


def _chain(statement: Statement, past: Past) -> set[str]:
    """Return the ids of the events that a correction replaces, back to the first."""
    chain: set[str] = set()
    current = None if statement.corrects is None else statement.corrects.id
    while current is not None and current not in chain:
        chain.add(current)
        recorded = past.by_id(current)
        current = None if recorded is None else recorded.corrects
    return chain
