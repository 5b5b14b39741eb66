"""What is installed: whole packages, typed for the programs that embed them."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.transcripts import ROOT, programs

PACKAGES = ("ledger", "projections", "commands")
PAGES = ("README.md", "docs/how-to/embed-the-library.md")
WRONG = """
from ledger.testing import Rehearsal

with Rehearsal() as rehearsal:
    rehearsal.party("maker", "no role")
    reveal_type(rehearsal.ledger.append(3))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as an installer builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_has_every_file_of_the_packages_and_says_that_they_are_typed(
    wheel: Path,
) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert {f"{package}/py.typed" for package in PACKAGES} <= packed
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours == {name for name in packed if name.startswith(PACKAGES)}


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; what it depends on comes from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    named = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", vars=named))
    zipfile.ZipFile(wheel).extractall(site)
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder


def checked(environment: Path, folder: Path, *clients: str) -> subprocess.CompletedProcess[str]:
    """Type-check programs in a folder of their own, against what the environment has."""
    for number, client in enumerate(clients):
        (folder / f"client_{number}.py").write_text(client, encoding="utf-8")
    python = environment / "bin" / "python"
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python)]
    cache = ["--cache-dir", str(environment / "cache"), "--no-error-summary", "."]
    return subprocess.run(
        [*command, *cache],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.endswith("PATH")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_programs_of_the_pages_pass_a_strict_type_check(environment: Path, tmp_path: Path) -> None:
    clients = [one for page in PAGES for one in programs((ROOT / page).read_text("utf-8"))]
    assert len(clients) == len(PAGES)
    done = checked(environment, tmp_path, *clients)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_wrong_program_is_told_so(environment: Path, tmp_path: Path) -> None:
    told = checked(environment, tmp_path, WRONG).stdout
    assert "has incompatible type \"Literal['no role']\"" in told or "no role" in told
    assert 'has incompatible type "int"; expected "Submission"' in told
    assert 'Revealed type is "ledger.writing.Receipt"' in told
