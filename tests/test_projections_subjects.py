"""What each event says of its subjects, row by row."""

import sqlite3
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.canonical import ordered
from ledger.entry import Event
from ledger.events import EVENT_TYPES, certification, lease, party, rack, shipment
from ledger.events import ledger as ledger_noun
from ledger.events.base import EventData
from projections import subjects
from projections.subjects.row import dated
from tests.golden.generate import statements
from tests.memory_log import CHIP, MemoryLog, line
from tests.mini_case import mini_case

ZONE = ZoneInfo("Asia/Kuala_Lumpur")


def told(*data: EventData) -> list[Event]:
    log = MemoryLog()
    return [log.say("aolani", one) for one in data]


def rows(*events: Event) -> dict[str, list[dict[str, object]]]:
    """Rows by table, without the position of their event."""
    found = defaultdict(list)
    for event in events:
        for table, row in subjects.rows(event, ZONE):
            assert row["event_idx"] == event.index
            found[table].append({name: row[name] for name in row if name != "event_idx"})
    return found


RARE = (
    party.RoleWithdrawn(party="aivres", role="exporter", reason="left the programme"),
    party.RoleGranted(
        party="carrier",
        acts_for=party.ActsFor(principal="aolani", types=("RackPlaced", "ShipmentReceived")),
    ),
    party.RoleWithdrawn(party="carrier", acts_for="aolani", reason="contract over"),
    party.KeyRevoked(party="aivres", key="a" * 64, reason="lost", doubted_since=3),
    rack.ComponentReplaced(
        holder="aolani", replacement="RPL-1", rack="R3", position="tray 4", site="JHR1",
        state="operational", title="swapped", out_owner="aolani", in_owner="nvidia",
        maker="nvidia",
        out=(rack.Part(model=CHIP, batch="B2", quantity=2, serials=("B2-021", "B2-022")),),
        into=(rack.Part(model=CHIP, batch="RMA-01", quantity=2, serials=("RMA-1",)),),
    ),
    lease.LeaseEnded(
        reporter="aolani", lease="L-1", lessee="bytedance", lessor="aolani", reason="term",
        pool=lease.Pool(site="JHR1", model=CHIP, quantity=12),
    ),
)  # fmt: skip
"""What the small case does not tell."""


def every_event() -> list[Event]:
    log = mini_case().log
    examples = (one.data for one in statements().values())
    return [*log.read(0, log.size), *told(*RARE, *examples)]


def schema() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for statement in subjects.SCHEMA:
        connection.execute(statement)
    return connection


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def test_every_row_fills_every_column_of_its_table() -> None:
    connection = schema()
    for event in every_event():
        for table, row in subjects.rows(event, ZONE):
            assert set(row) == columns(connection, table), table


def test_every_table_is_filled_by_some_event() -> None:
    tables = {
        name for (name,) in schema().execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    }
    assert set(rows(*every_event())) == tables


def test_every_event_type_has_a_subject_but_the_two_that_only_verification_reads() -> None:
    silent = {ledger_noun.LedgerKeyRotated, ledger_noun.RightsAdopted}
    assert {row.data for row in EVENT_TYPES.values()} - set(subjects._ROWS) == silent
    adopted = ledger_noun.RightsAdopted(rights="chipledger-rights-v2", rights_sha256="0" * 64)
    assert rows(*told(adopted)) == {}


def test_identifiers_are_found_without_regard_to_case() -> None:
    connection = schema()
    connection.execute("INSERT INTO shipment (event_idx, shipment) VALUES (1, 'SHP-1')")
    found = connection.execute("SELECT event_idx FROM shipment WHERE shipment = 'shp-1'")
    assert found.fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-03", "2026-02-28T16:00:00Z", "2026-03-31T16:00:00Z"),
        ("2026-03-02", "2026-03-01T16:00:00Z", "2026-03-02T16:00:00Z"),
        ("2026-03-02T14:00:00+08:00", "2026-03-02T06:00:00Z", "2026-03-02T06:00:01Z"),
        ("../2025-01", None, "2025-01-31T16:00:00Z"),
        (None, None, None),
    ],
)
def test_a_date_keeps_its_words_and_gets_bounds_in_utc(text: Any, start: Any, end: Any) -> None:
    assert dated(ZONE, due=text) == {"due": text, "due_start": start, "due_end": end}


