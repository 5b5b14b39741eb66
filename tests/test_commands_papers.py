"""Models, batches, sites, authorizations, filings, certifications, plans, claims, inspections."""

import hashlib
import stat
from pathlib import Path

import pytest

from commands.plan import parse_amount
from ledger import canonical
from ledger.errors import Malformed
from ledger.events.assurance import SamplePlan
from ledger.events.authorization import AuthorizedItem, FiledLine
from ledger.events.base import Amount
from ledger.events.product import Contents
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("papers") / "ledger", furnish, build, deliver)


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def test_a_model_is_classified_with_what_it_contains(desk: DeskStory) -> None:
    desk.run(
        "model classify NVL36 --kind assembly --eccn 4A090.a --source sheet --dated 2025-03"
        " --contains gpu=36 --alias half --tpp 36000 --density 19.4 --as nvidia --yes"
    )
    data = desk.newest().data
    assert data.contains == (Contents(model="GPU", quantity=36),)
    assert (data.tpp, data.performance_density, data.aliases) == ("36000", "19.4", ("half",))
    line = "model classify M --kind assembly --eccn E --source s --contains GPU --as nvidia --yes"
    desk.refused(line, code="CONTENTS")


def test_a_model_is_reclassified_by_a_correction(desk: DeskStory) -> None:
    desk.run("model classify M --kind chip --eccn 3A090.a --source s --as nvidia --yes")
    entry = desk.size - 1
    line = "model classify M --kind chip --eccn 3A090.b --source s --as nvidia --yes"
    desk.refused(line, code="IDENTIFIER-USED")
    desk.run(line, "--corrects", str(entry))
    desk.run("authorization record A --kind nlr --activity export --authority BIS --item M=4"
             " --destination MY --as aivres --yes")  # fmt: skip
    assert desk.newest().data.items[0].eccn == "3A090.b"


def test_a_batch_counts_its_list_of_serials(desk: DeskStory) -> None:
    path = desk.file("serials.csv", "Serial Number,Box\nS1,9\nS2,9\n")
    line = "batch commission B-09 --model GPU --site nv-wh --as nvidia --yes --serials"
    desk.run(line, str(path))
    statement = desk.newest()
    assert (statement.data.quantity, statement.data.site) == (2, "NV-WH")
    assert [one.kind for one in statement.documents] == ["serial_manifest"]
    assert desk.rows("query custody", "serial=S2") != []
    line = line.replace("B-09", "B-10")
    assert "names 2 serial numbers" in desk.refused(
        line, str(path), "--quantity", "3", code="SERIALS-COUNT"
    )
    path = desk.file("serials.csv", "serial\nS1\ns1\n")
    desk.refused(line, str(path), code="ROWS-REJECTED")
    desk.refused(line, str(path.with_name("none")), code="DOCUMENT-UNREADABLE", exit_code=3)


def test_a_site_is_in_a_country_by_any_of_its_names(desk: DeskStory) -> None:
    desk.run(
        "site add BTM-1 --country indonesia --kind data_center --operator AOLANI --locode IDBTM"
        " --latitude 1.1 --longitude 104 --yes --name",
        "Batam hall",
    )
    data = desk.newest().data
    assert (data.country, data.operator, data.name) == ("ID", "aolani", "Batam hall")
    output = desk.refused("site add X --name X --country Malaysa --kind port --yes", code="COUNTRY")
    assert "did you mean Malaysia (MY)" in output
    desk.run("site attest btm-1 --megawatts 80 --metered-mwh 12.5 --period 2026-01 --yes")
    assert (desk.newest().data.site, desk.newest().data.it_megawatts) == ("BTM-1", "80")


