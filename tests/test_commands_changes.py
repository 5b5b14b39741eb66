"""Authorizations and plans that change; agencies and stances from the command line."""

from pathlib import Path

import pytest

from ledger.events.authorization import AuthorizedItem
from ledger.events.base import Amount
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

RECORD = (
    "authorization record L-1 --kind licence --activity export --authority BIS --number D123"
    " --destination MY --item GPU=500 --to aolani --until 2027-12-31 --as aivres --on 2026-01-02"
    " --yes"
)
PLAN = "--basis third_party_report --as reporter --yes"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("changes") / "ledger", furnish, build)
    desk.run(RECORD)
    desk.run("plan add MY-1 --stage planned --model GPU --quantity about:36000 --country MY"
             f" --for bytedance --cluster Johor --on 2026-01-03 {PLAN}")  # fmt: skip
    return desk


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def test_an_authorization_is_suspended_altered_reinstated_and_revoked(desk: DeskStory) -> None:
    line = "authorization change l-1 --as aivres --yes --reason so"
    desk.run(line, "--status", "suspended", "--on", "2026-03-01")
    data = desk.newest().data
    assert (data.authorization, data.status, data.items) == ("L-1", "suspended", ())
    desk.run(line, "--status", "reinstated", "--on", "2026-04-01")
    desk.run(
        line, "--item", "gpu:3A090.a=900", "--to", "AOLANI", "--to", "swift", "--destination",
        "Indonesia", "--until", "2026-06-30", "--end-use", "training", "--value-limit-usd", "5",
        "--open", "value_limit_usd", "--on", "2026-05-01",
    )  # fmt: skip
    data = desk.newest().data
    assert data.items == (AuthorizedItem(model="GPU", eccn="3A090.a", quantity=900),)
    assert (data.consignees, data.destination, data.value_limit_usd) == (("aolani", "swift"), "ID",
                                                                         5)  # fmt: skip
    desk.run(line, "--status", "revoked", "--on", "2026-08-01")
    rows = desk.rows("query authorization-timeline", "authorization=L-1", "--as-of", "2026-09-01")
    assert [(row["change"], row["standing"], row["lapsed"]) for row in rows] == [
        ("recorded", "recorded", 0),
        ("suspended", "suspended", 0),
        ("reinstated", "recorded", 0),
        ("altered", "recorded", 1),
        ("revoked", "revoked", 1),
    ]
    assert rows[3]["items"] == "GPU 3A090.a=900"
    assert rows[3]["consignees"] == "aolani, swift"
    assert rows[4]["kind"] == "licence"
    then = desk.rows("query authorization-timeline", "--as-of", "2026-03-15")
    assert [row["standing"] for row in then] == ["recorded", "suspended"]
    known = desk.rows("query authorization-timeline", "--known-at", str(desk.size - 2))
    assert len(known) == 4
    assert len(desk.rows("query authorization-timeline", "party=SWIFT")) == 5
    assert desk.rows("query authorization-timeline", "party=nvidia") == []
    shown = [one.split() for one in desk.run("show L-1").stdout.splitlines()]
    assert ["standing", "revoked"] in shown


def test_a_change_of_an_authorization_says_something_and_whose_it_was(desk: DeskStory) -> None:
    line = "authorization change L-1 --reason so --yes"
    desk.refused(line, "--as", "aivres", code="USAGE")
    output = desk.run(line, "--status", "revoked", "--as", "nvidia", "--dry-run").output
    assert "L-1 was recorded by aivres, not by nvidia" in output
    near = desk.run(line.replace("L-1", "L-2"), "--until", "2028", "--as", "aivres", "--dry-run")
    assert "did you mean L-1" in near.output
    desk.run(line, "--value-limit-usd", "7", "--as", "aivres")
    assert (desk.newest().data.value_limit_usd, desk.newest().annex is None) == (None, False)


def test_a_plan_is_changed_and_given_up(desk: DeskStory) -> None:
    desk.run(
        f"plan change my-1 --stage contracted --quantity 30000 --site JHR-1 --owner AOLANI"
        f" --until 2026-12 --reason signed --on 2026-02-01 {PLAN}"
    )
    data = desk.newest().data
    assert (data.plan, data.stage, data.cancelled) == ("MY-1", "contracted", False)
    assert data.quantity == Amount(qualifier="exact", value=30_000)
    row = desk.rows("query plans", "plan=MY-1")[0]
    assert (row["stage"], row["planned"], row["qualifier"]) == ("contracted", 30_000, "exact")
    assert (row["site"], row["owner"], row["cluster"], row["for_party"]) == (
        "JHR-1", "aolani", "Johor", "bytedance"
    )  # fmt: skip
    assert (row["cancelled"], row["changed"], row["window_to"]) == (0, "2026-02-01", "2026-12")
    before = desk.rows("query plans", "--as-of", "2026-01-31")[0]
    assert (before["stage"], before["planned"], before["changed"]) == ("planned", 36_000, None)
    desk.run(f"plan change MY-1 --cancel --reason dropped --on 2026-03-01 {PLAN}")
    assert desk.rows("query plans")[0]["cancelled"] == 1
    assert desk.rows("query plans", "--known-at", str(desk.size - 2))[0]["cancelled"] == 0
    desk.run(f"plan change MY-1 --stage considered --reason revived --on 2026-04-01 {PLAN}")
    assert (desk.rows("query plans")[0]["cancelled"], desk.rows("query plans")[0]["stage"]) == (
        0, "considered"
    )  # fmt: skip
    shown = [one.split() for one in desk.run("show MY-1").stdout.splitlines()]
    assert ["stage", "considered"] in shown


