"""Which command records which event type: each one is tried, and says so itself."""

import json
from pathlib import Path

import click
import pytest

from commands.main import main
from ledger.events import EVENT_TYPES
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

AS_MAKER, AS_AUDITOR = "--as nvidia", "--as inspector"
LICENCE = "authorization record L-1 --kind licence --activity export --authority BIS"
LICENCE += " --destination MY"
FILING = "filing record F-1 --itn X20260504000001 --port LAX --consignee aolani --destination MY"
LOOK = "inspection perform I-1 --site JHR-1 --method look --strength 1 --counted 1 --found 1"

TABLE: dict[str, tuple[str, ...]] = {
    "LedgerOpened.v1": ("init",),
    "LedgerKeyRotated.v1": ("ledger rotate-key --reason yearly --dry-run",),
    "RightsAdopted.v1": ("ledger adopt-rights",),
    "CheckpointAnchored.v1": ("ledger anchor {note} --cosignatures {cosigned}",),
    "PartyRegistered.v1": ("party add new --name New", "party add swift --name Swift"),
    "RoleGranted.v1": (
        "party role swift operator",
        "party role swift --acts-for aolani --type ShipmentReceived",
    ),
    "RoleWithdrawn.v1": ("party role swift forwarder --withdraw --reason left",),
    "KeyEnrolled.v1": ("key enroll newcomer",),
    "KeyRevoked.v1": ("key revoke swift --reason lost",),
    "HeadquartersDeclared.v1": ("party headquarters swift SG",),
    "OwnershipDeclared.v1": ("party ownership swift --owner aolani --percent 5",),
    "PartyChecked.v1": ("party check swift --result clear",),
    "ModelClassified.v1": (
        f"model classify H200 --kind chip --eccn 3A090.a --source sheet {AS_MAKER}",
    ),
    "BatchCommissioned.v1": (
        f"batch commission B-09 --model GPU --site NV-WH --quantity 3 {AS_MAKER}",
    ),
    "StockOpened.v1": ("stock open --batch OLD --chip GPU --quantity 8 --site JHR-1",),
    "UnitsStateChanged.v1": tuple(
        f"units {verb} --racks R0001" for verb in ("quarantine", "decommission", "lost", "stolen")
    ),
    "SiteRegistered.v1": ("site add KUL --name KUL --country MY --kind port",),
    "SiteCapacityAttested.v1": ("site attest JHR-1 --megawatts 4",),
    "AuthorizationRecorded.v1": (LICENCE.replace("L-1", "L-2"),),
    "AuthorizationChanged.v1": ("authorization change L-1 --status revoked --reason so",),
    "ExportFiled.v1": (f"{FILING} --racks R0001",),
    "EndUseStated.v1": ("enduse state --use training",),
    "RackAssembled.v1": (
        "rack assemble R0009 --model NVL72 --site PLANT --units B-02=4 --as aivres",
    ),
    "RackDisassembled.v1": ("rack disassemble R0002",),
    "ComponentReplaced.v1": ("rack replace R0001 --out B-01=1 --in B-02=1",),
    "RackPlaced.v1": tuple(f"rack {verb} --racks R0001" for verb in ("install", "off")),
    "ShipmentDispatched.v1": ("shipment dispatch S-9 --racks R0001 --to aivres --to-site PLANT",),
    "ShipmentLegReported.v1": ("shipment leg SHP-01 exported --place LAX --as swift",),
    "ShipmentReceived.v1": ("shipment receive SHP-01 --from swift --line GPU/B-02/1 --site JHR-1",),
    "TitleTransferred.v1": ("title transfer --racks R0001 --to bytedance",),
    "CertificationGranted.v1": (
        f"certification grant T-2 --to aolani --scheme p --level tier-1 {AS_MAKER}",
    ),
    "CertificationChanged.v1": (
        f"certification change T-1 --status revoked --reason so {AS_MAKER}",
    ),
    "LeaseStarted.v1": ("lease start L-2 --to bytedance --racks R0002",),
    "LeaseChanged.v1": (
        "lease change L-1 --until 2029 --reason longer",
        "lease suspend L-1 --reason arrears",
    ),
    "LeaseEnded.v1": ("lease end L-1 --reason over",),
    "UsageReported.v1": ("lease usage L-1 --period 2026-03",),
    "DeploymentPlanned.v1": ("plan add P-2 --stage planned --model GPU --quantity 5",),
    "DeploymentChanged.v1": ("plan change P-1 --cancel",),
    "DeploymentFulfilled.v1": ("plan fulfil P-1 --racks R0001",),
    "ClaimReported.v1": ("claim add C-1 --quote so --publisher Paper --as reporter",),
    "InspectionAnnounced.v1": (
        f"inspection announce --site JHR-1 --from 2026-03 --method look {AS_AUDITOR}",
    ),
    "SamplePlanCommitted.v1": (f"inspection commit S-1 --site JHR-1 --count 1 {AS_AUDITOR}",),
    "InspectionPerformed.v1": (f"{LOOK} {AS_AUDITOR}",),
    "IncidentReported.v1": ("incident report INC-1 --kind theft",),
    "FindingAnswered.v1": ("finding answer SHIP-OVERDUE shipment:SHP-01 --accepted --reason so",),
    "LegalHoldPlaced.v1": ("hold place H-2 --everything --reason inquiry",),
    "LegalHoldReleased.v1": ("hold release H-1 --reason done",),
    "DocumentAttached.v1": ("attach 3 {note} --remark paper",),
    "DocumentDisposed.v1": ("document dispose {paper} --reason so --ordered-by BIS",),
    "EventVoided.v1": ("void {batch} --reason mistake --as nvidia",),
    "Countersigned.v1": ("countersign {batch} --as nvidia",),
}
"""Type to the command lines that record it, without `--dry-run`."""

