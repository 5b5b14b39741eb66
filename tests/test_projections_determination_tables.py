"""What the packs say of all shipments and parties, as tables that findings join."""

import json
import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.occurred import interval, utc_text
from projections.determination import memory
from projections.determination.places import in_places
from projections.determination.tables import judging
from projections.packs.conditions import Places, RemoteUse
from projections.packs.load import packs
from tests.mini_case import mini_case, project
from tests.trade import Trade, trade

ZONE = ZoneInfo("Asia/Kuala_Lumpur")


def rows(
    told: Trade,
    sql: str,
    *,
    on: str,
    known_at: int | None = None,
    subjects: str | None = None,
) -> list[tuple[Any, ...]]:
    view = project(told.log)
    end = told.log.size - 1 if known_at is None else known_at
    clocks = {"as_of": utc_text(interval(on, ZONE).end), "known_at": end, "subjects": subjects}
    return judging(view.connection, packs(), ZONE)(sql, clocks)[1]


STEPS = "SELECT rule, about, status, result, why, entries FROM pack.step WHERE shipment = 'shp-1'"


def test_the_table_says_what_the_command_says() -> None:
    told = Trade(log=mini_case().log)
    told.told["SHP-1"] = mini_case().named["dispatch"]
    table = rows(told, STEPS, on="2026-06-01")
    steps = [one for one in told.steps() if not isinstance(one.rule.test, RemoteUse)]
    assert [row[:5] for row in table] == [
        (one.rule.rule, one.about, one.standing.code, one.result, one.why) for one in steps
    ]
    entries = [
        sorted({word.entry for word in one.words if word.entry is not None}) for one in steps
    ]
    assert [json.loads(row[5]) for row in table] == entries


def test_each_shipment_is_judged_on_its_own_day() -> None:
    """Owners and classes change between two shipments, and the days are asked in turn."""
    told = trade()
    first = told.chip("CHIP", tpp="100", performance_density="1")
    told.sent("CHIP", "2025-11-09", name="SHP-1")
    told.sent("CHIP", "2025-11-11", name="SHP-3")
    told.sent("CHIP", "2025-11-10", name="SHP-2")
    told.owner("bad", "buyer", "60", on="2025-11-10")
    told.checked("bad", "match", on="2025-11-11")
    sql = """
      SELECT shipment, day, status, result FROM pack.step
      WHERE rule = 'EAR-AFFILIATES.50' AND about = 'buyer' ORDER BY shipment"""
    assert rows(told, sql, on="2025-11-11") == [
        ("SHP-1", "2025-11-09", "in_force", "not decidable"),
        ("SHP-2", "2025-11-10", "suspended", "not decidable"),
        ("SHP-3", "2025-11-11", "suspended", "would apply"),
    ]
    assert [row[0] for row in rows(told, sql, on="2025-11-10")] == ["SHP-1", "SHP-2"]
    upper = "SELECT DISTINCT result FROM pack.step WHERE rule = '3A090.a'"
    before = told.log.size - 1
    told.chip("CHIP", corrects=first, tpp="9000", performance_density="1")
    assert rows(told, upper, on="2025-11-11") == [("applies",)]
    assert rows(told, upper, on="2025-11-11", known_at=before) == [("does not apply",)]


@pytest.mark.parametrize(
    ("on", "result"), [("2025-09-30", "applies"), ("2025-10-01", "not decidable")]
)
def test_each_party_is_judged_at_the_end_of_the_day(on: str, result: str) -> None:
    told = trade()
    told.party("buyer", "listed", "MY")
    told.headquarters("buyer", "CN", on="2025-09-01")
    told.headquarters("buyer", "MY", by="rival", on="2025-10-01")
    told.used("lessee", on="2025-09-01")
    sql = "SELECT result FROM pack.party WHERE rule = 'EAR-HQ.recipient' AND party = 'BUYER'"
    assert rows(told, sql, on=on) == [(result,)]
    everybody = "SELECT DISTINCT party FROM pack.party ORDER BY 1"
    assert rows(told, everybody, on=on) == [
        ("aolani",),
        ("buyer",),
        ("lessee",),
        ("maker",),
    ]
    assert rows(told, everybody, on=on, known_at=0) == [("aolani",)]
    shares = "SELECT status, result FROM pack.party WHERE rule = 'EAR-AFFILIATES.50'"
    assert ("in_force", "does not apply") in rows(told, shares, on=on)


def test_they_are_filled_anew_for_other_clocks() -> None:
    told = trade()
    told.sent("H100")
    view = project(told.log)
    reader = judging(view.connection, packs(), ZONE)
    for as_of, count in (("2026-06-02T00:00:00Z", True), ("2026-05-01T00:00:00Z", False)):
        clocks = {"as_of": as_of, "known_at": told.log.size - 1}
        found = reader("SELECT count(*) FROM pack.step", clocks)[1][0][0]
        assert bool(found) is count


