"""What a statement must be beside its types."""

from typing import get_args, get_type_hints

import msgspec
import pytest
from msgspec import Struct, structs

from ledger.canonical import alternatives, ordered
from ledger.errors import Malformed
from ledger.events import EVENT_TYPES
from ledger.events.base import Reference, Signatory, Statement
from ledger.events.event_type import named_fields
from ledger.events.well_formed import _dated_fields, check
from ledger.occurred import OCCURRED_PATTERN
from tests.golden.generate import statements

STATEMENTS = statements()
ASSEMBLED = STATEMENTS["RackAssembled.v1"]
ENROLLED = STATEMENTS["KeyEnrolled.v1"]
FIRST = ASSEMBLED.signatories[0]


def signed_by(*signatories: tuple[str, str], base: Statement = ASSEMBLED) -> Statement:
    """Return a statement with these (party, key digit) as signatories, in this order."""
    made = tuple(Signatory(party=party, key=digit * 64) for party, digit in signatories)
    return structs.replace(base, signatories=made)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_example_is_well_formed(name: str) -> None:
    check(STATEMENTS[name])


def test_the_rest_of_the_signatories_is_sorted_by_party_and_key() -> None:
    check(signed_by(("aivres", "f"), ("aolani", "2"), ("bytedance", "1")))


@pytest.mark.parametrize(
    "signatories",
    [
        pytest.param([("aolani", "1")], id="another party first"),
        pytest.param([("Aivres", "1")], id="the first in other letters"),
        pytest.param([("aivres", "1"), ("b", "2"), ("a", "3")], id="not sorted"),
        pytest.param([("aivres", "1"), ("b", "1")], id="one key twice"),
        pytest.param([("aivres", "1"), ("aivres", "2")], id="a party twice"),
        pytest.param([("aivres", "1"), ("AIVRES", "2")], id="a party twice, in other letters"),
        pytest.param([("aivres", "1"), ("B", "2"), ("b", "3")], id="another party twice"),
    ],
)
def test_other_signatories_are_refused(signatories: list[tuple[str, str]]) -> None:
    with pytest.raises(Malformed, match="SIGNATORIES"):
        check(signed_by(*signatories))


def test_in_an_enrolment_a_party_signs_with_its_old_and_its_new_key() -> None:
    check(signed_by(("operator", "1"), ("aivres", "2"), ("aivres", "3"), base=ENROLLED))
    with pytest.raises(Malformed, match="SIGNATORIES"):
        check(signed_by(("operator", "1"), ("aivres", "3"), ("aivres", "2"), base=ENROLLED))
    with pytest.raises(Malformed, match="SIGNATORIES"):
        check(signed_by(("operator", "1"), ("aivres", "2"), ("aivres", "2"), base=ENROLLED))


def test_in_an_enrolment_nobody_else_signs_twice() -> None:
    for signatories in (
        [("operator", "1"), ("aivres", "3"), ("operator", "2")],
        [("operator", "1"), ("aivres", "3"), ("Operator", "2")],
        [("operator", "1"), ("aivres", "3"), ("b", "2"), ("b", "4")],
        [("operator", "1"), ("aivres", "2"), ("aivres", "3"), ("aivres", "4")],
    ):
        first, *rest = signatories
        with pytest.raises(Malformed, match="SIGNATORIES: a party signs twice"):
            check(signed_by(first, *sorted(rest), base=ENROLLED))


def test_a_registrar_enrols_a_key_for_itself_with_three_at_most() -> None:
    for by in ("aivres", "Aivres"):
        base = structs.replace(ENROLLED, asserted_by=by)
        check(signed_by((by, "1"), ("aivres", "2"), ("aivres", "3"), base=base))
        with pytest.raises(Malformed, match="SIGNATORIES: a party signs twice"):
            check(
                signed_by((by, "1"), ("aivres", "2"), ("aivres", "3"), ("aivres", "4"), base=base)
            )


def test_a_statement_has_one_idempotency_key_at_most() -> None:
    one, two = (Reference(type="idempotency", value=value) for value in "ab")
    check(structs.replace(ASSEMBLED, references=(one,)))
    with pytest.raises(Malformed, match="IDEMPOTENCY-TWICE"):
        check(structs.replace(ASSEMBLED, references=ordered(one, two)))


