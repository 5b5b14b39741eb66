"""A demonstration's ledger whose service is put under load, and what that took."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from commands.demo.stage import demonstration_key
from ledger.application import Ledger
from ledger.copying import copy_ledger
from ledger.draft import Submission
from ledger.place import Roles
from ledger.writing import Writing
from tests.bench import service_load
from tests.postgres_server import Server

_LOAD = Path(__file__).with_name("service_load.py")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What a load took.

    Attributes:
        count: events that were answered.
        seconds: from the first to the last.
        client: processor seconds of the client.
        service: of the service.
        database: of the PostgreSQL server; 0 where there is none.
        p50_ms, p99_ms: latency.
        statuses: how many answers had which status.
    """

    count: int
    seconds: float
    client: float
    service: float
    database: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.count / self.seconds

    def text(self) -> str:
        """Return what is behind a figure."""
        each = 1e6 / self.count
        return (
            f"{self.rate:,.0f} events/s, p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms;"
            f" processor an event: service {self.service * each:,.0f} us, database"
            f" {self.database * each:,.0f} us, client {self.client * each:,.0f} us"
        )


class Desk:
    """The demonstration's folder, over a file or over a database.

    Attributes:
        folder: of the ledger.
        store: its file, or its URL.
        server: of the database, or None.
    """

    def __init__(self, folder: Path, server: Server | None) -> None:
        self.folder = folder
        self.server = server
        _chipledger("demo", str(folder))
        self.store = str(folder / "ledger.db")
        if server is not None:
            self.store = server.url(server.database())
            copy_ledger(str(folder / "ledger.db"), self.store, Roles(None, None))
            _chipledger("-C", str(folder), "config", "store", self.store)

    def writing(self, helpers: int = 0) -> Ledger:
        """Open it for writing in this process."""
        water = next(self.folder.rglob("*high-water*"))
        signer = demonstration_key("ledger")
        return Ledger.open(self.store, Writing(signer=signer, high_water=water, helpers=helpers))

    @contextmanager
    def service(self) -> Iterator[tuple[int, int]]:
        """Run the service over it; yield its port and its process."""
        command = [_program(), "-C", str(self.folder), "service", "--listen", "127.0.0.1:0"]
        with subprocess.Popen(
            [*command, "--rate", "1000000", "--burst", "1000000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
            yield port, process.pid
            process.terminate()

    def load(self, submissions: Sequence[Submission], clients: int) -> Load:
        """Have a fresh service answer these events, from so many clients."""
        with self.service() as (port, pid):
            service, database = _cpu(pid), self._database()
            told = send(port, [posted(one) for one in submissions], clients, self.folder)
            return Load(service=_cpu(pid) - service, database=self._database() - database, **told)

    def _database(self) -> float:
        if self.server is None or self.server._process is None:
            return 0.0
        postmaster = self.server._process.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return _cpu(postmaster, ended_too=True) + sum(_cpu(int(one)) for one in children)


def posted(submission: Submission) -> bytes:
    """Return the request that submits one event."""
    body = msgspec.json.encode({"envelopes": [submission.envelope]})
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: ledger.invalid\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def send(port: int, requests: list[bytes], clients: int, folder: Path) -> dict[str, Any]:
    """Send requests from a process of its own and return what it tells."""
    path = folder / "requests"
    path.write_bytes(service_load.pack(requests))
    done = subprocess.run(
        [sys.executable, str(_LOAD), str(port), str(clients), str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    told["client"] = told.pop("cpu_seconds")
    return told


def _cpu(pid: int, *, ended_too: bool = False) -> float:
    """Return processor seconds of a process, and of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if ended_too else 13])) / _TICK


def _program() -> str:
    return str(Path(sys.executable).parent / "chipledger")


def _chipledger(*words: str) -> None:
    subprocess.run([_program(), *words], check=True, capture_output=True)
