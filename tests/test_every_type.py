"""Every event type is taken through all that can be done with an event, on the real application.

Recorded, shown, drafted for somebody who signs elsewhere, repeated, told by an agent and by a
second party, signed beside and disputed, corrected twice and voided; and after each step the read
models are the same whether they caught up or were built anew. What a type does not allow is
refused, with the code that the table beside it names.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from msgspec import structs

from commands.context import HIGH_WATER, LEDGER, LEDGER_KEY, VIEW
from commands.drafts import read_draft, write_draft
from commands.main import main
from commands.settings import Config, write_config
from ledger import canonical
from ledger.application import Ledger
from ledger.authority import public_key
from ledger.draft import Circumstances, Draft, Submission
from ledger.entry import Event, parties_of
from ledger.errors import LedgerError
from ledger.events import EVENT_TYPES
from ledger.events.base import IDEMPOTENCY, Basis, EventData, Reference, Target, new_id
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.event_type import OPERATOR
from ledger.events.party import ActsFor, KeyEnrolled, KeyRevoked, Role, RoleGranted, RoleWithdrawn
from ledger.signing.envelope import seal
from ledger.signing.keyfile import public_path, write_key, write_public
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.writing import Writing
from projections import subjects
from projections.runner import catch_up, rebuild
from projections.view import MEMORY, View
from tests.examples import CAST, EXAMPLES, OPENING, name_of, play, signing
from tests.harness import START, Story, signer_of

AGENT = "straits-freight"
KEYS = {name: name for name in CAST} | {"aivres": "aivres-2"}
"""Whose key is in force once the examples are recorded."""

NOT_SUBMITTED = {
    "LedgerOpened.v1": "NOT-THE-OPENING",  # it makes the ledger
    "LedgerKeyRotated.v1": "ROTATION-KEY",  # the new key signs the checkpoint; `ledger rotate-key`
}
"""Types that nobody can hand in as a draft, and what is said of it."""

NOT_CORRECTED = {
    "LedgerOpened.v1": "NOT-THE-OPENING",  # before its target is looked at
}
"""Fixed types whose correction is refused for another reason than TARGET-FIXED."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How an event is told: what it says, by `party` or `party/key`, under which circumstances."""

    data: EventData
    names: tuple[str, ...]
    occurred: str
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def basis(self) -> Basis:
        found: Basis = self.more.get("basis", "first_party")
        return found


