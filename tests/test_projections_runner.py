"""From log to read models: both clocks, catching up, rebuilding, manifests, files in the way."""

import base64
import errno
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entry import Event
from ledger.errors import LedgerError, Malformed, Refused, Unavailable
from ledger.events.base import PublicKey, Reference
from ledger.events.document import DocumentDisposed
from ledger.events.party import KeyEnrolled
from ledger.events.product import BatchCommissioned
from ledger.events.rack import ComponentReplaced, Part, RackAssembled
from ledger.events.shipment import ShipmentDispatched, ShipmentReceived
from ledger.events.site import SiteCapacityAttested
from projections import runner, schema, units
from projections.view import MEMORY, Position, View
from tests.histories import HISTORIES, History, play
from tests.memory_log import CHIP, MemoryLog, document, line

FIRST = "2026-02-01"
LATER = "2026-03-01"


def batch(quantity: int = 4000) -> BatchCommissioned:
    return BatchCommissioned(maker="nvidia", batch="B1", model=CHIP, quantity=quantity, site="us-1")


def dispatch(quantity: int = 72) -> ShipmentDispatched:
    return ShipmentDispatched(
        consignor="nvidia",
        shipment="S1",
        purpose="sale",
        lines=(line("B1", quantity),),
        consignee="aolani",
        carrier="carrier",
        from_site="us-1",
    )


def receipt(quantity: int) -> ShipmentReceived:
    return ShipmentReceived(
        receiver="aolani",
        receipt="REC1",
        shipment="S1",
        received_from="carrier",
        site="johor",
        lines=(line("B1", quantity),),
        counted_by="racks",
        final=True,
    )


def projected(log: MemoryLog) -> View:
    view = View.open(MEMORY)
    runner.catch_up(view, log)
    return view


def held(view: View, holder: str, as_of: str = "2027", known_at: int = 10**9) -> int:
    """Return how many GPUs somebody holds, before an instant, as known at a position."""
    sql = """SELECT coalesce(sum(quantity), 0) AS gpus FROM posting
             WHERE holder = ? AND valid_at < ? AND idx <= ?"""
    return int(str(next(view.rows(sql, (holder, as_of, known_at)))["gpus"]))


# --- two clocks -----------------------------------------------------------------------------


def test_a_correction_reverses_at_its_targets_time_under_its_own_position() -> None:
    log = MemoryLog()
    log.say("nvidia", batch(), FIRST)
    log.say("nvidia", dispatch(144), FIRST)
    short = log.say("aolani", receipt(72), LATER)
    view = projected(log)
    assert held(view, "carrier") == 72
    right = log.say("aolani", receipt(144), LATER, corrects=short)
    runner.catch_up(view, log)
    assert held(view, "carrier") == 0
    assert held(view, "carrier", known_at=right.index - 1) == 72
    assert held(view, "carrier", as_of="2026-02-15") == 144
    assert held(view, "carrier", as_of="2026-02-15", known_at=right.index - 1) == 144
    rows = view.rows("SELECT DISTINCT idx, valid_at FROM posting WHERE event_idx = ?", (3,))
    assert [tuple(one.values()) for one in rows] == [
        (short.index, "2026-02-28T16:00:00Z"),
        (right.index, "2026-02-28T16:00:00Z"),
    ]


def test_a_version_that_counts_after_a_void_posts_at_its_own_time() -> None:
    log = MemoryLog()
    log.say("aolani", dispatch(71), FIRST, basis="counterparty")
    own = log.say("nvidia", dispatch(72), LATER)
    view = projected(log)
    assert (held(view, "carrier"), held(view, "carrier", known_at=1)) == (72, 71)
    void = log.void(own)
    runner.catch_up(view, log)
    assert held(view, "carrier") == 71
    assert held(view, "carrier", as_of="2026-02-15") == 71
    assert held(view, "carrier", as_of="2026-02-15", known_at=void.index - 1) == 0
    spans = "SELECT event_idx, from_idx, to_idx FROM counting WHERE event_idx IN (1, 2)"
    assert [tuple(one.values()) for one in view.rows(spans)] == [(1, 1, 2), (1, 3, None), (2, 2, 3)]


