"""What a statement must be beside its types: rules that no pattern of one field can state."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import get_type_hints

from msgspec import Meta, Struct

from ledger.canonical import alternatives
from ledger.errors import Malformed
from ledger.events.base import IDEMPOTENCY, Statement, signatories
from ledger.events.event_type import naming_fields
from ledger.events.ledger import CheckpointAnchored
from ledger.events.party import KeyEnrolled
from ledger.occurred import OCCURRED_PATTERN
from ledger.occurred import check as check_occurred


def check(statement: Statement) -> None:
    """Refuse a statement whose fields fit their types and still make no statement.

    Raises:
        Malformed: SIGNATORIES for another order than the one that `signatories` gives, a repeated
            key, or a party twice other than the one whose key is enrolled; IDEMPOTENCY-TWICE;
            ANCHOR-EMPTY; NAME-TWICE for a list of identifiers that names one in two spellings;
            OCCURRED-DATE for a date, here or in the data, that no calendar has.
    """
    _check_signatories(statement)
    references = statement.references
    if len(references) > 1 and sum(one.type == IDEMPOTENCY for one in references) > 1:
        raise Malformed(
            "IDEMPOTENCY-TWICE",
            "a statement has one idempotency key at most",
            where="references",
            hint="leave one of them out",
        )
    data: Struct = statement.data
    if isinstance(data, CheckpointAnchored):
        _check_anchored(data)
    _check_names(data)
    check_occurred(statement.occurred)
    if _dated_fields(type(data)):
        for moment in _moments(data):
            check_occurred(moment)


def _check_anchored(data: CheckpointAnchored) -> None:
    if data.token is None and not data.cosignatures:
        raise Malformed(
            "ANCHOR-EMPTY",
            "an anchored checkpoint has a time stamp or cosignatures",
            where="data",
            hint="record what came back from the time-stamp authority or the witnesses",
        )


def _check_signatories(statement: Statement) -> None:
    first = statement.signatories[0]
    if len(statement.signatories) == 1 and first.party == statement.asserted_by:  # nearly all
        return
    rest = statement.signatories[1:]
    in_order = statement.signatories == signatories(first, *rest)
    keys = {one.key for one in statement.signatories}
    if first.party != statement.asserted_by or not in_order or len(keys) < len(rest) + 1:
        raise Malformed(
            "SIGNATORIES",
            "signatories must start with asserted_by, then be sorted by party and key, keys once",
            where="signatories",
        )
    times = Counter(one.party.lower() for one in statement.signatories)
    if any(count > _signs_at_most(statement, party) for party, count in times.items()):
        raise Malformed(
            "SIGNATORIES",
            "a party signs twice, which only the one whose key is enrolled may",
            where="signatories",
        )


def _signs_at_most(statement: Statement, party: str) -> int:
    """Return with how many keys a party may sign.

    The party of KeyEnrolled signs with its new key and with one in force; a registrar that enrols
    one for itself, with the one by which it acts, too.
    """
    if not isinstance(statement.data, KeyEnrolled) or party != statement.data.party.lower():
        return 1
    return 3 if party == statement.asserted_by.lower() else 2


def _check_names(value: Struct) -> None:
    """Refuse a list that names one thing twice: identifiers are the same in any case.

    Its exact repeats are refused with the spelling of the list. A rack named twice would be counted
    twice by every reader.
    """
    for name, holds_names, is_tuple in _listing_fields(type(value)):
        member = getattr(value, name)
        if member is None:
            continue
        if not holds_names:
            for item in member if is_tuple else (member,):
                _check_names(item)
        elif len(member) > 1 and len({one.lower() for one in member}) < len(member):
            raise Malformed(
                "NAME-TWICE",
                f"a list of {name} names one twice, in another case",
                where=name,
                hint="name each once",
            )


@lru_cache(maxsize=256)
def _listing_fields(struct: type[Struct]) -> tuple[tuple[str, bool, bool], ...]:
    """Return (field, is a list of identifiers, is a list) of the fields with such lists in them."""
    return tuple(
        (name, kind is not None, is_tuple)
        for name, kind, is_tuple, item in naming_fields(struct)
        if (is_tuple if kind is not None else bool(_listing_fields(item)))
    )


def _moments(value: Struct) -> Iterator[str]:
    """Yield every date that a struct holds, at any depth."""
    for name, is_nested in _dated_fields(type(value)):
        member = getattr(value, name)
        if member is None:
            continue
        if is_nested:
            yield from _moments(member)
        else:
            yield member


@lru_cache(maxsize=256)
def _dated_fields(struct: type[Struct]) -> tuple[tuple[str, bool], ...]:
    """Return (field, is a struct) of the fields that hold dates; no list holds any."""
    found: list[tuple[str, bool]] = []
    for name, hint in get_type_hints(struct, include_extras=True).items():
        for part in alternatives(hint):
            if any(_is_date(meta) for meta in getattr(part, "__metadata__", ())):
                found.append((name, False))
            elif isinstance(part, type) and issubclass(part, Struct) and _dated_fields(part):
                found.append((name, True))
    return tuple(found)


def _is_date(meta: object) -> bool:
    return isinstance(meta, Meta) and meta.pattern == OCCURRED_PATTERN
