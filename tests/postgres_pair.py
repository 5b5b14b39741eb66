"""Two PostgreSQL servers, the second a standby that the first one's commits wait for."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import IN_MEMORY
from tests.postgres_server import (
    LEAVES_NOTHING,
    MISSING,
    OWNER,
    Server,
    folder_for_servers,
    programs,
)

SETTINGS = {
    "max_connections": "30",
    "shared_buffers": "16MB",
    "max_wal_size": "64MB",
} | LEAVES_NOTHING
"""Small, so that a copy takes a second; what is committed is on the disk, as it is by default."""

WAITS = "ALTER SYSTEM SET synchronous_standby_names = '*'"
WAITS_NOT = "ALTER SYSTEM SET synchronous_standby_names = ''"
RELOAD = "SELECT pg_reload_conf()"
PROMOTE = "SELECT pg_promote()"
FOLLOWS = "SELECT sync_state FROM pg_stat_replication"


class Pair:
    """A primary and its standby.

    Attributes:
        primary: takes what is written.
        standby: has whatever the primary answered for.
    """

    def __init__(self, bin_: Path, folder: Path) -> None:
        for name in ("one", "two"):
            (folder / name).mkdir()
        self.primary = Server(bin_, folder / "one", SETTINGS)
        self._both = [self.primary]
        self.standby = Server(bin_, folder / "two", SETTINGS, copy_of=self.primary)
        self._both.append(self.standby)
        self.wait_for_standby()

    def url(self, database: str) -> str:
        """Return a URL that names both servers, always in the same order."""
        hosts, ports = (",".join(map(str, one)) for one in self._places())
        return f"postgresql://{OWNER}@/{database}?host={hosts}&port={ports}"

    def _places(self) -> tuple[list[Path], list[int]]:
        return [one.folder for one in self._both], [one.port for one in self._both]

    def wait_for_standby(self) -> None:
        """From now on a commit is answered when the standby has it too."""
        self.primary.run("postgres", WAITS, RELOAD)
        for _ in range(600):
            if self.primary.ask("postgres", FOLLOWS) == "sync":
                return
            time.sleep(0.05)
        raise RuntimeError("the standby does not follow")

    def take_over(self) -> None:
        """Make the standby the primary, which nobody follows."""
        self.standby.run("postgres", PROMOTE, WAITS_NOT, RELOAD)
        self.primary, self.standby = self.standby, self.primary

    def follow(self) -> None:
        """Make a new standby of the one that was the primary before."""
        self.standby.follow(self.primary)
        self.wait_for_standby()

    def services(self, database: str) -> str:
        """Return a service file of libpq: `books` names both, `db1` and `db2` each of them."""
        both = ",".join(str(one.folder) for one in self._both)
        ports = ",".join(str(one.port) for one in self._both)
        lines = [f"[{database}]", f"host={both}", f"port={ports}", f"dbname={database}"]
        lines += [f"user={OWNER}", "target_session_attrs=read-write"]
        for number, one in enumerate(self._both, 1):
            lines += [f"[db{number}]", f"host={one.folder}", f"port={one.port}"]
            lines += ["dbname=postgres", f"user={OWNER}"]
        return "\n".join([*lines, ""])

    def stop(self) -> None:
        """Stop both."""
        for one in self._both:
            one.stop(immediately=True)


@contextlib.contextmanager
def running_pair() -> Iterator[Pair]:
    """Run two servers in a folder that is gone afterwards; skip where there are none to run."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip(MISSING)
    # In memory where there is room for files: no test cuts the power, and a copy is soon made.
    with folder_for_servers("chipledger-pair-", IN_MEMORY) as folder:
        pair = Pair(bin_, folder)
        try:
            yield pair
        finally:
            pair.stop()