def test_the_opening_registers_the_operator_with_its_role_and_two_keys() -> None:
    found = rows(mini_case().log[0])
    assert [one["party"] for one in found["party"]] == ["aolani"]
    assert [(one["role"], one["granted"]) for one in found["role_change"]] == [("registrar", True)]
    assert len(found["party_key"]) == 2


def test_an_agency_is_one_row_for_each_type_and_ends_as_a_whole() -> None:
    granted, withdrawn = told(RARE[1], RARE[2])
    given = [(one["type"], one["granted"]) for one in rows(granted)["agency_change"]]
    assert given == [("RackPlaced", True), ("ShipmentReceived", True)]
    (ended,) = rows(withdrawn)["agency_change"]
    assert (ended["principal"], ended["type"], ended["granted"]) == ("aolani", None, False)
    assert "role_change" not in rows(granted, withdrawn)


def test_a_mixed_rack_names_both_batches() -> None:
    found = rows(mini_case().named["R2"])
    assert [(one["rack"], one["batch"], one["quantity"]) for one in found["line"]] == [
        ("R2", "B1", 40),
        ("R2", "B2", 20),
    ]
    assert found["assembly"][0]["chassis_serial"] == "CH-R2"


def test_a_line_of_several_racks_is_a_row_for_each() -> None:
    receipt = shipment.ShipmentReceived(
        receiver="aolani", receipt="RCP-9", shipment="SHP-9", received_from="carrier",
        site="JHR1", lines=(line("B1", 72, "R7", "R8"),), damaged=(line("B1", 4),),
        counted_by="racks", final=False,
    )  # fmt: skip
    found = rows(*told(receipt))["line"]
    assert [(one["part"], one["rack"], one["quantity"]) for one in found] == [
        ("lines", "R7", 72),
        ("lines", "R8", 72),
        ("damaged", None, 4),
    ]


def test_a_repair_names_what_went_out_and_what_came_in() -> None:
    found = rows(*told(RARE[4]))
    lines = [(one["part"], one["batch"], one["rack"], one["state"]) for one in found["line"]]
    assert lines == [("out", "B2", "R3", "operational"), ("into", "RMA-01", "R3", "operational")]
    serials = [(one["direction"], one["serial"]) for one in found["replaced_serial"]]
    assert serials == [("out", "B2-021"), ("out", "B2-022"), ("into", "RMA-1")]


def test_a_pool_lease_of_unknown_quantity_says_so() -> None:
    (found,) = rows(mini_case().named["L-H100"])["lease"]
    assert (found["pool_model"], found["pool_quantity"], found["lessor"]) == ("H100", None, None)
    assert (found["site"], found["country"]) == (None, "MY")


def test_a_pool_gives_the_site_of_a_lease_and_of_its_end() -> None:
    (ended,) = rows(*told(RARE[5]))["lease_end"]
    assert (ended["site"], ended["pool_model"], ended["pool_quantity"]) == ("JHR1", CHIP, 12)


def test_a_plan_keeps_what_is_known_of_its_figures() -> None:
    (found,) = rows(mini_case().named["PLAN-ID"])["plan"]
    figures = [found[name] for name in ("quantity", "qualifier", "racks", "racks_qualifier")]
    assert figures == [70, "more_than", None, None]


def test_a_scope_that_is_lifted_differs_from_one_that_is_left_alone() -> None:
    lifted = certification.CertificationChanged(
        certification="C-1", party="aolani", scope=certification.Scope(), reason="wider"
    )
    narrowed = certification.CertificationChanged(
        certification="C-1", party="aolani", reason="narrower",
        scope=certification.Scope(countries=ordered("MY", "ID"), sites=("JHR1",)),
    )  # fmt: skip
    alone = certification.CertificationChanged(
        certification="C-1", party="aolani", status="suspended", reason="late"
    )
    found = rows(*told(lifted, narrowed, alone))
    assert [one["rescoped"] for one in found["certification_change"]] == [True, True, False]
    scope = [(one["kind"], one["value"]) for one in found["certification_scope"]]
    assert scope == [("country", "ID"), ("country", "MY"), ("site", "JHR1")]


def test_two_versions_with_the_same_words_have_the_same_digest() -> None:
    log = MemoryLog()
    data = mini_case().named["dispatch"].statement.data
    versions = rows(log.say("aivres", data), log.say("aolani", data, basis="counterparty"))
    (first, second) = versions["content"]
    assert first == second
    assert rows(mini_case().named["their version"])["content"] != [first]


def test_a_type_that_opens_nothing_has_no_versions() -> None:
    assert "content" not in rows(mini_case().named["CN"])