def test_a_day_is_read_in_the_ledgers_zone_and_posts_at_its_start() -> None:
    view = projected(MemoryLog("Asia/Kuala_Lumpur"))
    row = next(view.rows("SELECT occurred, valid_at, valid_until FROM event"))
    assert tuple(row.values()) == ("2026-01-01", "2025-12-31T16:00:00Z", "2026-01-01T16:00:00Z")


# --- what an entry says of itself ------------------------------------------------------------


def test_an_event_has_one_row_with_its_dates_ground_and_identifier() -> None:
    log = MemoryLog()
    log.say("nvidia", batch(), "2026-02")
    view = projected(log)
    row = next(view.rows("SELECT * FROM event WHERE idx = 1"))
    assert row == {
        "idx": 1,
        "id": log[1].statement.id,
        "payload_sha256": log[1].payload_sha256,
        "type": "BatchCommissioned.v1",
        "noun": "product",
        "occurred": "2026-02",
        "valid_at": "2026-01-31T16:00:00Z",
        "valid_until": "2026-02-28T16:00:00Z",
        "recorded_at": "2026-01-01T00:01:00.000000Z",
        "asserted_by": "nvidia",
        "basis": "first_party",
        "corrects_idx": None,
        "voids_idx": None,
        "opened": "batch/b1",
        "summary": "BatchCommissioned B1: 4,000 GPUs",
    }


def test_corrections_voids_and_signatures_name_the_position_of_their_target() -> None:
    log = MemoryLog()
    first = log.say("nvidia", dispatch(71), also=["carrier"])
    log.countersign("aolani", first, "disputes")
    right = log.say("nvidia", dispatch(72), corrects=first)
    log.void(right)
    view = projected(log)
    sql = "SELECT idx, corrects_idx, voids_idx, summary FROM event WHERE idx > 1"
    assert [tuple(one.values()) for one in view.rows(sql)] == [
        (2, None, None, "Countersigned of entry 1"),
        (3, 1, None, "ShipmentDispatched S1: 72 GPUs"),
        (4, None, 3, "EventVoided of entry 3"),
    ]
    signed = "SELECT party, via_idx, stance FROM signature WHERE event_idx = 1 ORDER BY via_idx, 1"
    assert [tuple(one.values()) for one in view.rows(signed)] == [
        ("carrier", 1, "signed"),
        ("nvidia", 1, "signed"),
        ("aolani", 2, "disputes"),
    ]


@pytest.mark.parametrize(
    ("who", "basis", "expected"),
    [
        ("nvidia", "first_party", ["carrier"]),
        ("carrier", "counterparty", ["nvidia"]),
        ("reporter", "third_party_report", []),
    ],
)
def test_who_is_expected_to_sign_too(who: str, basis: str, expected: list[str]) -> None:
    log = MemoryLog()
    log.say(who, dispatch(), basis=basis)  # type: ignore[arg-type]  # one of the four
    rows = projected(log).rows("SELECT party FROM expected WHERE event_idx = 1")
    assert [one["party"] for one in rows] == expected


def test_papers_numbers_and_names_are_found_by_event_and_by_value() -> None:
    log = MemoryLog()
    paper = document(b"waybill", "waybill")
    awb = Reference(type="awb", value="618-12345675")
    log.say("nvidia", dispatch(), documents=[paper], references=[awb])
    view = projected(log)
    (row,) = view.rows("SELECT * FROM document_ref")
    assert tuple(row.values()) == (1, paper.sha256, 7, "text/csv", "waybill", "waybill")
    (row,) = view.rows("SELECT * FROM reference WHERE value = '618-12345675'")
    assert tuple(row.values()) == (1, "awb", "618-12345675")
    rows = view.rows("SELECT kind, value FROM named WHERE event_idx = 1 ORDER BY kind, value")
    assert [tuple(one.values()) for one in rows] == [
        ("batch", "B1"),
        ("model", CHIP),
        ("party", "aolani"),
        ("party", "carrier"),
        ("party", "nvidia"),
        ("shipment", "S1"),
        ("site", "us-1"),
    ]


def test_names_are_found_whatever_their_case() -> None:
    log = MemoryLog()
    log.say("NVIDIA", dispatch())
    view = projected(log)
    assert held(view, "CARRIER") == 72
    rows = view.rows("SELECT kind, value FROM named WHERE value = 'Nvidia'")
    assert [tuple(one.values()) for one in rows] == [("party", "NVIDIA")]


