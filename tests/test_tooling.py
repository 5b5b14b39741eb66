"""The tools around the tests: slow shards, no silent skip in CI, the verbs of the Makefile."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slow_shards import Runner, Wanted

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = """
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
filterwarnings = ["error"]
markers = ["slow: exhaustive"]
"""
SLOW_TESTS = """
import os
import pytest

@pytest.mark.slow
def test_all_trees(record_property):
    assert os.environ["CHIPLEDGER_SEED"]
    record_property("cases", 300)

@pytest.mark.slow
@pytest.mark.parametrize("kind", ["a", "b"])
def test_all_kinds(kind):
    pass

def test_quick():
    raise AssertionError("not slow, so not run here")
"""


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A small project with three slow tests and a quick one."""
    # each start of pytest would load plugins for a second or two that no test here needs
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "_hypothesis_pytestplugin")
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_slow.py").write_text(SLOW_TESTS)
    return Runner(tmp_path, tmp_path / ".slow-progress")


def last_line(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().out.strip().splitlines()[-1]


def test_slow_tests_run_once_and_a_second_run_only_tells_what_passed(
    runner: Runner, capfd: pytest.CaptureFixture[str]
) -> None:
    assert runner.run(1, 1) == 0
    assert last_line(capfd) == "3 passed, 0 failed; 302 cases counted"
    first = runner.finished()
    assert [one.cases for one in first] == [300, 1, 1]
    assert len({one.seed for one in first}) == 3

    assert runner.run(1, 1) == 0
    told = capfd.readouterr().out
    assert told.count("passed before") == 3
    assert f"seed {first[0].seed}" in told
    assert runner.finished() == first


def test_shards_part_the_slow_tests_and_share_their_progress(runner: Runner) -> None:
    assert runner.run(1, 2) == 0
    assert len(runner.finished()) == 2
    assert runner.run(2, 2) == 0
    assert {one.test for one in runner.finished()} == set(runner.slow_tests())


def test_what_passed_on_other_sources_is_run_again(runner: Runner) -> None:
    assert runner.run(2, 2) == 0
    tests = runner.root / "tests" / "test_slow.py"
    tests.write_text(tests.read_text() + "# altered\n")
    assert runner.run(2, 2) == 0
    assert len(runner.finished()) == 2


def test_what_a_test_does_not_use_does_not_run_it_again(runner: Runner) -> None:
    (runner.root / "tests" / "story.py").write_text("import ledger\n")
    (runner.root / "tests" / "other.py").write_text("")
    for package in ("ledger", "commands"):
        (runner.root / package).mkdir()
        (runner.root / package / "one.py").write_text("")
    tests = runner.root / "tests" / "test_slow.py"
    tests.write_text("from tests import story\n")
    name = "tests/test_slow.py::test_all_trees"
    before = runner.sources(name)
    (runner.root / "tests" / "other.py").write_text("# altered\n")
    (runner.root / "commands" / "one.py").write_text("# altered\n")
    assert runner.sources(name) == before
    (runner.root / "ledger" / "one.py").write_text("# altered\n")
    assert runner.sources(name) != before


def test_some_of_the_tests_with_one_seed_and_only_so_long(
    runner: Runner, capfd: pytest.CaptureFixture[str]
) -> None:
    assert runner.run(1, 1, Wanted(only="kinds", seed=7)) == 0
    assert [one.seed for one in runner.finished()] == [7, 7]
    assert "tests/test_slow.py: 2 of 2 passed; 2 cases" in capfd.readouterr().out
    assert runner.run(1, 1, Wanted(minutes=0)) == 1
    assert last_line(capfd) == "2 passed, 0 failed; 1 not run; 2 cases counted"


def test_a_line_that_was_cut_off_is_no_progress(runner: Runner) -> None:
    assert runner.run(1, 3) == 0
    with runner.progress.open("a") as file:
        file.write('{"test": "tests/test_sl')
    assert len(runner.finished()) == 1


def test_a_failed_or_skipped_slow_test_is_not_finished(
    runner: Runner, capfd: pytest.CaptureFixture[str]
) -> None:
    (runner.root / "tests" / "test_slow.py").write_text(
        "import pytest\npytestmark = pytest.mark.slow\n"
        "def test_good(): pass\n"
        "def test_bad(): raise AssertionError\n"
        "def test_left_out(): pytest.skip('no time')\n"
    )
    assert runner.run(1, 1) == 1
    assert last_line(capfd) == "1 passed, 2 failed; 1 cases counted"
    assert [one.test for one in runner.finished()] == ["tests/test_slow.py::test_good"]


def test_a_project_without_slow_tests_says_that_nothing_ran(
    runner: Runner, capfd: pytest.CaptureFixture[str]
) -> None:
    (runner.root / "tests" / "test_slow.py").write_text("def test_quick(): pass\n")
    assert runner.run(1, 1) == 0
    assert "no test marked slow: nothing ran" in capfd.readouterr().out
    assert runner.finished() == []


def test_slow_tests_that_cannot_be_collected_stop_the_run(runner: Runner) -> None:
    (runner.root / "tests" / "test_slow.py").write_text("import no_such_module\n")
    with pytest.raises(SystemExit, match="no_such_module"):
        runner.run(1, 1)


@pytest.mark.parametrize(
    ("reason", "ci", "code", "workers"),
    [
        ("shared folder missing: vectors", "true", 0, "0"),
        ("no time", "true", 1, "0"),
        ("no time", "true", 1, "2"),
        ("no time", "false", 0, "0"),
    ],
)
def test_ci_allows_no_skip_but_for_a_missing_shared_folder(
    tmp_path: Path, reason: str, ci: str, code: int, workers: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_one.py").write_text(
        f"import pytest\ndef test_skipped(): pytest.skip({reason!r})\ndef test_run(): pass\n"
    )
    done = run_pytest(tmp_path, {"CI": ci}, "-n", workers)
    assert done.returncode == code, done.stdout
    assert ("skipped in CI" in done.stdout) == bool(code)


def test_a_missing_shared_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_one.py").write_text("def test_uses(vectors, samples): pass\n")
    elsewhere = {"CHIPLEDGER_VECTORS": str(tmp_path), "CHIPLEDGER_SAMPLES": "nowhere"}
    done = run_pytest(tmp_path, {"CI": "true", **elsewhere}, "-rs")
    assert done.returncode == 0
    assert "shared folder missing: samples" in done.stdout


def test_every_verb_of_the_makefile_that_people_type_is_listed() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    verbs = {line.split()[0] for line in listed.stdout.splitlines()}
    assert {"demo", "test", "test-slow", "bench", "check", "docs", "lowest"} <= verbs


def test_ci_is_a_program_that_bash_can_read() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)


def run_pytest(
    folder: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
