"""The program whose processes are killed: it does one operation for each request.

`python -m tests.crash_victim` imports everything, does each operation once so that nothing is left
to be loaded, and then forks for each request: start-up is paid once, and is not among the calls
that are counted. A request is a case, a folder and a plan (tests/traced.py); the answer is what
became of the child. Both are MessagePack after their length in four bytes.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from ledger.errors import LedgerError
from projections import runner
from projections.schema import INDEXES
from tests import traced
from tests.aftermath import CASES
from tests.durable_case import Prepared, say
from tests.traced import Outcome, Plan

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


class Request(msgspec.Struct, frozen=True):
    """One operation on one folder, under a plan."""

    case: str
    folder: str
    plan: Plan
    synchronous_off: bool = False


def _write(stream: IO[bytes], message: Request | Outcome) -> None:
    data = msgspec.msgpack.encode(message)
    stream.write(len(data).to_bytes(4, "big") + data)
    stream.flush()


def _read(stream: IO[bytes], kind: type[T]) -> T | None:
    length = stream.read(4)
    if not length:
        return None
    return msgspec.msgpack.decode(stream.read(int.from_bytes(length, "big")), type=kind)


class Victim:
    """The running program, seen by a test."""

    def __init__(self) -> None:
        # Coverage would be measured in processes that never end by themselves.
        env = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash_victim"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        atexit.register(self.close)

    def run(self, case: str, folder: Path, plan: Plan, *, synchronous_off: bool = False) -> Outcome:
        """Do a case's operation on a folder under a plan."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _write(self._process.stdin, Request(case, str(folder), plan, synchronous_off))
        outcome = _read(self._process.stdout, Outcome)
        assert outcome is not None, "the program that forks the victims has ended"
        told = "\n".join(outcome.said)
        assert "Traceback" not in told, f"{plan}\n{told}"
        return outcome

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait(10)


def _serve() -> None:
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    _make_pages_small()
    with tempfile.TemporaryDirectory() as name:
        prepared = Prepared(Path(name) / "prepared")
        for number, case in enumerate(CASES.values()):
            folder = Path(name) / str(number)
            shutil.copytree(prepared.top / case.start, folder)
            with suppress(SystemExit):
                case.work(prepared, folder)
        while (request := _read(requests, Request)) is not None:
            _write(answers, _answer(prepared, request))


def _make_pages_small() -> None:
    """Let a short log take several pages, and dropping and making indexes not take all day."""
    runner.PAGE_ENTRIES, runner.BULK_ENTRIES = 8, 20
    for name in list(INDEXES)[3:]:
        del INDEXES[name]


def _answer(prepared: Prepared, request: Request) -> Outcome:
    folder = Path(request.folder)
    case = CASES[request.case]

    def work() -> None:
        if request.synchronous_off:
            _never_wait_for_the_disk()
        try:
            case.work(prepared, folder)
        except LedgerError as error:
            say(f"error {error.code}")
            sys.exit(error.exit_code)

    return traced.run(work, folder, request.plan)


def _never_wait_for_the_disk() -> None:
    """Make this process the mutant whose commits do not wait: `PRAGMA synchronous = OFF`."""
    from ledger.store.connection import Connection, Values  # noqa: PLC0415  of the mutant only

    run = Connection.run

    def mutated(self: Connection, sql: str, values: Values = ()) -> None:
        run(self, sql.replace("synchronous = FULL", "synchronous = OFF"), values)

    Connection.run = mutated  # type: ignore[method-assign]  # in a process about to end


if __name__ == "__main__":
    _serve()