def test_a_party_that_signs_with_two_keys_has_signed_once() -> None:
    log = MemoryLog()
    key = PublicKey(algorithm="ed25519", key=base64.b64encode(bytes(32)).decode(), holder="desk")
    log.say("aolani", KeyEnrolled(party="aolani", key=key), also=["aolani:second"])
    rows = projected(log).rows("SELECT party FROM signature WHERE event_idx = 1")
    assert [one["party"] for one in rows] == ["aolani"]


def test_an_event_that_opens_nothing_is_told_by_the_first_name_in_it() -> None:
    log = MemoryLog()
    log.say("aolani", SiteCapacityAttested(operator="aolani", site="johor", it_megawatts="60"))
    log.say("nvidia", RackAssembled(integrator="nvidia", assembly="A1", rack="R1", model="NVL72",
                                    site="us-1", lines=(line("B1", 72, "R9"),)))  # fmt: skip
    rows = projected(log).rows("SELECT summary FROM event WHERE idx > 0")
    assert [one["summary"] for one in rows] == [
        "SiteCapacityAttested aolani",
        "RackAssembled A1: 72 GPUs in 1 rack",
    ]


# --- catching up and rebuilding --------------------------------------------------------------


@given(HISTORIES, st.lists(st.integers(1, 6), max_size=6))
def test_what_holds_of_read_models_holds_in_every_history(
    history: History, steps: list[int]
) -> None:
    """Rebuilding equals catching up, known answers never change, books sum to zero."""
    log = play(history)
    grown = View.open(MEMORY)
    before: list[tuple[object, ...]] = []
    for step in [*steps, log.size]:
        part = Prefix(log, min(grown.position.next_idx + step, log.size))
        runner.catch_up(grown, part)
        assert answers(grown, len(before)) == before
        before = answers(grown, part.size)
    rebuilt = View.open(MEMORY)
    assert runner.rebuild(rebuilt, log) == log.size
    assert rebuilt.view_hash() == grown.view_hash()
    assert rebuilt.documents_hash() == grown.documents_hash()
    assert rebuilt.position == grown.position
    check_that_every_book_sums_to_zero_at_both_clocks(grown)
    check_that_what_is_posted_is_what_the_counting_events_post(grown)


def check_that_every_book_sums_to_zero_at_both_clocks(view: View) -> None:
    sql = """SELECT book, model, batch, idx, valid_at, sum(quantity) AS gpus FROM posting
             GROUP BY book, model, batch, idx, valid_at HAVING gpus <> 0"""
    assert list(view.rows(sql)) == []


def check_that_what_is_posted_is_what_the_counting_events_post(view: View) -> None:
    sql = """
        SELECT idx FROM event WHERE (
          SELECT total(abs(net)) FROM (
            SELECT sum(quantity) AS net FROM posting WHERE event_idx = event.idx
            GROUP BY book, model, batch, rack, holder, site, state, shipment, owner, lessee, lease)
        ) > 0 AND NOT EXISTS (
          SELECT 1 FROM counting WHERE event_idx = event.idx AND to_idx IS NULL)"""
    assert list(view.rows(sql)) == []


class Prefix:
    """The first entries of a log, as it was when it had no more."""

    def __init__(self, log: MemoryLog, size: int) -> None:
        self._log = log
        self.size = size
        self.origin = log.origin
        self.zone = log.zone
        self.document: Callable[[str], bytes | None] = log.document
        self.root_at, self.holds = log.root_at, log.holds

    def read(self, start: int, stop: int) -> Iterator[Event]:
        return self._log.read(start, min(stop, self.size))


def answers(view: View, size: int) -> list[tuple[object, ...]]:
    """Return, for every position below `size`, every balance that was known there."""
    sql = """SELECT book, model, batch, rack, coalesce(holder, owner, lessee), site, state,
                    shipment, lease, valid_at, sum(quantity) AS gpus
             FROM posting WHERE idx <= ? GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 HAVING gpus <> 0
             ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"""
    counts = """SELECT event_idx FROM counting
                WHERE from_idx <= ?1 AND (to_idx IS NULL OR to_idx > ?1) ORDER BY 1"""
    return [
        (
            [tuple(one.values()) for one in view.rows(sql, (known,))],
            [one["event_idx"] for one in view.rows(counts, (known,))],
        )
        for known in range(size)
    ]


