"""Run the tests marked slow one after another, and remember what is finished.

A run that was stopped goes on where it ended: a test that passed on the same sources is not run
again. Each line of `.slow-progress` is one finished test with its seed, its seconds and what it
counted (`record_property("cases", n)` in the test). `--shard 2/4` takes every fourth test from
the second, so that machines can share the work.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("ledger", "projections", "commands", "tests", "pyproject.toml", "requirements-dev.lock")
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
class Runner:
    """Runs the slow tests of a folder and keeps their progress."""

    root: Path
    progress: Path

    def run(self, shard: int, shards: int) -> int:
        """Run what is not finished of a shard; return 0 if all of the shard has passed."""
        mine = self.slow_tests()[shard - 1 :: shards]
        sources = self.sources()
        done = {one.test: one for one in self.finished() if one.sources == sources}
        failed = 0
        for number, test in enumerate(mine, 1):
            before = done.get(test)
            if before is not None:
                print(f"[{number}/{len(mine)}] {test}: passed before {_figures(before)}")
                continue
            print(f"[{number}/{len(mine)}] {test}", flush=True)
            result = self.run_one(test, sources)
            failed += result is None
            if result is not None:
                done[test] = result
                with self.progress.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
                print(f"    passed {_figures(result)}")
        cases = sum(done[test].cases for test in mine if test in done)
        if not mine:
            print(f"shard {shard}/{shards} has no test marked slow: nothing ran")
        print(f"{len(mine) - failed} passed, {failed} failed; {cases:,} cases counted")
        return 1 if failed else 0

    def slow_tests(self) -> list[str]:
        """Return the ids of the tests marked slow."""
        done = self._pytest("--collect-only", "-m", "slow", capture=True)
        if done.returncode not in {0, NO_TESTS}:
            sys.exit(f"the slow tests cannot be collected:\n{done.stdout}{done.stderr}")
        return [line for line in done.stdout.splitlines() if "::" in line]

    def run_one(self, test: str, sources: str) -> Finished | None:
        """Run one test with a new seed; return None if it did not pass."""
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
        """Return what the progress file holds."""
        if not self.progress.exists():
            return []
        lines = self.progress.read_text(encoding="utf-8").splitlines()
        return [Finished(**json.loads(line)) for line in lines]

    def sources(self) -> str:
        """Return a digest of all that a test's outcome may depend on."""
        digest = hashlib.sha256()
        for name in SOURCES:
            top = self.root / name
            for path in sorted([top, *top.rglob("*")]):
                if path.is_file() and path.suffix != ".pyc":
                    digest.update(f"{path.relative_to(self.root)}\0".encode())
                    digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

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


def _figures(one: Finished) -> str:
    return f"({one.cases:,} cases, seed {one.seed}, {one.seconds:,.1f} s)"


def main() -> int:
    """Run one shard of the slow tests."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--shard", default="1/1", help="K/N: every Nth test from the Kth")
    shard, _, shards = parser.parse_args().shard.partition("/")
    if not (shard.isdecimal() and shards.isdecimal() and 1 <= int(shard) <= int(shards)):
        parser.error("--shard is K/N with 1 ≤ K ≤ N")
    return Runner(ROOT, ROOT / ".slow-progress").run(int(shard), int(shards))


if __name__ == "__main__":
    sys.exit(main())
