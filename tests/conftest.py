"""What all tests share: hypothesis profiles, the shared folders, and no silent skip in CI."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ledger.signing import curve
from ledger.store.recorder import LedgerRecorder
from tests.postgres_server import Server, running
from tests.stores import KINDS, Store, postgres_store, sqlite_store

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"
SHARED_MISSING = "shared folder missing"

# `ci` tries the same inputs each time, so that a red run can be repeated; `dev` tries new ones.
# A slow machine is no failure: neither profile has a deadline.
_QUIET = [HealthCheck.too_slow]
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("dev", deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IN_CI else "dev"))


@pytest.fixture(scope="session", autouse=True)
def _each_key_is_judged_once() -> Iterator[None]:
    """Remember points and their products: half of a small audit is to judge the same few keys.

    Each is worked out by the ledger's own arithmetic the first time that it is asked for. Programs
    that tests start remember nothing.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("decode", "multiply"):
            patch.setattr(curve, name, cache(getattr(curve, name)))
        yield


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Folder of published test vectors; CHIPLEDGER_VECTORS names another."""
    return _shared("CHIPLEDGER_VECTORS", "vectors")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of real documents in foreign formats; CHIPLEDGER_SAMPLES names another."""
    return _shared("CHIPLEDGER_SAMPLES", "samples")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this session's own; skips where none is installed."""
    with running() as server:
        yield server


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A place for a ledger: a file, then a fresh database."""
    if request.param == "sqlite":
        yield sqlite_store(tmp_path)
        return
    server: Server = request.getfixturevalue("postgres")
    made = postgres_store(server)
    yield made
    server.drop(made.name)


@pytest.fixture
def database(postgres: Server) -> Iterator[Store]:
    """An empty database."""
    made = postgres_store(postgres)
    yield made
    postgres.drop(made.name)


@pytest.fixture
def recorder(store: Store) -> Iterator[LedgerRecorder]:
    """An empty ledger in each store."""
    with store.create() as opened:
        yield opened


def _shared(variable: str, name: str) -> Path:
    folder = ROOT / os.environ.get(variable, f"../shared/{name}")
    if not folder.is_dir():
        pytest.skip(f"{SHARED_MISSING}: {name} is not beside the checkout; set {variable}")
    return folder


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run that skipped anything but the tests of an absent shared folder."""
    # A worker of pytest-xdist has no terminal; its controller sees the reports of all.
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or not IN_CI:
        return
    skipped = terminal.stats.get("skipped", [])
    unexplained = [one for one in skipped if SHARED_MISSING not in str(one.longrepr)]
    for one in unexplained:
        terminal.write_line(f"\nskipped in CI: {one.nodeid}: {one.longrepr}", red=True)
    if unexplained:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted (`record_property("counted", …)`), also those of xdist's workers."""
    counted = [
        f"{value}"
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "counted"
    ]
    if counted:
        terminalreporter.section("counted")
        for line in sorted(counted):
            terminalreporter.write_line(line)
