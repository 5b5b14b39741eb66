"""What one ledger exports as EPCIS gives another ledger the same answers, and no more than that."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commands.importers.epcis_document import read_tree
from commands.importers.own_epcis import OwnDocument, read_own
from commands.main import main
from ledger.application import Ledger
from ledger.errors import LedgerError, Malformed
from tests.desk_story import DeskStory
from tests.epcis_story import export, more, told_desk
from tests.test_commands_epcis import problems

WORDS = {
    "on_one_word", "on_two_words", "on_opening", "entry", "asserted_by", "word", "papers",
    "numbers", "signed_by", "not_signed_by", "by_entry", "moment", "newest_entry",
}  # fmt: skip
"""Columns that tell who says it, and under which entry: here another party does."""

QUESTIONS = [
    "where", "query title", "query use", "query racks", "query units-at", "query batches",
    "query in-transit", "query on-site", "query reconcile", "query moves", "query lease-book",
    "query custody serial=S1", "query custody rack=R0002", "query possession-path batch=B-02",
    "query custody serial=OLD-01", "query possession-over-time",
]  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = told_desk(tmp_path_factory.mktemp("own-epcis") / "ledger")
    more(desk)
    return desk


@pytest.fixture(scope="module")
def document(told: DeskStory) -> tuple[Path, dict[str, Any]]:
    return export(told, "all.json")


def fresh_desk(folder: Path) -> DeskStory:
    """Return a ledger that knows nothing but its operator."""
    folder.parent.mkdir(parents=True)
    init = "--origin fresh.invalid --party partner --name P --demonstration --no-passphrase --yes"
    assert CliRunner().invoke(main, ["init", str(folder), *init.split()]).exit_code == 0
    desk = DeskStory(folder)
    desk.run("party role partner operator --on 2026-01-01 --yes")
    desk.run("party add watcher --name Watcher --role auditor --on 2026-01-01 --yes")
    desk.run("key generate watcher --no-passphrase")
    desk.run("key enroll watcher --yes")
    return desk


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return fresh_desk(tmp_path_factory.mktemp("new") / "made" / "ledger")


@pytest.fixture
def fresh(new: DeskStory, tmp_path: Path) -> DeskStory:
    (tmp_path / "fresh").mkdir()
    return new.copy(tmp_path / "fresh")


def answers(desk: DeskStory, question: str, clock: str) -> list[dict[str, Any]]:
    rows = desk.rows(f"{question} {clock}")
    return [{name: row[name] for name in row if name not in WORDS} for row in rows]


def test_our_own_export_gives_the_same_answers(
    told: DeskStory, fresh: DeskStory, document: tuple[Path, dict[str, Any]], samples: Path
) -> None:
    path, content = document
    assert problems(samples, content) == []
    result = fresh.run(f"import epcis {path} --names --yes")
    assert "RackAssembled.v1 2, as counterparty, on one party's word" in result.output
    for clock in ("--as-of 2026-01-09", "--as-of 2026-02-05", "--as-of 2026-03-15", ""):
        for question in QUESTIONS:
            assert answers(fresh, question, clock) == answers(told, question, clock), question
    rows = fresh.rows("where --as-of 2026-02-05")
    assert sum(row["on_two_words"] for row in rows) == 0
    assert any(row["on_two_words"] for row in told.rows("where --as-of 2026-02-05"))
    assert "PASS" in fresh.run("verify").output
    (claim,) = fresh.rows("query claims")
    assert "InspectionPerformed.v1 of 2026-04-01 by inspector" in str(claim)
    assert claim["speaker"] == "inspector"
    size = fresh.size
    again = fresh.run(f"import epcis {path} --names --yes")
    assert "recorded already" in again.output
    assert fresh.size == size


def test_a_ledger_takes_nothing_from_its_own_export(
    told: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    before = told.size
    output = told.run(f"import epcis {document[0]} --yes").output
    assert "recorded here already, as this ledger's own" in output
    assert told.size == before


def test_a_preview_records_nothing_and_tells_what_follows(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    before = fresh.size
    output = fresh.run(f"import epcis {document[0]} --dry-run").output
    assert "--names registers what it tells" in output
    assert "left out: 2 corrections and voids, which follow the rest" in output
    assert fresh.size == before


def test_without_a_trade_role_it_is_a_report_that_moves_nothing(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    output = fresh.run(f"import epcis {document[0]} --names --as watcher --yes").output
    assert "as reports, which move nothing" in output
    assert "party that watcher may not register" in output
    assert fresh.rows("where") == []


def test_a_party_signs_its_own_acts_in_its_own_name(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    text = json.dumps(document[1]).replace("aivres", "partner")
    desk = fresh
    desk.run("party role partner integrator --on 2026-01-01 --yes")
    desk.run(f"import epcis {desk.file('p.json', text)} --yes --idempotency-key K")
    with Ledger.open(str(desk.folder / "ledger.db")) as ledger:
        told = [ledger.event(index).statement for index in range(ledger.size)]
    built = [one for one in told if one.type == "RackAssembled.v1"]
    assert {(one.basis, one.asserted_by) for one in built} == {("first_party", "partner")}


def test_an_auditor_signs_its_own_inspection_and_no_other_s(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    content = json.loads(json.dumps(document[1]).replace("inspector", "watcher"))
    inspected = content["epcisBody"]["eventList"][-1:]
    content["epcisBody"]["eventList"] = inspected
    path = fresh.file("i.json", json.dumps(content))
    fresh.run(f"import epcis {path} --as watcher --yes")
    assert (fresh.newest().type, fresh.newest().basis) == ("InspectionPerformed.v1", "first_party")


def test_a_correction_and_a_void_that_come_later_are_taken_then(
    tmp_path: Path, fresh: DeskStory
) -> None:
    desk = told_desk(tmp_path / "source")
    desk.run("rack off --racks R0001 --on 2026-03-20 --id OFF-3 --yes")
    fresh.run(f"import epcis {export(desk, 'a.json')[0]} --names --yes")
    desk.run(f"void {desk.size - 1} --reason 'not' --yes")
    desk.run("rack energize --racks R0002 --on 2026-03-21 --id ON-9 --yes")
    path, _ = export(desk, "b.json")
    fresh.run(f"import epcis {path} --names --yes")
    with Ledger.open(str(fresh.folder / "ledger.db")) as ledger:
        told = [ledger.event(ledger.size - back).statement.type for back in (2, 1)]
    assert told == ["EventVoided.v1", "RackPlaced.v1"]  # in the order of their ledger
    desk.run(f"rack energize --racks R0002 --on 2026-03-22 --corrects {desk.size - 1} --yes")
    fresh.run(f"import epcis {export(desk, 'c.json')[0]} --names --yes")
    assert fresh.newest().corrects is not None
    for question in ("where", "query moves", "query custody rack=R0001"):
        assert answers(fresh, question, "") == answers(desk, question, "")
    size = fresh.size
    fresh.run(f"import epcis {path} --names --yes")
    assert fresh.size == size


def test_what_was_recorded_otherwise_is_left_alone(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    fresh.run("batch commission B-01 --model GPU --site NV-WH --quantity 100 --by nvidia"
              " --basis counterparty --on 2026-01-05 --yes")  # fmt: skip
    fresh.run("rack off --line GPU/B-01/28/R0002 --site JHR-1 --by aolani"
              " --basis counterparty --id OFF-2 --on 2026-03-03 --yes")  # fmt: skip
    output = fresh.run(f"import epcis {document[0]} --names --yes").output
    assert "left out: 1 batch that partner recorded otherwise already" in output
    assert "left out: 1 corrections of what is not recorded yet" in output


def test_events_of_another_system_among_ours_become_claims(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    content = json.loads(json.dumps(document[1]))
    foreign = {"type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-05-01T00:00:00Z"}
    content["epcisBody"]["eventList"].append(foreign)
    path = fresh.file("mixed.json", json.dumps(content))
    fresh.run(f"import epcis {path} --names --yes")
    told = [row for row in fresh.rows("query claims") if "ObjectEvent" in str(row)]
    assert len(told) == 1


def test_every_event_can_be_a_claim(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]]
) -> None:
    fresh.refused(f"import epcis {document[0]} --as-claims --yes", code="USAGE")
    fresh.run(f"import epcis {document[0]} --as-claims --publisher X --yes")
    assert fresh.rows("where") == []


def first(content: dict[str, Any], kind: str) -> dict[str, Any]:
    events = content["epcisBody"]["eventList"]
    found: dict[str, Any] = next(one for one in events if one["chipledger:type"] == kind)
    return found


DISPATCH = "ShipmentDispatched.v1"
Change = Callable[[dict[str, Any]], object]
BAD: list[tuple[str, Change]] = [
    ("EPCIS-DIFFERS", lambda c: first(c, DISPATCH).update(bizStep="receiving")),
    ("EPCIS-DIFFERS", lambda c: first(c, DISPATCH)["chipledger:data"].update(consignee="thief")),
    ("EPCIS-DIFFERS", lambda c: first(c, DISPATCH).update({"chipledger:occurred": "2020-01-01"})),
    ("EPCIS-DIFFERS",
     lambda c: first(c, DISPATCH).update({"chipledger:occurred": "2026-01-05T00:00:00+01:00"})),
    ("EPCIS-OWN", lambda c: first(c, DISPATCH).update({"chipledger:type": "Unheard.v1"})),
    ("EPCIS-OWN", lambda c: first(c, DISPATCH).update({"chipledger:data": 7})),
    ("EPCIS-OWN", lambda c: first(c, DISPATCH).update(eventID="7")),
    ("EPCIS-OWN", lambda c: first(c, DISPATCH).pop("eventID")),
    ("EPCIS-OWN", lambda c: first(c, DISPATCH).update({"chipledger:occurred": None})),
    ("EPCIS-OWN", lambda c: c.pop("epcisHeader")),
    ("EPCIS-EVENT", lambda c: c["epcisBody"]["eventList"].append(7)),
    ("EPCIS-CORRECTION",
     lambda c: first(c, DISPATCH).update(errorDeclaration={"reason": "incorrect_data"})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "change"), BAD)
def test_a_document_that_was_changed_is_refused(
    fresh: DeskStory, document: tuple[Path, dict[str, Any]], code: str, change: Change
) -> None:
    content = json.loads(json.dumps(document[1]))
    change(content)
    path = fresh.file("bad.json", json.dumps(content))
    output = fresh.refused(f"import epcis {path} --names --yes", code="ROWS-REJECTED")
    assert f"[{code}]" in output


def test_a_document_has_a_number_of_events_that_can_be_read(
    document: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.importers.own_epcis.EVENTS_MAX", 3)
    with pytest.raises(Malformed) as caught:
        read_own(document[1], "d")
    assert caught.value.code == "EPCIS-LARGE"


@pytest.mark.parametrize("context", [None, 7, [], [7], [{"chipledger": 7}], [{"chipledger": "x"}]])
def test_a_document_without_our_words_is_another_system_s(context: object) -> None:
    event: dict[str, Any] = {"chipledger:data": {}}
    assert read_own({"@context": context, "epcisBody": {"eventList": [event]}}, "d") is None


def members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, inner in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else [])
    ):
        yield from members(inner, (*path, key))


@given(data=st.data())
def test_no_change_of_a_document_breaks_the_reader(
    document: tuple[Path, dict[str, Any]], data: st.DataObject
) -> None:
    events = document[1]["epcisBody"]["eventList"][:4]
    content = json.loads(json.dumps(document[1] | {"epcisBody": {"eventList": events}}))
    paths = [one for one in members(content) if one]
    path = data.draw(st.sampled_from(paths))
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = data.draw(
        st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just([]), st.just({}))
    )
    try:
        decoded = read_tree(json.dumps(content).encode(), "d")
        found = read_own(decoded.tree, "d")
    except LedgerError:
        return
    assert found is None or isinstance(found, OwnDocument)


@pytest.mark.slow
def test_the_case_gives_the_same_answers(tmp_path: Path, samples: Path) -> None:
    case = DeskStory(tmp_path / "case")
    played = CliRunner().invoke(main, ["demo", str(case.folder)])
    assert played.exit_code == 0, played.output
    path, content = export(case, "case.json")
    assert problems(samples, content) == []
    fresh = fresh_desk(tmp_path / "fresh" / "ledger")
    fresh.run(f"import epcis {path} --names --yes")
    for clock in ("--as-of 2026-02-20", "--as-of 2026-05-05", "--as-of 2026-12-31"):
        for question in (*QUESTIONS[:9], "query custody rack=R0056"):
            assert answers(fresh, question, clock) == answers(case, question, clock), question
