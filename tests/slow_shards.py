"""Run the tests marked slow one after another, and remember what is finished.

A run that was stopped goes on where it ended: a test that passed on the same sources is not run
again. Its sources are its own file, the test files that this one imports, and the packages of the
product that these import. Each line of `.slow-progress` is one finished test with its seed, its
seconds and what it counted (`record_property("cases", n)` in the test). `--shard 2/4` takes every
fourth test from the second, so that machines can share the work; `--minutes 30` begins no test
after that time; `--seed N` repeats a run; `--only WORD` takes the tests with that word in their
name. At the end stands what is finished, file by file.
"""

import argparse
import ast
import hashlib
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("ledger", "projections", "commands")
"""The packages of the product: each may use those before it."""

ALWAYS = ("pyproject.toml", "requirements-dev.lock", "tests/conftest.py")
SEED_BITS = 32
_PROPERTIES = ("-o", "junit_family=xunit1")
"""Reports of this form alone may tell what a test counted."""

NO_TESTS = 5
"""pytest's exit code when nothing was collected."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One test that passed: on which sources, with which seed, how many cases, in what time."""

    test: str
    sources: str
    seed: int
    cases: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a shard's tests are run, and how: by a word, with a seed, for some minutes."""

    only: str = ""
    seed: int | None = None
    minutes: float = float("inf")

    def stop(self) -> float:
        """Return when no further test is begun, by the clock that only moves on."""
        return time.monotonic() + 60 * self.minutes


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the slow tests of a folder and keeps their progress."""

    root: Path
    progress: Path

    def run(self, shard: int, shards: int, wanted: Wanted | None = None) -> int:
        """Run what is not finished of a shard; return 0 if all of the shard has passed."""
        wanted = wanted or Wanted()
        mine = [one for one in self.slow_tests()[shard - 1 :: shards] if wanted.only in one]
        sources = {test: self.sources(test) for test in mine}
        done = {one.test: one for one in self.finished() if one.sources == sources.get(one.test)}
        failed, stop = set[str](), wanted.stop()
        for number, test in enumerate(mine, 1):
            if test in done:
                print(f"[{number}/{len(mine)}] {test}: passed before {_figures(done[test])}")
                continue
            if time.monotonic() >= stop:
                continue
            print(f"[{number}/{len(mine)}] {test}", flush=True)
            result = self.run_one(test, sources[test], wanted.seed)
            if result is None:
                failed.add(test)
                continue
            done[test] = result
            with self.progress.open("a", encoding="utf-8") as file:
                # on a line of its own, also after one that was cut off
                file.write("\n" + json.dumps(asdict(result)) + "\n")
            print(f"    passed {_figures(result)}", flush=True)
        if not mine:
            print(f"shard {shard}/{shards} has no test marked slow: nothing ran")
        _print_summary(mine, done, failed)
        return 0 if len(mine) == len(done.keys() & set(mine)) else 1

    def slow_tests(self) -> list[str]:
        """Return the ids of the tests marked slow."""
        done = self._pytest("--collect-only", "-m", "slow", capture=True)
        if done.returncode not in {0, NO_TESTS}:
            sys.exit(f"the slow tests cannot be collected:\n{done.stdout}{done.stderr}")
        return [line for line in done.stdout.splitlines() if "::" in line]

    def run_one(self, test: str, sources: str, seed: int | None = None) -> Finished | None:
        """Run one test, with a new seed where none is given; return None if it did not pass."""
        if seed is None:
            seed = int.from_bytes(os.urandom(SEED_BITS // 8), "big")
        print(f"    seed {seed}", flush=True)
        with TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            start = time.monotonic()
            self._pytest(f"--hypothesis-seed={seed}", f"--junitxml={report}", test, seed=seed)
            seconds = round(time.monotonic() - start, 1)
            cases = counted(report)
        return None if cases is None else Finished(test, sources, seed, cases, seconds)

    def finished(self) -> list[Finished]:
        """Return what the progress file holds; a line that was cut off is none."""
        if not self.progress.exists():
            return []
        found = []
        for line in self.progress.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                found.append(Finished(**json.loads(line)))
        return found

    def sources(self, test: str) -> str:
        """Return a digest of all that a test's outcome may depend on."""
        digest = hashlib.sha256()
        for path in sorted(self._files(test.partition("::")[0])):
            digest.update(f"{path.relative_to(self.root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _files(self, first: str) -> set[Path]:
        """Return the file of a test, what it imports of the tests, and whole packages."""
        found, packages, waiting = set[Path](), set[str](), [self.root / first]
        waiting += [self.root / name for name in ALWAYS]
        while waiting:
            path = waiting.pop()
            if path in found or not path.is_file():
                continue
            found.add(path)
            for name in _imports(path) if path.suffix == ".py" else ():
                package = name.partition(".")[0]
                if package in LAYERS:
                    packages |= set(LAYERS[: LAYERS.index(package) + 1])
                elif package == "tests":
                    waiting.append(self.root / (name.replace(".", "/") + ".py"))
        for package in packages:
            files = (self.root / package).rglob("*")
            found |= {one for one in files if one.is_file() and one.suffix != ".pyc"}
        return found

    def _pytest(
        self, *arguments: str, capture: bool = False, seed: int = 0
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*(sys.executable, "-m", "pytest", "-q", "--no-header"), *_PROPERTIES, *arguments],
            cwd=self.root,
            capture_output=capture,
            text=True,
            check=False,
            env=os.environ | {"CHIPLEDGER_SEED": str(seed), "HYPOTHESIS_PROFILE": "dev"},
        )


