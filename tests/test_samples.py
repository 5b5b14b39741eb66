"""Every file beside the project that somebody else made imports, or is refused for a stated reason.

The table names each of them: a new one that nobody has thought about fails here.
"""

from pathlib import Path

import pytest

from tests.desk_story import DeskStory, furnish, open_desk

INVENTORY = (
    "import inventory {path} --site JHR-1 --rack R-SAMPLE --batch OLD --model NVL72 --chip GPU"
)
EPCIS = "import epcis {path} --publisher GS1 --as reporter"
RECONCILE = "reconcile {path} --site JHR-1 --csv"

IMPORTED: dict[str, tuple[str, str]] = {
    "nvidia-smi-a100-sxm4.xml": (INVENTORY, "1 GPUs in 1 rack"),
    "nvidia-smi-tesla-t4.xml": (INVENTORY, "without a serial number: 1 GPUs"),
    "gb200_compute_tray.json": (INVENTORY, "4 GPUs in 1 rack"),
    "epcis-AssociationEvent-a.jsonld": (EPCIS, "claims: 1 events"),
    "epcis-Example_9.6.1-ObjectEvent.jsonld": (EPCIS, "claims: 2 events"),
    "epcis-Example_9.6.3-AggregationEvent.jsonld": (EPCIS, "claims: 1 events"),
}
"""File, to the command that takes it and what that says."""

REFUSED: dict[str, dict[str, str]] = {
    "SOURCES.md": {INVENTORY: "CSV-COLUMNS", EPCIS: "EPCIS-FORM", RECONCILE: "CSV-COLUMNS"},
    "epcis-2.0-schema.json": {
        INVENTORY: "REPORT-EMPTY", EPCIS: "EPCIS-FORM", RECONCILE: "EPCIS-FORM",
    },
    "nvidia-smi-a100-sxm4.xml": {EPCIS: "EPCIS-FORM"},
    "gb200_compute_tray.json": {EPCIS: "EPCIS-FORM"},
    "epcis-AssociationEvent-a.jsonld": {INVENTORY: "REPORT-EMPTY", RECONCILE: "EPCIS-EMPTY"},
}  # fmt: skip
"""File, to the code with which a command refuses it."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("samples") / "ledger", furnish)


def test_no_sample_is_forgotten(samples: Path) -> None:
    assert {one.name for one in samples.iterdir()} == {*IMPORTED, *REFUSED}


@pytest.mark.parametrize("name", IMPORTED)
def test_a_sample_is_recorded_once(
    furnished: DeskStory, samples: Path, tmp_path: Path, name: str
) -> None:
    desk = furnished.copy(tmp_path)
    command, told = IMPORTED[name]
    line = command.format(path=samples / name)
    assert told in desk.run(f"{line} --dry-run").output
    result = desk.run(f"{line} --yes")
    assert told in result.output
    size = desk.size
    assert "recorded already" in desk.run(f"{line} --yes").output
    assert desk.size == size
    assert "PASS" in desk.run("verify").output


@pytest.mark.parametrize(
    ("name", "command", "code"),
    [(name, command, code) for name, of in REFUSED.items() for command, code in of.items()],
)
def test_a_sample_is_refused_for_its_reason(
    furnished: DeskStory, samples: Path, name: str, command: str, code: str
) -> None:
    furnished.refused(command.format(path=samples / name), code=code)