def test_an_authorization_takes_its_eccn_from_the_records_or_as_typed(desk: DeskStory) -> None:
    line = (
        "authorization record NLR-1 --kind nlr --activity export --authority BIS --from 2026-01-01"
        " --destination malaysia --to AOLANI --as aivres --yes"
        " --value-limit-usd 1000 --open value_limit_usd"
    )
    desk.run(line, "--item", "gpu=144", "--item", "H100:3A090.b")
    data = desk.newest().data
    assert data.items == (
        AuthorizedItem(model="GPU", eccn="3A090.a", quantity=144),
        AuthorizedItem(model="H100", eccn="3A090.b"),
    )
    assert (data.destination, data.consignees, data.value_limit_usd) == ("MY", ("aolani",), 1000)
    line = line.replace("NLR-1", "NLR-2")
    output = desk.refused(line, "--item", "H200", code="NOT-CLASSIFIED", exit_code=3)
    assert "H200:3A090.a" in output or "did you mean" in output
    desk.refused(line, "--item", "GPU=x", code="QUANTITY")


def test_a_filing_derives_its_line_from_racks_or_takes_it_in_full(desk: DeskStory) -> None:
    line = (
        "filing record EEI-1 --itn X20260201000001 --port USLAX --consignee aolani --destination MY"
        " --shipment SHP-01 --licence NLR --as aivres --on 2026-01-31 --yes"
    )
    desk.run(line, "--racks", "R0001..R0002")
    data = desk.newest().data
    expected = FiledLine(
        hts="8471.50", eccn="4A090.a", quantity=2, unit="NO", gpus=144, licence_code="NLR"
    )
    assert (data.lines, data.export_date, data.shipment) == ((expected,), "2026-01-31", "SHP-01")
    line = line.replace("EEI-1", "EEI-2")
    desk.run(line, "--item", "8473.30/3A090.a/4/NO/0", "--export-date", "2026-02-01")
    assert desk.newest().data.lines[0].gpus == 0
    line = line.replace("EEI-2", "EEI-3")
    desk.refused(line, "--item", "8473.30/3A090.a/4/NO", code="FILED-LINE")
    desk.refused(line, "--batch", "B-02", "--quantity", "4", code="NOT-CLASSIFIED", exit_code=3)


def test_an_end_user_states_the_use(desk: DeskStory) -> None:
    line = "enduse state --user bytedance --as bytedance --yes --use research"
    assert "nothing on military end use" in desk.run(line).output
    desk.run(line, "--no-military", "--from", "2026-01-01")
    data = desk.newest().data
    assert (data.end_user, data.end_users, data.no_military) == ("bytedance", ("bytedance",), True)


def test_a_certification_is_granted_and_changed(desk: DeskStory) -> None:
    desk.run(
        "certification grant T1 --to aolani --scheme partner --level tier-1 --model gpu"
        " --country Malaysia --site jhr-1 --check check-1 --until 2026-12-31 --as nvidia --yes"
    )
    scope = desk.newest().data.scope
    assert (scope.models, scope.countries, scope.sites) == (("GPU",), ("MY",), ("JHR-1",))
    desk.run("certification change t1 --status suspended --reason late --as nvidia --yes")
    data = desk.newest().data
    assert (data.certification, data.party, data.scope) == ("T1", "aolani", None)
    desk.run("certification change T1 --country MY --country ID --reason wider --as nvidia --yes")
    assert desk.newest().data.scope.countries == ("ID", "MY")