def test_a_plan_moves_to_another_country(desk: DeskStory) -> None:
    desk.run(f"plan change MY-1 --country Indonesia --quantity unknown --on 2026-02-01 {PLAN}")
    assert desk.rows("query plans", "country=MY") == []
    row = desk.rows("query plans", "country=ID")[0]
    assert (row["planned"], row["qualifier"]) == (None, "unknown")


def test_a_change_of_a_plan_says_something_and_only_its_own_party_changes_it(
    desk: DeskStory,
) -> None:
    desk.refused(f"plan change MY-1 {PLAN}", code="USAGE")
    desk.refused(f"plan change MY-1 --cancel --stage planned {PLAN}", code="USAGE")
    desk.refused(f"plan change MY-1 --quantity few {PLAN}", code="AMOUNT")
    output = desk.run("plan change MY-1 --cancel --on 2026-03-01 --yes").output
    assert "MY-1 is told by reporter, not by aolani" in output
    assert desk.rows("query plans")[0]["cancelled"] == 0


# ---- agencies and stances


def test_a_logistics_firm_signs_receipts_for_the_operator(desk: DeskStory) -> None:
    deliver(desk)
    build_more = (
        "shipment dispatch SHP-02 --batch B-02 --quantity 4 --to aolani --to-site JHR-1 --carrier"
        " swift --as aivres --with swift --on 2026-03-01 --yes"
    )
    desk.run(build_more)
    receive = "shipment receive SHP-02 --as swift --by aolani --on 2026-03-05 --yes"
    desk.refused(receive, code="ACTOR")
    agency = "party role swift --acts-for aolani --yes --type"
    output = desk.refused(agency, "ShipmentRecieved", code="AGENCY-TYPES")
    assert "did you mean ShipmentReceived" in output
    desk.run(agency, "shipmentreceived.v1")
    assert desk.newest().data.acts_for.types == ("ShipmentReceived",)
    desk.run(receive)
    statement = desk.newest()
    assert (statement.asserted_by, statement.data.receiver) == ("swift", "aolani")
    assert (statement.data.receipt, statement.basis) == ("SHP-02-R1", "first_party")
    held = [(row["holder"], row["quantity"]) for row in desk.rows("where --site JHR-1")]
    assert ("aolani", 4) in held
    assert sum(quantity for _, quantity in held) == 148
    desk.refused(
        "units quarantine --batch B-02 --site JHR-1 --as swift --by aolani --yes", code="ACTOR"
    )
    desk.run("party role swift --acts-for aolani --withdraw --reason done --yes")
    desk.refused(receive, "--from", "swift", "--line", "B200/B-02/4", code="ACTOR")
    assert desk.run("verify").stdout.splitlines()[-1].startswith("PASS")


def test_stances_are_taken_and_shown(desk: DeskStory) -> None:
    deliver(desk)
    desk.run("title transfer --racks R0001 --to bytedance --on 2026-03-01 --yes")
    entry = desk.size - 1
    desk.run(f"countersign {entry} --as bytedance --yes --except", "the price is another")
    assert (desk.newest().data.stance, desk.newest().data.text) == (
        "accepts_except", "the price is another"
    )  # fmt: skip
    desk.run(f"countersign {entry} --as bytedance --yes --dispute", "never bought")
    assert desk.newest().data.stance == "disputes"
    shown = desk.run(f"show {entry}").stdout
    assert "accepts_except by" in shown
    assert "disputes by" in shown
    rows = desk.rows("query corrections")
    assert [(row["change"], row["now"]) for row in rows if row["entry"] == entry] == [
        ("accepted except", "the price is another"), ("disputed", "never bought")
    ]  # fmt: skip
    desk.refused(f"countersign {entry} --as swift --dispute x --yes", code="NOT-NAMED")
    desk.refused(f"countersign {entry} --dispute x --except y --yes", code="STANCE")