@cache
def _imports(path: Path) -> frozenset[str]:
    """Return the names of the modules that a file imports, and of what may be one in a package."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return frozenset(found)


def counted(report: Path) -> int | None:
    """Return the cases that a report's one test counted, or None unless that test passed."""
    if not report.exists():
        return None
    cases = ET.parse(report).findall(".//testcase")  # noqa: S314  written by pytest just now
    if len(cases) != 1 or cases[0].find("failure") is not None:
        return None
    if cases[0].find("error") is not None or cases[0].find("skipped") is not None:
        return None
    found = cases[0].find(".//property[@name='cases']")
    return 1 if found is None else int(found.attrib["value"])


def _print_summary(mine: Sequence[str], done: Mapping[str, Finished], failed: set[str]) -> None:
    """Print what is finished of each file, what failed, and last of all the sums."""
    by_file = defaultdict[str, list[str]](list)
    for test in mine:
        by_file[test.partition("::")[0]].append(test)
    for file, tests in by_file.items():
        passed = [done[test] for test in tests if test in done]
        cases, seconds = _sum(one.cases for one in passed), _sum(one.seconds for one in passed)
        print(f"{file}: {len(passed)} of {len(tests)} passed; {cases:,} cases in {seconds:,} s")
    for test in mine:
        if test in failed:
            print(f"failed: {test}")
    passed = [done[test] for test in mine if test in done]
    left = len(mine) - len(passed) - len(failed)
    told = f"; {left} not run" if left else ""
    cases = _sum(one.cases for one in passed)
    print(f"{len(passed)} passed, {len(failed)} failed{told}; {cases:,} cases counted")


def _sum(numbers: Iterable[float]) -> int:
    return round(sum(numbers))


def _figures(one: Finished) -> str:
    return f"({one.cases:,} cases, seed {one.seed}, {one.seconds:,.1f} s)"


def main() -> int:
    """Run one shard of the slow tests."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--shard", default="1/1", help="K/N: every Nth test from the Kth")
    parser.add_argument("--only", default="", help="a word in the names of the tests to run")
    parser.add_argument(
        "--seed", type=int, help="the seed of every test; drawn where none is given"
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin none after that")
    given = parser.parse_args()
    shard, _, shards = given.shard.partition("/")
    if not (shard.isdecimal() and shards.isdecimal() and 1 <= int(shard) <= int(shards)):
        parser.error("--shard is K/N with 1 ≤ K ≤ N")
    wanted = Wanted(given.only, given.seed, given.minutes)
    return Runner(ROOT, ROOT / ".slow-progress").run(int(shard), int(shards), wanted)


if __name__ == "__main__":
    sys.exit(main())