class Desk:
    """A folder with the ledger of all examples; a machine elsewhere has the parties' keys."""

    def __init__(self, folder: Path, turn: int = 0) -> None:
        self.folder = folder / "ledger"
        self.away = folder / "away"
        self.ids = 0
        self.steps = turn
        writing = Writing(
            signer=signer_of("ledger-2"),
            high_water=self.folder / HIGH_WATER,
            clock=lambda: START,
            installation="test",
        )
        self.ledger = Ledger.open(str(self.folder / LEDGER), writing)
        self.view = View.open(MEMORY)
        with View.open(self.folder / VIEW) as caught_up:
            caught_up.connection.backup(self.view.connection)

    def close(self) -> None:
        self.view.close()
        self.ledger.close()

    def draft(self, telling: Telling, **more: Any) -> Draft:
        self.ids += 1
        identifier = new_id(START, self.ids.to_bytes(10, "big"))
        given = Circumstances(occurred=telling.occurred, id=identifier, **telling.more | more)
        by, *others = map(signing, telling.names)
        return self.ledger.draft(telling.data, by, given, others)

    def signed(self, telling: Telling, **more: Any) -> Submission:
        names = (name.rpartition("/")[2] for name in telling.names)
        return self.draft(telling, **more).sign(*map(signer_of, names))

    def record(self, telling: Telling, **more: Any) -> Event:
        return self.ledger.event(self.ledger.append(self.signed(telling, **more)).index)

    def say(self, data: EventData, who: str, *others: str, **more: Any) -> Event:
        names = tuple(f"{one}/{KEYS[one]}" for one in (who, *others))
        return self.record(Telling(data, names, "2026-03-02"), **more)

    def refused(self, telling: Telling, **more: Any) -> str:
        """Return the code with which the ledger refuses it; nothing is recorded."""
        size = self.ledger.size
        with pytest.raises(LedgerError) as caught:
            self.ledger.append(self.signed(telling, **more))
        assert self.ledger.size == size
        return caught.value.code

    def type(self, *arguments: str, away: bool = False, exit_code: int = 0) -> Any:
        """Type a command at the ledger, or elsewhere."""
        at = () if away else ("-C", str(self.folder))
        result = CliRunner().invoke(main, (*at, *arguments))
        assert result.exit_code == exit_code, f"{arguments}\n{result.output}"
        return result

    def audit(self) -> str:
        """Return the verdict of one who knows the ledger's fingerprint."""
        trust = Trust(fingerprint=self.ledger.fingerprint)
        return audit(self.ledger.source(), trust).verdict

    def step(self) -> None:
        """Catch up; that it is what a rebuild makes is checked by turns: each step at some types.

        After every step of every life it is checked by the simulator (`tests/simulator/`).
        """
        catch_up(self.view, self.ledger)
        self.steps += 1
        if self.steps % 3 == 0:
            self.check()

    def check(self) -> None:
        """The read models that caught up are those that a rebuild makes."""
        catch_up(self.view, self.ledger)
        with View.open(MEMORY) as anew:
            rebuild(anew, self.ledger)
            assert anew.view_hash() == self.view.view_hash()

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        catch_up(self.view, self.ledger)
        return [tuple(one.values()) for one in self.view.rows(sql, values)]

    def balances(self) -> list[tuple[object, ...]]:
        account = "book, model, batch, rack, holder, site, state, shipment, owner, lessee, lease"
        total = "sum(quantity)"
        sql = f"SELECT {account}, {total} FROM posting GROUP BY {account} HAVING {total} <> 0"  # noqa: S608
        return self.rows(f"{sql} ORDER BY {account}")

    def counting(self, *events: Event) -> list[int]:
        """Return which of these events count now."""
        sql = "SELECT event_idx FROM counting WHERE to_idx IS NULL ORDER BY 1"
        now = {index for (index,) in self.rows(sql)}
        return [one.index for one in events if one.index in now]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ledger of all examples, in which operator speaks as an authority too."""
    folder = tmp_path_factory.mktemp("every-type")
    (folder / "away").mkdir()
    (folder / "ledger" / "keys").mkdir(parents=True)
    home = folder / "ledger"
    with Story(home / LEDGER, high_water=home / HIGH_WATER) as story:
        story.party("operator", "authority")
        play(story)
        fingerprint = story.ledger.fingerprint.hex()
        with View.open(home / VIEW) as view:
            catch_up(view, story.ledger)
    write_config(home, Config(origin=story.opening.origin, fingerprint=fingerprint))
    write_key(home / LEDGER_KEY, signer_of("ledger-2"), None)
    return folder


@pytest.fixture
def desk(request: pytest.FixtureRequest, played: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(played, tmp_path / "copy")
    desk = Desk(tmp_path / "copy", [*EVENT_TYPES].index(request.getfixturevalue("name")))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def reading(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk at which nothing is recorded."""
    folder = tmp_path_factory.mktemp("reading") / "copy"
    shutil.copytree(played, folder)
    desk = Desk(folder)
    yield desk
    desk.close()


def example_of(desk: Desk, name: str) -> Event:
    """Return the entry of a type's example: the newest of its type."""
    return max(
        (one for one in desk.ledger.read() if one.statement.type == name), key=lambda one: one.index
    )


def told_anew(desk: Desk, name: str) -> Telling:
    """Return how another event of a type is told, as its example is, that a ledger admits."""
    if name in SPECIAL:
        return SPECIAL[name](desk)
    example = next(one for one in (OPENING, *EXAMPLES) if name_of(one.said(_no_target)) == name)
    event = example_of(desk, name)
    row, data = EVENT_TYPES[name], event.statement.data
    if row.opens is not None:
        data = structs.replace(data, **{row.opens[1]: f"{getattr(data, row.opens[1])}-B"})
    references = [one for one in example.more.get("references", ()) if one.type != IDEMPOTENCY]
    return Telling(
        data, (example.by, *example.others), example.occurred,
        example.more | {"references": references},
    )  # fmt: skip


def _no_target(_: str) -> Target:
    return Target(id=new_id(START, bytes(10)), payload_sha256="0" * 64)


def _granted(_: Desk) -> Telling:
    agency = ActsFor(principal="aolani", types=("RackPlaced", "ShipmentReceived"))
    return Telling(RoleGranted(party=AGENT, acts_for=agency), ("operator", "aolani"), "2026-03")