def test_of_some_subjects_the_same_is_said_as_among_all() -> None:
    told = trade()
    told.headquarters("buyer", "CN", on="2025-09-01")
    for number in range(3):
        told.sent("H100", name=f"S-{number}")
    told.used("lessee", on="2025-09-01")
    for sql, name in (
        ("SELECT * FROM pack.step WHERE shipment = 's-1'", "s-1"),
        ("SELECT * FROM pack.party WHERE party = 'buyer'", "buyer"),
    ):
        every = rows(told, sql, on="2026-06-01")
        assert every
        assert rows(told, sql, on="2026-06-01", subjects=json.dumps([name])) == every
        others = sql.split(" WHERE")[0] + f" WHERE NOT ({sql.split('WHERE ')[1]})"
        assert not rows(told, others, on="2026-06-01", subjects=json.dumps([name]))


def test_what_was_filled_within_a_transaction_goes_with_it() -> None:
    told = trade()
    told.sent("H100")
    view = project(told.log)
    reader = judging(view.connection, packs(), ZONE)
    clocks = {"as_of": "2026-06-02T00:00:00Z", "known_at": told.log.size - 1}
    sql = "SELECT count(*) FROM pack.step"
    with view.supposing() as connection:
        connection.execute("DELETE FROM shipment")
        assert reader(sql, clocks)[1] == [(0,)]
    ((count,),) = reader(sql, clocks)[1]
    assert count


def random_trade(chance: random.Random) -> Trade:
    """Return a ledger in which owners, checks and shipments come in any order."""
    told = trade(chance.choice(["MY", "CN", "VN"]))
    names = ["buyer", "other", "top", "small"]
    for name in names:
        told.party(name, chance.choice(["listed", "private", "holding", None]), "MY")
    for name in ("L-1", "L-2", "V-1"):
        told.authorized(name, "veu" if name == "V-1" else "licence")
    told.assembly("NVL", "H100", 8)
    for name in ("R-1", "R-2"):
        told.built(name, "NVL", "H100")
    told.built("R-LATE", "NVL", "H100", on="2025-10-15")
    for number in range(24):
        day = f"2025-{chance.choice([9, 10, 11]):02}-{chance.randint(1, 28):02}"
        one, two = chance.sample(names, 2)
        match chance.choice(["owner", "headquarters", "check", *["sent"] * 5]):
            case "owner":
                percent = chance.choice(["100", "60", "50", "30", "0", None])
                told.owner(one, two, percent, by=chance.choice(["aolani", "rival"]), on=day)
            case "headquarters":
                told.headquarters(one, chance.choice(["CN", "MY", "FR"]), on=day)
            case "check":
                told.checked(one, chance.choice(["clear", "match"]), on=day)
            case _:
                random_shipment(told, chance, f"S-{number}", one, day)
    return told


def random_shipment(told: Trade, chance: random.Random, name: str, buyer: str, day: str) -> None:
    """Send a shipment or correct an earlier one, and let things become of it."""
    before = None
    if told.told and chance.random() < 0.2:
        name, before = chance.choice(list(told.told.items()))
    licence = chance.choice([None, "L-1", "L-2", "V-1", "X-1", "X-2"])
    racks = chance.choice([(), ("R-1",), ("R-1", "R-2"), ("R-LATE",)])
    model = "H100" if racks else chance.choice(["H100", "H20"])
    told.sent(
        model, day, name=name, consignee=buyer, racks=racks, corrects=before,
        authorization_id=licence,
    )  # fmt: skip
    if before is None and chance.random() < 0.7:
        told.filed(chance.choice(["MY", "CN"]), chance.choice([day, "2025-12-01"]), name)
    if before is None and chance.random() < 0.7:
        on = chance.choice([day, "2025-12-01"])
        told.leg(chance.choice(["MY", "CN"]), on, name=name)
    if before is None and chance.random() < 0.5:
        told.received(chance.choice(["top", buyer]), on="2025-12-01", name=name)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_said_of_one_of_many_is_what_would_be_said_of_it_alone(seed: int) -> None:
    """Random declarations, checks and shipments: the table has what each shipment's steps say."""
    told = random_trade(random.Random(seed))
    expected = [
        (name, one.rule.rule, one.about, one.standing.code, one.result, one.why,
         list(one.unknown),
         sorted({word.entry for word in one.words if word.entry is not None}))
        for name in sorted(told.told, key=lambda each: told.told[each].index)
        for one in told.steps(name)
        if not isinstance(one.rule.test, RemoteUse)
    ]  # fmt: skip
    sql = """
      SELECT shipment, rule, about, status, result, why, unknown, entries FROM pack.step
      ORDER BY event_idx"""
    table = rows(told, sql, on="2026-01-01")
    assert [(*row[:6], *map(json.loads, row[6:])) for row in table] == expected


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "REMEMBERED_MAX", 5)
    asked = packs()
    for country in ("CN", "MY", "FR", "US", "VN", "CN"):
        for group in (Places(groups=("D:5",)), Places(countries=("CN",))):
            assert in_places(asked, group, country, "2026-06-01").holds is (country == "CN")
            assert len(asked.judged) <= 5
