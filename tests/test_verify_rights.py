"""The rights pass of an audit answers as `may` does, entry by entry."""

import functools

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ledger.errors import LedgerError
from ledger.events.base import Statement
from ledger.events.party import ActsFor, KeyRevoked, RoleGranted, RoleWithdrawn
from ledger.rights import may
from ledger.verify.rights import RightsJudge
from tests.harness import Story, manifest, signatory
from tests.told import commissioned, dispatched

PARTIES = st.sampled_from(["operator", "maker", "buyer", "carrier", "nobody"])
KEYS = st.sampled_from(["operator", "maker", "maker 2", "buyer", "carrier", "nobody"])
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "ledger": st.just("other.operator.invalid"),
        "basis": st.sampled_from(
            ["first_party", "authority", "counterparty", "third_party_report"]
        ),
        "documents": st.just(()),
    },
)
LAST = 17
ANSWERS = st.lists(
    st.tuples(st.integers(0, LAST), st.integers(0, LAST + 3), PARTIES, KEYS, CHANGES),
    min_size=1,
    max_size=30,
)


@functools.cache
def changing() -> Story:
    """Return a story in which keys, roles and an agency come and go."""
    story = Story()
    story.party("maker", "maker")
    story.party("carrier", "forwarder")
    story.record(commissioned("B-01"), "maker")
    agency = ActsFor(principal="maker", types=("ShipmentDispatched",))
    story.record(RoleGranted(party="carrier", acts_for=agency), "operator", "maker")
    story.record(dispatched("SHP-1"), "carrier")
    story.ledger.append(story.enrollment("maker", "maker 2", "maker"))
    revoked = KeyRevoked(party="maker", key=signatory("maker").key, reason="superseded")
    story.record(revoked, "operator")
    story.record(RoleWithdrawn(party="carrier", acts_for="maker", reason="ended"), "operator")
    story.keys["maker"] = "maker 2"
    story.record(dispatched("SHP-2"), "maker", documents=(manifest(["1"]),))
    story.record(RoleWithdrawn(party="maker", role="maker", reason="ended"), "operator")
    story.party("buyer", "reporter")
    return story


def answer(statement: Statement, index: int) -> str | None:
    try:
        may(changing().ledger.authority, statement, index)
    except LedgerError as error:
        return error.code
    return None


@given(questions=ANSWERS, remembered=st.sampled_from([1, 3, 1000]))
def test_what_is_remembered_is_what_the_rule_says(
    questions: list[tuple[int, int, str, str, dict[str, object]]], remembered: int
) -> None:
    """Whoever signs whatever, with whichever key, at any position, in any order."""
    judge = RightsJudge(changing().ledger.authority, remembered=remembered)
    for entry, index, party, key, changes in questions:
        statement = changing().ledger.event(entry).statement
        asked = structs.replace(
            statement, asserted_by=party, signatories=(signatory(party, key),), **changes
        )
        for one in (statement, asked, asked):
            error = judge.error(one, index)
            assert (None if error is None else error.code) == answer(one, index)


def test_what_is_remembered_is_forgotten_when_it_becomes_too_much() -> None:
    judge = RightsJudge(changing().ledger.authority, remembered=2)
    for event in changing().ledger.read():
        assert judge.error(event.statement, event.index) is None
    assert len(judge._allowed) <= 2


def test_an_answer_is_remembered_only_until_authority_changes() -> None:
    """Each event of the story asked at every position: a role, a key or an agency has its time."""
    assert changing().ledger.size == LAST + 1
    judge = RightsJudge(changing().ledger.authority)
    for event in changing().ledger.read():
        for index in range(LAST + 3):
            error = judge.error(event.statement, index)
            assert (None if error is None else error.code) == answer(event.statement, index)
        assert judge.error(event.statement, event.index) is None