def test_a_plan_is_told_and_fulfilled(desk: DeskStory) -> None:
    desk.run(
        "plan add MY-36000 --stage planned --model GPU --quantity about:36000 --racks about:500"
        " --country malaysia --site JHR-1 --owner aolani --for bytedance"
        " --basis third_party_report --as reporter --yes"
    )
    data = desk.newest().data
    assert data.quantity == Amount(qualifier="about", value=36_000)
    assert (data.for_party, data.country, data.planner) == ("bytedance", "MY", None)
    desk.run("plan fulfil my-36000 --racks r0001..r0002 --yes")
    assert desk.newest().data.racks == ("R0001", "R0002")
    row = desk.rows("query plans", "plan=MY-36000")[0]
    assert (row["planned"], row["linked"]) == (36_000, 144)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("36000", Amount(qualifier="exact", value=36_000)),
        ("exact:1", Amount(qualifier="exact", value=1)),
        ("more_than:7000", Amount(qualifier="more_than", value=7_000)),
        ("unknown", Amount(qualifier="unknown")),
    ],
)
def test_an_amount_carries_what_is_known_of_it(text: str, amount: Amount) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize("text", ["", ":5", "nearly:5", "unknown:5", "about:", "about:0", "36,000"])
def test_an_amount_that_is_none(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_amount(text)
    assert caught.value.code == "AMOUNT"


def test_a_claim_is_what_somebody_is_reported_to_have_said(desk: DeskStory) -> None:
    desk.run(
        "claim add C-1 --publisher press --speaker nvidia --about aolani --about BYTEDANCE"
        " --published-on 2026-03 --basis third_party_report --as reporter --yes --quote",
        "the use follows the rules",
    )
    data = desk.newest().data
    assert (data.speaker, data.subject) == ("nvidia", ("aolani", "bytedance"))
    output = desk.refused("claim add C-2 --publisher p --as reporter --yes --quote", "x" * 4001,
                          code="FIELD")  # fmt: skip
    assert "4,000 characters" in output


def test_a_sample_is_committed_to_drawn_and_revealed(desk: DeskStory) -> None:
    plan = desk.folder.parent / "plan.json"
    commit = f"inspection commit S-1 --site jhr-1 --count 1 --plan {plan} --as inspector --yes"
    desk.run(commit, "--dry-run")
    assert not plan.exists()
    desk.run(commit)
    data = desk.newest().data
    assert hashlib.sha256(plan.read_bytes()).hexdigest() == data.plan_sha256
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    kept = canonical.decode(plan.read_bytes(), SamplePlan, size_max=4096, what="plan")
    assert (kept.site, kept.size, data.site) == ("JHR-1", desk.size - 1, "JHR-1")
    drawn = desk.rows(f"inspection draw --plan {plan}")
    assert drawn[0]["rack"] in {"R0001", "R0002"}
    assert drawn == desk.rows(f"inspection draw --plan {plan}")
    desk.run(
        "inspection perform I-1 --site JHR-1 --method look --strength 1 --counted 1 --found 1"
        f" --host aolani --sample S-1 --plan {plan} --exception none --present host --yes"
        " --as inspector --with aolani"
    )
    assert desk.newest().data.plan == kept
    assert desk.rows("query inspections")[0]["drawn"] == "as committed"


def test_a_plan_is_never_overwritten_and_serves_a_second_try(desk: DeskStory) -> None:
    plan = desk.folder.parent / "plan.json"
    commit = f"inspection commit S-1 --site JHR-1 --count 1 --plan {plan} --as inspector"
    desk.run(commit, exit_code=2, typed="n\n")
    kept = plan.read_bytes()
    other = commit.replace("--count 1", "--count 2")
    desk.refused(other, "--yes", code="PLAN-EXISTS")
    desk.run(commit, "--undisclosed", "--yes")
    assert plan.read_bytes() == kept
    assert desk.newest().data.site is None
    lost = commit.replace(str(plan), str(desk.folder.parent / "none" / "plan.json"))
    desk.refused(lost.replace("S-1", "S-2"), "--yes", code="PLAN-UNWRITABLE", exit_code=3)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"[" * 4000,
        b'{"count":1,"count":1}',
        b'{"count":1,"root":"' + b"0" * 64 + b'","seed":"',
        b" " * 5000,
    ],
)
def test_a_hostile_plan_is_refused(running: DeskStory, content: bytes) -> None:
    plan = running.file("plan.json", content)
    for line in (
        f"inspection draw --plan {plan}",
        f"inspection commit S-1 --site JHR-1 --count 1 --plan {plan} --as inspector --yes",
        (
            "inspection perform I-1 --site JHR-1 --method look --strength 1 --counted 1 --found 1"
            f" --plan {plan} --as inspector --yes"
        ),
    ):
        assert "  code: " in running.run(line, exit_code=2).stderr


def test_more_than_there_is_cannot_be_drawn(desk: DeskStory) -> None:
    plan = desk.folder.parent / "plan.json"
    desk.run(f"inspection commit S --site JHR-1 --count 9 --plan {plan} --as inspector --yes")
    desk.refused(f"inspection draw --plan {plan}", code="SAMPLE-SIZE")