def long_log(size: int = 60) -> MemoryLog:
    log = MemoryLog()
    while log.size < size:
        quantity, name = log.size, f"B{log.size}"
        log.say("nvidia", BatchCommissioned(maker="nvidia", batch=name, model=CHIP,
                                            quantity=quantity, site="us-1"))  # fmt: skip
    return log


def test_pages_of_any_size_give_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    log = long_log()
    log.void(log[7])
    log.say("nvidia", log[9].statement.data, corrects=log[9])
    whole = projected(log).view_hash()
    for size in (1, 7, 61):
        monkeypatch.setattr(runner, "PAGE_ENTRIES", size)
        assert projected(log).view_hash() == whole


def test_a_bulk_load_makes_its_indexes_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    log = long_log()
    plain = projected(log)
    monkeypatch.setattr(runner, "BULK_ENTRIES", 10)
    bulk = projected(log)
    assert bulk.view_hash() == plain.view_hash()
    sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1"
    names = [one["name"] for one in bulk.rows(sql)]
    assert names == [one["name"] for one in plain.rows(sql)]
    assert set(names) > schema.INDEXES.keys()


def test_progress_is_told_after_each_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PAGE_ENTRIES", 25)
    told: list[tuple[int, int]] = []
    runner.catch_up(View.open(MEMORY), long_log(), lambda *at: told.append(at))
    assert told == [(25, 60), (50, 60), (60, 60)]


class Crash(Exception):  # noqa: N818  it stands for a power cut, not for an error
    """The machine stops here."""


def test_after_a_crash_between_pages_the_view_is_good_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PAGE_ENTRIES", 25)
    monkeypatch.setattr(runner, "BULK_ENTRIES", 10)
    log = long_log()

    def crash(done: int, _size: int) -> None:
        if done == 50:
            raise Crash

    with View.open(tmp_path / "view.db") as view, pytest.raises(Crash):
        runner.catch_up(view, log, crash)
    with View.open(tmp_path / "view.db") as view:
        assert view.position.next_idx == 50
        assert runner.catch_up(view, log) == 10
        assert view.view_hash() == projected(log).view_hash()
        indexes = {one["name"] for one in view.rows("SELECT name FROM sqlite_schema")}
        assert indexes >= schema.INDEXES.keys()


def test_a_crash_within_a_page_leaves_the_page_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PAGE_ENTRIES", 25)
    log = long_log()
    view = View.open(MEMORY)
    runner.catch_up(view, Prefix(log, 25))
    good = view.view_hash()
    holed = Prefix(log, 60)
    monkeypatch.setattr(holed, "root_at", lambda size: log.root_at(size) if size < 50 else crash())

    def crash() -> bytes:
        raise Crash

    with pytest.raises(Crash):
        runner.catch_up(view, holed)
    assert (view.position.next_idx, view.view_hash()) == (25, good)


def test_a_log_that_misses_an_entry_is_not_projected_past_it() -> None:
    log = long_log()
    holed = Prefix(log, 60)
    holed.size = 61
    with pytest.raises(Unavailable) as caught:
        runner.catch_up(View.open(MEMORY), holed)
    assert caught.value.code == "LOG-INCOMPLETE"


def test_nothing_new_applies_nothing() -> None:
    log = long_log()
    view = projected(log)
    good = view.view_hash()
    assert runner.catch_up(view, log) == 0
    assert view.view_hash() == good


def test_a_view_ahead_of_the_log_is_rebuilt() -> None:
    log = long_log()
    view = projected(log)
    assert runner.catch_up(view, Prefix(log, 30)) == 30
    assert view.view_hash() == projected_prefix(log, 30)


def projected_prefix(log: MemoryLog, size: int) -> str:
    view = View.open(MEMORY)
    runner.catch_up(view, Prefix(log, size))
    return view.view_hash()


