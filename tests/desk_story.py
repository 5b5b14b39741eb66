"""A ledger's folder to type commands in: parties with keys that ask for no passphrase."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from commands.demo.stage import ORIGIN, Stage
from commands.main import main
from commands.settings import Config, write_config
from ledger.application import Ledger
from ledger.events.party import PartyFields

ROLES = {
    "nvidia": ("maker", "certifier", "exporter"),
    "aivres": ("integrator", "exporter"),
    "swift": ("forwarder",),
    "bytedance": ("lessee",),
    "inspector": ("auditor",),
    "reporter": ("reporter",),
}


@dataclass
class DeskStory:
    """A folder with a ledger, and what is typed in it. The party by default is aolani."""

    folder: Path

    def run(self, line: str, *more: str, exit_code: int = 0, typed: str = "y\n") -> Result:
        """Type a command, and insist on how it ends."""
        arguments = ["-C", str(self.folder), *line.split(), *more]
        result = CliRunner().invoke(main, arguments, input=typed)
        assert result.exit_code == exit_code, result.output
        return result

    def refused(self, line: str, *more: str, code: str, exit_code: int = 2) -> str:
        """Type a command that is refused under a code, and insist that nothing was written."""
        before = self.size
        output = self.run(line, *more, exit_code=exit_code).output
        assert f"  code: {code}\n" in output, output
        assert "error: " in output
        assert "Traceback" not in output
        assert self.size == before
        return output

    def rows(self, line: str, *more: str) -> list[dict[str, Any]]:
        """Type a question, and return the rows of its answer."""
        rows: list[dict[str, Any]] = json.loads(self.run(line, *more, "--json").stdout)["rows"]
        return rows

    @property
    def size(self) -> int:
        """Number of entries."""
        with Ledger.open(str(self.folder / "ledger.db")) as ledger:
            return ledger.size

    def newest(self) -> Any:
        """Return what the newest entry says."""
        with Ledger.open(str(self.folder / "ledger.db")) as ledger:
            return ledger.event(ledger.size - 1).statement

    def copy(self, folder: Path) -> "DeskStory":
        """Return the same ledger in another folder."""
        shutil.copytree(self.folder, folder / "ledger")
        return DeskStory(folder / "ledger")

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file outside the ledger's folder."""
        path = self.folder.parent / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def deliver(desk: DeskStory) -> None:
    """Ship both racks to Johor, where they run."""
    desk.run(
        "shipment dispatch SHP-01 --racks R0001..R0002 --to aolani --to-site JHR-1 --carrier swift"
        " --due 2026-02-10 --as aivres --with swift --on 2026-02-01 --ref inv:2026-17 --yes"
    )
    desk.run("shipment receive SHP-01 --on 2026-02-08 --yes")
    desk.run("title transfer --shipment SHP-01 --to aolani --as aivres --on 2026-02-09 --yes")
    desk.run("rack energize --racks R0001..R0002 --on 2026-02-11 --yes")


def open_desk(folder: Path, *steps: Callable[[DeskStory], None]) -> DeskStory:
    """Make a ledger in which everybody has a key and a role, and these steps have been taken.

    What begins alike is played once in a process, and copied.
    """
    shutil.copytree(_played(steps).folder, folder)
    return DeskStory(folder)


@cache
def _played(steps: tuple[Callable[[DeskStory], None], ...]) -> DeskStory:
    """Take the last of some steps, in a copy of what the others have made."""
    folder = Path(tempfile.mkdtemp(prefix="chipledger-desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if not steps:
        return _opened(folder / "ledger")
    desk = _played(steps[:-1]).copy(folder)
    steps[-1](desk)
    return desk


def _opened(folder: Path) -> DeskStory:
    """Make a ledger in which everybody has a key and a role, and nothing has happened."""
    folder.mkdir()
    operator = PartyFields(party="aolani", legal_name="Aolani Cloud", display_name="Aolani Cloud")
    stage = Stage(folder, operator)
    for party, roles in ROLES.items():
        fields = PartyFields(party=party, legal_name=f"{party} Ltd", display_name=party.title())
        stage.party(fields, *roles)
    for role in ("operator", "owner", "exporter"):
        stage.party_role("aolani", role)
    stage.flush()
    fingerprint = stage.ledger.fingerprint.hex()
    stage.ledger.close()
    write_config(folder, Config(origin=ORIGIN, fingerprint=fingerprint, party="aolani"))
    return DeskStory(folder)


def furnish(desk: DeskStory) -> None:
    """Classify models, register sites, commission 200 GPUs and bring them to the plant."""
    nvidia = "--as nvidia --on 2026-01-05 --yes"
    desk.run(f"model classify GPU --kind chip --eccn 3A090.a --source sheet --alias B200 {nvidia}")
    desk.run(
        "model classify NVL72 --kind assembly --eccn 4A090.a --hts 8471.50 --contains GPU=72"
        f" --source sheet {nvidia}"
    )
    for site, country, kind in (
        ("NV-WH", "US", "warehouse"),
        ("PLANT", "usa", "factory"),
        ("JHR-1", "Malaysia", "data_center"),
    ):
        desk.run(f"site add {site} --name {site} --country {country} --kind {kind} --yes")
    for batch in ("B-01", "B-02"):
        desk.run(f"batch commission {batch} --model gpu --site NV-WH --quantity 100 {nvidia}")
        desk.run(
            f"shipment dispatch N-{batch} --batch {batch} --to aivres --to-site PLANT {nvidia}"
        )
        desk.run(f"shipment receive N-{batch} --as aivres --on 2026-01-08 --yes")
        desk.run(f"title transfer --batch {batch} --to aivres {nvidia} --id T-{batch}")


def build(desk: DeskStory) -> None:
    """Assemble R0001 of one batch and R0002 of two."""
    aivres = "--as aivres --on 2026-01-10 --yes"
    desk.run(f"rack assemble R0001 --model NVL72 --site PLANT --units B-01=72 {aivres}")
    desk.run(
        f"rack assemble R0002 --model NVL72 --site PLANT --units B-01=28 --units B-02=44 {aivres}"
    )
