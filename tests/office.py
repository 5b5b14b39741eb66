"""A folder with a ledger in which commands are typed, one after the other."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from commands.context import Desk
from commands.main import main
from ledger.application import Ledger
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import Report

ORIGIN = "ledger.operator.invalid/office"


class Office:
    """A demonstration ledger of the party `operator`; keys in the clear, so that tests are quick.

    A command that fails must leave the ledger as it was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, folder: Path, *more: str) -> "Office":
        """Make the ledger with `chipledger init`, and what more is typed."""
        office = cls(folder)
        office.invoke(
            *("init", str(folder), "--origin", ORIGIN, "--party", "operator"),
            *("--name", "Operator Sdn Bhd", "--demonstration", "--no-passphrase", "--yes"),
            *more,
        )
        return office

    @classmethod
    def begun(cls, folder: Path, *, integrator: str = "") -> "Office":
        """Return the ledger of `make`, perhaps with one more party: made once, and copied.

        Two of them are the same ledger.
        """
        return _begun(integrator).copy(folder)

    def copy(self, folder: Path) -> "Office":
        """Return the same office in another folder."""
        shutil.copytree(self.folder, folder)
        return Office(folder)

    def invoke(self, *arguments: str, typed: str | None = None, exit_code: int = 0) -> Result:
        """Run a command as it is typed, and check its exit code."""
        result = CliRunner().invoke(main, arguments, input=typed)
        assert result.exit_code == exit_code, f"{arguments}\n{result.output}{result.exception!r}"
        return result

    def run(self, *arguments: str, typed: str | None = None, exit_code: int = 0) -> str:
        """Run a command of this ledger and return what it printed on stdout."""
        at = ("-C", str(self.folder))
        return self.invoke(*at, *arguments, typed=typed, exit_code=exit_code).stdout

    def json(self, *arguments: str) -> Any:
        """Run a command with `--json` and return what it printed."""
        return json.loads(self.run(*arguments, "--json"))

    def record(self, *arguments: str) -> list[int]:
        """Record without being asked, and return the entries that were made."""
        return [one["entry"] for one in self.json(*arguments, "--yes")["entries"]]

    def fail(self, code: str, *arguments: str, typed: str | None = None, exit_code: int = 2) -> str:
        """Run a command that must fail with this code and record nothing; return its stderr."""
        before = self.size
        at = ("-C", str(self.folder))
        result = self.invoke(*at, *arguments, typed=typed, exit_code=exit_code)
        assert f"  code: {code}\n" in result.stderr, result.stderr
        assert "Traceback" not in result.stderr
        assert self.size == before
        return result.stderr

    def party(self, name: str, *roles: str) -> str:
        """Register a party with roles and enrol a key of its own."""
        granted = [word for role in roles for word in ("--role", role)]
        self.record("party", "add", name, "--name", f"{name} Ltd", *granted)
        self.run("key", "generate", name, "--no-passphrase")
        self.record("key", "enroll", name)
        return name

    @property
    def place(self) -> str:
        """Where the ledger is."""
        return str(Desk(self.folder).store)

    @property
    def size(self) -> int:
        """Entries in the ledger; 0 where its file cannot be read."""
        with Ledger.open(self.place) as ledger:
            return ledger.size

    def audit(self) -> Report:
        """Audit the ledger, knowing its fingerprint."""
        with Ledger.open(self.place) as ledger:
            return audit(ledger.source(), Trust(fingerprint=ledger.fingerprint))


@cache
def _begun(integrator: str) -> Office:
    folder = Path(tempfile.mkdtemp(prefix="chipledger-office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    office = Office.make(folder / "ledger")
    if integrator:
        office.party(integrator, "integrator")
    return office