def test_a_view_of_another_history_or_another_ledger_is_rebuilt(tmp_path: Path) -> None:
    ours, other = long_log(), MemoryLog("Europe/Berlin")
    named = MemoryLog(origin="other.test.invalid")
    with View.open(tmp_path / "view.db") as view:
        for log in (ours, other, named, ours):
            runner.catch_up(view, log)
            assert view.position == Position(
                log.size, log.origin, log.root_at(log.size).hex(), schema.SCHEMA_ID
            )
            assert view.view_hash() == projected(log).view_hash()


def test_one_changed_row_changes_the_hash() -> None:
    view = projected(long_log())
    good = view.view_hash()
    with view.writing() as connection:
        connection.execute("UPDATE posted SET quantity = quantity + 1 WHERE id = 5")
    assert view.view_hash() != good


# --- files -----------------------------------------------------------------------------------


def test_a_view_of_another_schema_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "view.db"
    with View.open(path) as view:
        runner.catch_up(view, long_log())
        with view.writing() as connection:
            connection.execute("UPDATE position SET schema = 'of last year'")
    with pytest.raises(Unavailable) as caught:
        View.open(path, readonly=True)
    assert caught.value.code == "VIEW-OUTDATED"
    with View.open(path) as view:
        assert view.position == Position(0, "", "", schema.SCHEMA_ID)
    with View.open(path) as view, view.writing() as connection:
        connection.execute("DROP TABLE position")
    with View.open(path) as view:
        assert view.position.next_idx == 0


def test_a_database_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photo (name TEXT)")
    connection.close()
    content = path.read_bytes()
    for readonly in (False, True):
        with pytest.raises(Refused) as caught:
            View.open(path, readonly=readonly)
        assert caught.value.code == "NOT-A-VIEW"
    assert path.read_bytes() == content


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear auditor, " * 100)
    with pytest.raises(Refused) as caught:
        View.open(path)
    assert caught.value.code == "NOT-A-VIEW"
    assert path.read_text() == "Dear auditor, " * 100


def test_a_reader_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        View.open(tmp_path / "view.db", readonly=True)
    assert caught.value.code == "VIEW-MISSING"
    assert list(tmp_path.iterdir()) == []


def test_a_reader_reads_while_a_page_is_written_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "view.db"
    log = long_log()
    with View.open(path) as view:
        runner.catch_up(view, log)
        with View.open(path, readonly=True) as reader, view.writing() as connection:
            connection.execute("DELETE FROM posted")
            assert held(reader, "nvidia") == sum(range(1, 60))
            with pytest.raises(LedgerError), reader.writing() as other:
                other.execute("DELETE FROM posted")


def test_two_writers_do_not_write_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.view._BUSY_SECONDS", 0.01)
    with (
        View.open(tmp_path / "view.db") as one,
        View.open(tmp_path / "view.db") as two,
        one.writing(),
        pytest.raises(Unavailable) as caught,
    ):
        runner.catch_up(two, long_log())
    assert caught.value.code == "VIEW-BUSY"


def test_a_second_process_goes_on_where_the_first_stands(tmp_path: Path) -> None:
    log = long_log()
    with View.open(tmp_path / "view.db") as one, View.open(tmp_path / "view.db") as two:
        runner.catch_up(one, Prefix(log, 30))
        assert runner.catch_up(two, log) == 30
        assert runner.catch_up(one, log) == 0


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        View.open(tmp_path / "nowhere" / "view.db")
    assert caught.value.code == "VIEW-FAILED"


def test_a_file_that_the_disk_does_not_give_up_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with View.open(tmp_path / "view.db") as view:
        monkeypatch.setattr(Path, "unlink", fail)
        with pytest.raises(Unavailable) as caught:
            view.reset()
    assert caught.value.code == "VIEW-FAILED"


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("SELECT no_such_column FROM event", ()),
        ("SELEKT 1", ()),
        ("DELETE FROM event", ()),
        ("SELECT :missing", {}),
        ("SELECT ?", (1, 2)),
    ],
)
def test_what_is_no_select_is_malformed_and_changes_nothing(
    sql: str, values: tuple[int, ...] | dict[str, int]
) -> None:
    view = projected(long_log())
    good = view.view_hash()
    with pytest.raises(Malformed) as caught:
        list(view.rows(sql, values))
    assert caught.value.code == "VIEW-SQL"
    assert view.view_hash() == good