def _withdrawn(_: Desk) -> Telling:
    data = RoleWithdrawn(party="aolani", role="owner", reason="it sold all that it had")
    return Telling(data, ("operator",), "2026-03")


def _enrolled(desk: Desk) -> Telling:
    name = f"aivres-{desk.ledger.size}"
    data = KeyEnrolled(party="aivres", key=public_key(signer_of(name).public_key, "desk"))
    return Telling(data, ("operator", f"aivres/{name}", "aivres/aivres-2"), "2026-03")


def _revoked(desk: Desk) -> Telling:
    enrolled = desk.record(_enrolled(desk)).statement.data
    [key] = [
        one.id for one in desk.ledger.authority.keys_of("aivres", desk.ledger.size)
        if one.holder == enrolled.key.holder
    ]  # fmt: skip
    data = KeyRevoked(party="aivres", key=key, reason="superseded")
    return Telling(data, ("aivres/aivres-2",), "2026-03")


def _rotated(desk: Desk) -> Telling:
    event = example_of(desk, "LedgerKeyRotated.v1")
    key = public_key(signer_of("ledger-3").public_key, "ledger, third key")
    data = structs.replace(event.statement.data, checkpoint_key=key)
    return Telling(data, ("operator",), "2026-03")


def _voided(desk: Desk) -> Telling:
    target = desk.record(told_anew(desk, "UsageReported.v1")).target
    return Telling(EventVoided(target=target, reason="told twice"), ("aolani",), "2026-03")


SPECIAL: dict[str, Callable[[Desk], Telling]] = {
    "RoleGranted.v1": _granted,
    "RoleWithdrawn.v1": _withdrawn,
    "KeyEnrolled.v1": _enrolled,
    "KeyRevoked.v1": _revoked,
    "LedgerKeyRotated.v1": _rotated,
    "EventVoided.v1": _voided,
}
"""Types of which the example cannot be told a second time under another name."""

TYPES = pytest.mark.parametrize("name", EVENT_TYPES)
FREE = pytest.mark.parametrize("name", [one for one, row in EVENT_TYPES.items() if not row.fixed])
FIXED = pytest.mark.parametrize("name", [one for one, row in EVENT_TYPES.items() if row.fixed])
ACTED = pytest.mark.parametrize(
    "name", [one for one, row in EVENT_TYPES.items() if row.acting is not None]
)
OPENED = pytest.mark.parametrize(
    "name", [one for one, row in EVENT_TYPES.items() if row.opens and not row.fixed]
)


def test_the_fixed_types_are_those_of_two_nouns_voids_and_counter_signatures() -> None:
    fixed = {name for name, row in EVENT_TYPES.items() if row.fixed}
    nouns = {name for name, row in EVENT_TYPES.items() if row.noun in {"ledger", "party"}}
    assert fixed == nouns | {"EventVoided.v1", "Countersigned.v1"}
    assert len(EVENT_TYPES) == len(EXAMPLES) + 1


# --- recorded and shown ---------------------------------------------------------------------


@TYPES
def test_every_type_is_recorded_and_shown_and_in_the_read_models(reading: Desk, name: str) -> None:
    event = example_of(reading, name)
    shown = reading.type("show", str(event.index)).stdout
    for part in (name, event.statement.occurred, event.statement.asserted_by):
        assert part in shown
    value = json.loads(reading.type("show", str(event.index), "--json").stdout)
    assert value["statement"] == json.loads(canonical.encode(event.statement))
    assert value["payload_sha256"] == event.payload_sha256
    assert reading.type("show", event.statement.id).stdout == shown
    [(kind, summary)] = reading.rows("SELECT type, summary FROM event WHERE idx = ?", event.index)
    assert kind == name
    assert summary
    for table, row in subjects.rows(event, reading.ledger.zone):
        where = " AND ".join(f'"{column}" IS ?' for column in row)
        sql = f'SELECT count(*) FROM "{table}" WHERE {where}'  # noqa: S608  our own names
        assert reading.rows(sql, *row.values()) != [(0,)], (table, row)


def test_all_of_it_passes_an_audit_and_a_rebuild_makes_the_same(reading: Desk) -> None:
    assert reading.audit() == "PASS"
    reading.check()


# --- drafted --------------------------------------------------------------------------------