def dated(value: Struct) -> list[str]:
    """Paths of the dates in a struct, found by the types alone."""
    found = []
    for name, hint in get_type_hints(type(value), include_extras=True).items():
        for part in alternatives(hint):
            metas = getattr(part, "__metadata__", ())
            if any(getattr(meta, "pattern", None) == OCCURRED_PATTERN for meta in metas):
                found.append(name)
    return found


DATED = [(name, field) for name, statement in STATEMENTS.items() for field in dated(statement.data)]


@pytest.mark.parametrize(("name", "field"), DATED)
def test_every_date_in_an_event_is_one_that_a_calendar_has(name: str, field: str) -> None:
    statement = STATEMENTS[name]
    for text, code in (("2026-02-30", "OCCURRED-DATE"), ("../1066", "OCCURRED-DATE")):
        data = structs.replace(statement.data, **{field: text})
        with pytest.raises(Malformed, match=code):
            check(structs.replace(statement, data=data))
    check(structs.replace(statement, data=structs.replace(statement.data, **{field: "2026"})))


def test_there_are_dates_to_check() -> None:
    assert len(DATED) > 15
    assert ("ShipmentDispatched.v1", "due") in DATED


def test_a_date_deep_inside_is_checked_too() -> None:
    opened = STATEMENTS["LedgerOpened.v1"]
    operator = structs.replace(opened.data.operator, founded="2023-11-31")
    data = structs.replace(opened.data, operator=operator)
    with pytest.raises(Malformed, match="OCCURRED-DATE"):
        check(structs.replace(opened, data=data))


def test_a_part_that_is_absent_has_no_date() -> None:
    """No type has an optional part with a date today; the walk allows for one."""
    found = STATEMENTS["LedgerOpened.v1"].data
    without = msgspec.structs.replace(found, operator=None)
    check(structs.replace(STATEMENTS["LedgerOpened.v1"], data=without))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_no_list_holds_dates(name: str) -> None:
    """`_dated_fields` does not look into lists."""
    for hint in get_type_hints(EVENT_TYPES[name].data, include_extras=True).values():
        for part in alternatives(hint):
            for item in get_args(get_args(part)[0]) if get_args(part) else ():
                if isinstance(item, type) and issubclass(item, Struct):
                    assert _dated_fields(item) == ()


def listed(value: Struct) -> list[tuple[str, ...]]:
    """Paths of the lists of names in a struct, in the first item of each list on the way."""
    found: list[tuple[str, ...]] = []
    for name, kind, is_tuple in named_fields(type(value)):
        member = getattr(value, name)
        if kind is not None and is_tuple and member:
            found.append((name,))
        elif kind is None and member:
            inner = member[0] if is_tuple else member
            found += [(name, *path) for path in listed(inner)]
    return found


def doubled(value: Struct, path: tuple[str, ...]) -> Struct:
    """Return a struct in which a list names its first item in another case too."""
    name, *rest = path
    member = getattr(value, name)
    if not rest:
        other = member[0].swapcase()
        return structs.replace(value, **{name: ordered(*member, other)})
    if isinstance(member, tuple):
        return structs.replace(value, **{name: (doubled(member[0], tuple(rest)), *member[1:])})
    return structs.replace(value, **{name: doubled(member, tuple(rest))})


LISTED = [(name, path) for name, one in STATEMENTS.items() for path in listed(one.data)]


@pytest.mark.parametrize(("name", "path"), LISTED, ids=str)
def test_no_list_names_one_thing_in_two_spellings(name: str, path: tuple[str, ...]) -> None:
    statement = STATEMENTS[name]
    data = doubled(statement.data, path)
    with pytest.raises(Malformed, match="NAME-TWICE"):
        check(structs.replace(statement, data=data))


def test_there_are_lists_of_names() -> None:
    assert ("ShipmentDispatched.v1", ("lines", "racks")) in LISTED
    assert len(LISTED) > 8


def test_a_part_that_is_absent_has_no_lists() -> None:
    changed = statements()["CertificationChanged.v1"]
    check(structs.replace(changed, data=structs.replace(changed.data, scope=None)))