# --- serial numbers --------------------------------------------------------------------------

SERIALS = b"serial\n1320001\n1320002\n"
BUILD = b"rack,tray,slot,serial,batch\nR1,1,1,1320001,B1\nR1,1,2,1320002,B1\n"


def assembled(log: MemoryLog, content: bytes = BUILD, occurred: str = FIRST) -> Event:
    log.documents[hashlib.sha256(content).hexdigest()] = content
    data = RackAssembled(
        integrator="nvidia",
        assembly="A1",
        rack="R1",
        model="NVL72",
        site="us-1",
        lines=(line("B1", 2),),
    )
    return log.say("nvidia", data, occurred, documents=[document(content, "build_manifest")])


def commissioned(log: MemoryLog, content: bytes = SERIALS) -> Event:
    log.documents[hashlib.sha256(content).hexdigest()] = content
    return log.say("nvidia", batch(2), FIRST, documents=[document(content, "serial_manifest")])


def unit_rows(view: View) -> list[tuple[object, ...]]:
    sql = "SELECT serial, batch, rack, tray, slot, event_idx FROM unit ORDER BY event_idx, serial"
    return [tuple(one.values()) for one in view.rows(sql)]


def manifest_rows(view: View) -> list[tuple[object, ...]]:
    sql = "SELECT rows, skipped, problem FROM manifest ORDER BY event_idx"
    return [tuple(one.values()) for one in view.rows(sql)]


def test_manifests_and_repairs_say_where_each_serial_is() -> None:
    log = MemoryLog()
    commissioned(log)
    assembled(log)
    log.say(
        "aolani",
        ComponentReplaced(
            holder="aolani",
            replacement="X1",
            rack="R1",
            position="tray 1",
            site="johor",
            state="operational",
            out=(Part(model=CHIP, batch="B1", quantity=1, serials=("1320001",)),),
            into=(Part(model=CHIP, batch="RMA", quantity=1, serials=("1320009",)),),
            title="kept",
        ),
        LATER,
    )
    view = projected(log)
    assert unit_rows(view) == [
        ("1320001", "B1", None, None, None, 1),
        ("1320002", "B1", None, None, None, 1),
        ("1320001", "B1", "R1", "1", "1", 2),
        ("1320002", "B1", "R1", "1", "2", 2),
        ("1320001", "B1", None, None, None, 3),
        ("1320009", "RMA", "R1", "tray 1", None, 3),
    ]
    assert manifest_rows(view) == [(2, 0, None), (2, 0, None)]
    assert view.documents_hash()[1] == 2


def test_what_a_report_names_says_nothing_of_serials() -> None:
    log = MemoryLog()
    data = batch(2)
    paper = document(SERIALS, "serial_manifest")
    log.say("reporter", data, basis="third_party_report", documents=[paper])
    assert manifest_rows(projected(log)) == []


def test_a_manifest_that_arrives_later_is_read_then() -> None:
    log = MemoryLog()
    commissioned(log)
    (sha256,) = log.documents
    complete = projected(log)
    del log.documents[sha256]
    view = projected(log)
    assert manifest_rows(view) == [(0, 0, "missing")]
    assert view.documents_hash()[1] == 0
    assert view.view_hash() == complete.view_hash()
    log.documents[sha256] = SERIALS
    assert runner.catch_up(view, log) == 0
    assert view.documents_hash() == complete.documents_hash()
    assert view.view_hash() == complete.view_hash()


def test_what_a_manifest_said_is_forgotten_when_it_is_given_up(tmp_path: Path) -> None:
    log = MemoryLog()
    commissioned(log)
    assembled(log)
    path = tmp_path / "view.db"
    (_, sha256) = log.documents
    given_up = DocumentDisposed(document=sha256, reason="over", retention_basis="rule")
    with View.open(path) as view:
        runner.catch_up(view, log)
        assert len(unit_rows(view)) == 4
        log.say("auditor", given_up, basis="third_party_report")
        runner.catch_up(view, log)
        assert len(unit_rows(view)) == 4
        log.say("aolani", given_up)
        del log.documents[sha256]
        runner.catch_up(view, log)
        assert unit_rows(view) == [
            ("1320001", "B1", None, None, None, 1),
            ("1320002", "B1", None, None, None, 1),
        ]
        assert manifest_rows(view) == [(2, 0, None), (0, 0, "missing")]
        assert view.documents_hash() == projected(log).documents_hash()
        assert view.view_hash() == projected(log).view_hash()