UNTRIED = {"LedgerOpened.v1", "LedgerKeyRotated.v1"}
"""Recorded by commands that print no JSON: `init` makes the ledger of every test here."""

RECORDERS = {line.partition(" -")[0] for lines in TABLE.values() for line in lines}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    """A ledger of which only dry runs are made."""
    desk = open_desk(tmp_path_factory.mktemp("types") / "ledger", furnish, build, deliver)
    for line in (
        "party add newcomer --name Newcomer",
        LICENCE,
        "certification grant T-1 --to aolani --scheme partner --level tier-1 --as nvidia",
        "lease start L-1 --to bytedance --racks R0001",
        "plan add P-1 --stage planned --model GPU --quantity 5",
        "hold place H-1 --document " + "0" * 64 + " --reason inquiry",
        f"party check swift --result clear --attach {desk.file('paper', 'a paper')}",
    ):
        desk.run(line, "--yes")
    desk.run("key generate newcomer --no-passphrase")
    return desk


def names(desk: DeskStory) -> dict[str, str]:
    """Return the files that lines of the table name; a witness has cosigned the checkpoint."""
    note = desk.folder.parent / "note"
    if not note.exists():
        desk.run(f"ledger checkpoint --out {note}")
    text = note.read_text()
    cosigned = desk.file("cosigned", text + "\N{EM DASH} witness.example " + "A" * 92 + "\n")
    paper = desk.rows("query documents")[-1]["sha256"]
    shown = json.loads(desk.run("show B-01 --json").stdout)["entries"]
    batch = next(str(one["entry"]) for one in shown if one["what"].startswith("BatchCommissioned"))
    return {
        "{batch}": batch,
        "{note}": str(note),
        "{cosigned}": str(cosigned),
        "{paper}": str(paper),
    }


def test_every_type_has_a_command() -> None:
    assert set(TABLE) == set(EVENT_TYPES)


@pytest.mark.parametrize("name", [one for one in TABLE if one not in UNTRIED])
def test_a_command_records_its_type(desk: DeskStory, name: str, tmp_path: Path) -> None:
    files = names(desk)
    before = desk.size
    for line in TABLE[name]:
        words = [files.get(word, word) for word in line.split()]
        if line.startswith("inspection commit"):
            words += ["--plan", str(tmp_path / "plan")]
        shown = desk.run("", *words, "--dry-run", "--json").stdout
        assert name in json.loads(shown)["types"], line
    assert desk.size == before


def test_the_ledgers_own_key_is_rotated_by_a_command(desk: DeskStory) -> None:
    assert "dry run" in desk.run(TABLE["LedgerKeyRotated.v1"][0]).output


def test_each_command_of_the_table_can_be_tried_drafted_corrected_and_repeated() -> None:
    """Whoever records can do it the same way, whatever the noun."""
    common = {"--as", "--on", "--corrects", "--dry-run", "--yes", "--draft", "--idempotency-key",
              "--sealed", "--attach", "--json"}  # fmt: skip
    for name, lines in TABLE.items():
        for line in lines if name not in UNTRIED else ():
            command: click.Command = main
            context = click.Context(main)
            for word in line.split():
                if not isinstance(command, click.Group):
                    break
                found = command.get_command(context, word)
                assert found is not None, line
                command = found
            flags = {flag for one in command.params for flag in one.opts}
            assert common <= flags, line