@TYPES
def test_every_type_is_drafted_signed_elsewhere_and_submitted(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has signed the draft when it leaves; each signs where its key is, the last submits."""
    telling = told_anew(desk, name)
    draft = desk.draft(telling)
    path = desk.away / "draft.json"
    unsigned = seal(canonical.encode(draft.statement))
    write_draft(path, Submission(unsigned, draft.documents), new=True)
    monkeypatch.chdir(desk.away)
    size = desk.ledger.size
    for one in telling.names:
        key = desk.away / f"{one.replace('/', '-')}.key"
        signer = signer_of(one.rpartition("/")[2])
        write_key(key, signer, None)
        write_public(public_path(key), signer.public_key)
        shown = desk.type("submit", str(path), "--key", str(key), "--yes", away=True).output
        assert name in shown
    submission, statement = read_draft(path)
    assert len(submission.envelope.signatures) == len(telling.names)
    assert statement == draft.statement
    if name in NOT_SUBMITTED:
        result = desk.type("submit", str(path), "--yes", exit_code=2)
        assert f"code: {NOT_SUBMITTED[name]}" in result.stderr
        assert desk.ledger.size == size
        return
    arguments = ["-C", str(desk.folder), "submit", str(path)]
    result = CliRunner().invoke(main, arguments, input="y\ny\ny\n")  # it may doubt what was said
    assert result.exit_code == 0, result.output
    assert desk.ledger.size == size + 1
    assert desk.ledger.event(size).statement == draft.statement
    desk.check()
    assert desk.audit() == "PASS"


# --- repeated -------------------------------------------------------------------------------


@TYPES
def test_every_type_is_repeated_without_a_second_entry(desk: Desk, name: str) -> None:
    """The same bytes again, or the same content under one idempotency key; other content not."""
    if name in NOT_SUBMITTED:
        submission = Submission(example_of(desk, name).entry.envelope)
        assert desk.ledger.append(submission).repeated
        return
    telling = told_anew(desk, name)
    given = [*telling.more.get("references", ()), Reference(type=IDEMPOTENCY, value="K-1")]
    submission = desk.signed(telling, references=given)
    first = desk.ledger.append(submission)
    again = desk.ledger.append(submission)
    anew = desk.ledger.append(desk.signed(telling, references=given))
    assert [(one.index, one.repeated) for one in (first, again, anew)] == [
        (first.index, False), (first.index, True), (first.index, True),
    ]  # fmt: skip
    later = Telling(telling.data, telling.names, "2026-03-03", telling.more)
    assert desk.refused(later, references=given) == "IDEMPOTENCY-REUSED"
    desk.check()


# --- signed beside and disputed -------------------------------------------------------------


@TYPES
def test_every_type_is_accepted_and_disputed_by_a_party_named_in_it(desk: Desk, name: str) -> None:
    event = example_of(desk, name)
    parties = parties_of(event.statement) & KEYS.keys()
    who = min(parties - {event.statement.asserted_by}, default=event.statement.asserted_by)
    accepts = Countersigned(target=event.target, stance="accepts")
    disputes = Countersigned(target=event.target, stance="disputes", text="it was otherwise")
    stranger = min(KEYS.keys() - parties)
    outside = Telling(accepts, (f"{stranger}/{KEYS[stranger]}",), "2026-03")
    if name == "Countersigned.v1":
        assert desk.refused(outside) == "TARGET-FIXED"
        return
    assert desk.refused(outside) == "NOT-NAMED"
    before = desk.balances()
    for data in (accepts, disputes):
        said = desk.say(data, who)
        desk.step()
        sql = "SELECT stance FROM signature WHERE event_idx = ? AND via_idx = ? AND party = ?"
        assert desk.rows(sql, event.index, said.index, who) == [(data.stance,)]
        assert f"{data.stance} by" in desk.type("show", str(event.index)).stdout
    assert desk.balances() == before
    desk.check()


# --- corrected and voided -------------------------------------------------------------------


@FREE
def test_every_free_type_is_corrected_twice_and_voided_and_balances_are_as_before(
    desk: Desk, name: str
) -> None:
    before = desk.balances()
    telling = told_anew(desk, name)
    first = desk.record(telling)
    desk.step()
    told = desk.balances()
    second = desk.record(telling, corrects=first.target)
    desk.step()
    assert desk.counting(first, second) == [second.index]
    assert desk.balances() == told
    assert desk.refused(telling, corrects=first.target) == "TARGET-NOT-NEWEST"
    third = desk.record(telling, corrects=second.target)
    desk.step()
    assert f"corrected by   entry {third.index}" in desk.type("show", str(second.index)).stdout
    by = telling.names[0]
    void = Telling(EventVoided(target=third.target, reason="it did not occur"), (by,), "2026-03")
    stranger = "press-desk" if by != "press-desk" else "aolani"
    theirs = Telling(void.data, (stranger,), "2026-03")
    assert desk.refused(theirs) == "NOT-ASSERTED-BY"
    desk.record(void)
    desk.check()
    assert desk.counting(first, second, third) == []
    assert desk.balances() == before
    assert desk.refused(void) == "TARGET-NOT-NEWEST"
    assert desk.refused(telling, corrects=third.target) == "TARGET-NOT-NEWEST"
    assert desk.audit() == "PASS"


@FIXED
def test_every_fixed_type_is_neither_corrected_nor_voided(desk: Desk, name: str) -> None:
    event = example_of(desk, name)
    telling = told_anew(desk, name)
    corrects = event.target
    assert desk.refused(telling, corrects=corrects) == NOT_CORRECTED.get(name, "TARGET-FIXED")
    by = next(one for one, key in KEYS.items() if one == event.statement.asserted_by)
    void = Telling(
        EventVoided(target=event.target, reason="error"), (f"{by}/{KEYS[by]}",), "2026-03"
    )
    assert desk.refused(void) == "TARGET-FIXED"
    desk.check()


# --- told by an agent, and by a second party ------------------------------------------------


@ACTED
def test_every_act_is_told_by_an_agent_only_while_it_acts_for_its_principal(
    desk: Desk, name: str
) -> None:
    telling = told_anew(desk, name)
    row = EVENT_TYPES[name]
    principal = row.actor(telling.data)
    assert principal is not None
    agent = AGENT if principal != AGENT else "aolani"
    by_agent = Telling(telling.data, (agent,), "2026-03", telling.more | {"basis": "first_party"})
    role = cast("Role", min(row.roles - {"-", OPERATOR}))
    if role not in desk.ledger.authority.roles_of(agent, desk.ledger.size):
        desk.say(RoleGranted(party=agent, role=role), "operator")
    assert desk.refused(by_agent) == "ACTOR"
    before = desk.balances()
    agency = ActsFor(principal=principal, types=(name.partition(".")[0],))
    desk.say(RoleGranted(party=agent, acts_for=agency), "operator", principal)
    event = desk.record(by_agent)
    desk.step()
    desk.say(EventVoided(target=event.target, reason="told by mistake"), agent)
    assert desk.balances() == before
    over = RoleWithdrawn(party=agent, acts_for=principal, reason="the contract is over")
    desk.say(over, "operator")
    assert desk.refused(by_agent, corrects=event.target) == "ACTOR"
    desk.check()


@OPENED
def test_of_two_parties_versions_of_an_event_one_counts_and_they_differ(
    desk: Desk, name: str
) -> None:
    """Where one of them only reports, it is no version, and counts as the claim that it is."""
    row, telling = EVENT_TYPES[name], told_anew(desk, name)
    before = desk.balances()
    own = desk.record(telling)
    told = desk.balances()
    basis = "first_party" if row.acting is None else "counterparty"
    second = Telling(telling.data, ("operator",), "2026-02-01", telling.more | {"basis": basis})
    other = desk.record(second)
    desk.step()
    reported = telling.basis == "third_party_report"
    assert desk.counting(own, other) == ([own.index, other.index] if reported else [own.index])
    assert reported or desk.balances() == told
    [(number,)] = desk.rows(
        "SELECT count(DISTINCT occurred) FROM event WHERE opened = ?", row.opened(telling.data)
    )
    assert number == 2  # CLAIMS-DIFFER: both are there to be compared
    if not row.updates:
        assert desk.refused(second) == "IDENTIFIER-USED"
    by = own.statement.asserted_by
    desk.say(EventVoided(target=own.target, reason="it did not occur"), by)
    desk.step()
    assert desk.counting(own, other) == [other.index]
    desk.say(EventVoided(target=other.target, reason="it did not occur"), "operator")
    desk.check()
    assert desk.counting(own, other) == []
    assert desk.balances() == before