def test_a_manifest_that_another_process_just_read_is_not_read_twice(tmp_path: Path) -> None:
    log = MemoryLog()
    commissioned(log)
    complete = projected(log)
    here = Prefix(log, log.size)
    here.document = lambda _: None
    with View.open(tmp_path / "view.db") as one, View.open(tmp_path / "view.db") as two:
        runner.catch_up(one, here)

        def meanwhile(sha256: str) -> bytes | None:
            runner.catch_up(two, log)
            return log.document(sha256)

        here.document = meanwhile
        runner.catch_up(one, here)
        assert one.documents_hash() == complete.documents_hash()


@pytest.mark.parametrize(
    ("content", "rows", "skipped", "problem"),
    [
        (b"", 0, 0, "the head is not rack,tray,slot,serial,batch"),
        (b"serial\n1320001\n", 0, 0, "the head is not rack,tray,slot,serial,batch"),
        (b"\xef\xbb\xbf" + BUILD, 0, 0, "the head is not rack,tray,slot,serial,batch"),
        (BUILD + b"\xff", 0, 0, "not UTF-8"),
        (BUILD.replace(b"\n", b"\r\n"), 2, 0, None),
        (BUILD + b"R1,,,1320003,B1\n", 3, 0, None),
        (BUILD + b"r1,1,3,1320003,B2\n", 3, 0, None),
        (BUILD + b"R1,1,1,1320001,B1\n", 2, 1, "line 4 is not well-formed, or repeats a serial"),
        (BUILD + b"R2,1,3,1320003,B1\n", 2, 1, "line 4 is not well-formed, or repeats a serial"),
        (BUILD + b"R1,1,3,,B1\n", 2, 1, "line 4 is not well-formed, or repeats a serial"),
        (BUILD + b"R1,1,3, 7,B1\n\n", 2, 2, "line 4 is not well-formed, or repeats a serial"),
        (BUILD + b"R1,1,3,7,B..1\n", 2, 1, "line 4 is not well-formed, or repeats a serial"),
        (BUILD + b"R1,1,3,7\n", 2, 1, "line 4 is not well-formed, or repeats a serial"),
        (BUILD + b'"R1"1,1,3,7,B1\n', 2, 0, "line 4 is no CSV: ',' expected after '\"'"),
    ],
)
def test_a_manifest_is_read_strictly_and_never_stops_the_projection(
    content: bytes, rows: int, skipped: int, problem: str | None
) -> None:
    log = MemoryLog()
    assembled(log, content)
    assert manifest_rows(projected(log)) == [(rows, skipped, problem)]


def test_a_manifest_is_read_up_to_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "ROWS_MAX", 2)
    log = MemoryLog()
    commissioned(log, SERIALS)
    data = BatchCommissioned(maker="nvidia", batch="B2", model=CHIP, quantity=3, site="us-1")
    longer = SERIALS + b"1320003\n"
    log.documents[hashlib.sha256(longer).hexdigest()] = longer
    log.say("nvidia", data, documents=[document(longer, "serial_manifest")])
    assert manifest_rows(projected(log)) == [
        (2, 0, None),
        (2, 0, "read to line 4: there are more than 2 rows"),
    ]


def test_other_bytes_under_a_manifests_name_are_not_read() -> None:
    log = MemoryLog()
    commissioned(log)
    (sha256,) = log.documents
    log.documents[sha256] = SERIALS + b"1320003\n"
    assert manifest_rows(projected(log)) == [(0, 0, "other bytes than the event names")]


@given(st.binary(max_size=200) | st.text(alphabet='R1,"\n\r B\x00é', max_size=80).map(str.encode))
def test_no_manifest_whatever_stops_the_reading(tail: bytes) -> None:
    log = MemoryLog()
    for content in (tail, BUILD + tail):
        event = assembled(log, content)
        sha256 = hashlib.sha256(content).hexdigest()
        manifest = units.read_manifest(event, sha256, content)
        assert all(one.rack == "R1" for one in manifest.units)
