"""Measure this ledger beside its peers: same events, same machine, each durable before it answers.

    python tests/bench/peers.py --python .venv-peers/bin/python [--write-docs --date 2026-11-25]

`make bench-peers` makes the peers' own environment first. Rounds are interleaved, figures are
medians. All SQLite files have a write-ahead log and sync every commit; the PostgreSQL server is
this run's own. Every peer records the same envelopes, without documents; a bulk import is in
transactions of 1,000. What peers sign, they sign while they are measured; this ledger checks
signatures that parties made, and signs checkpoints.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec

from commands.demo.stage import demonstration_key
from ledger.application import Ledger
from ledger.copying import copy_ledger
from ledger.draft import Submission
from ledger.place import Roles
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.writing import Writing
from tests.bench import page, service_load
from tests.bench.figures import taken
from tests.bench.generator import Rounds, record_story, templates
from tests.postgres_server import Server, running

ROUNDS = 3
SINGLE = 300
BULK = 5_000
PAGE = 1_000
OURS = "chipledger"
OURS_POSTGRES = "chipledger on PostgreSQL"
_PROGRAM = Path(__file__).with_name("peer_programs.py")
_DURABLE = {"shared_buffers": "256MB", "max_wal_size": "2GB"}


class Peer(NamedTuple):
    """A peer, the package that it is, and what it guarantees."""

    name: str
    package: str
    guarantees: str


PEERS = (
    Peer("bare SQLite", "", "the bytes are there"),
    Peer("bare PostgreSQL", "", "the bytes are there"),
    Peer(
        "eventsourcing", "eventsourcing", "order, optimistic concurrency; nothing signed or hashed"
    ),
    Peer(
        "auditchain",
        "auditchain",
        "a chain of hashes, each record signed by the one key of the log",
    ),
    Peer("ledgerchain", "ledgerchain", "a chain of hashes; nothing signed"),
    Peer(
        "trust-ledger-core",
        "trust-ledger-core",
        "a chain of hashes, each record signed; nothing is durable before all is sealed",
    ),
    Peer("pymerkle", "pymerkle", "a Merkle tree with proofs; its root unsigned, entries opaque"),
    Peer("UmaDB", "umadb", "order, conditional appends over many tags; nothing signed or hashed"),
)
_OURS = (
    "each event signed by its parties, who may sign it decided by the log; RFC 6962 tree, a signed"
    " checkpoint and a proof with each commit; identifiers unique; verified offline"
)


@dataclass(slots=True)
class Found:
    """Seconds of each kind of work, on the clock and of processor, one of each round."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, wall: float, cpu: float) -> None:
        """Note what some work took."""
        self.wall.setdefault(name, []).append(wall)
        self.cpu.setdefault(name, []).append(cpu)

    def rate(self, name: str, count: int) -> float | None:
        """Return events a second, or None for what a peer does not do."""
        return count / median(self.wall[name]) if name in self.wall else None

    def each(self, name: str, count: int) -> float | None:
        """Return microseconds of processor an event."""
        return 1e6 * median(self.cpu[name]) / count if name in self.cpu else None


COUNTS = {"single": SINGLE, "bulk": BULK, "verify": SINGLE + BULK}


def ours(store: str, folder: Path, submissions: Sequence[Submission], found: Found) -> None:
    """Record and verify with this ledger, in a store of its own."""
    settings = Writing(signer=demonstration_key("ledger"), high_water=folder / "high-water")
    with Ledger.open(store, settings) as ledger:
        before = ledger.size
        single, bulk = submissions[:SINGLE], submissions[SINGLE:]
        found.add("single", *taken(_one_by_one, ledger, single))
        found.add("bulk", *taken(_in_pages, ledger, bulk))
        whole = taken(_verified, ledger)
        share = COUNTS["verify"] / (COUNTS["verify"] + before)
        found.add("verify", whole.wall * share, whole.cpu * share)


def _one_by_one(ledger: Ledger, submissions: Sequence[Submission]) -> None:
    for one in submissions:
        ledger.append(one)


def _in_pages(ledger: Ledger, submissions: Sequence[Submission]) -> None:
    for at in range(0, len(submissions), PAGE):
        ledger.append_many(submissions[at : at + PAGE])


def _verified(ledger: Ledger) -> None:
    report = audit(ledger.source(), Trust(fingerprint=ledger.fingerprint), workers=1)
    if report.verdict == "FAIL":  # documents were left out, so it is not PASS
        raise SystemExit("the audit says FAIL")


@contextmanager
def umadb(python: Path, folder: Path) -> Iterator[str]:
    """Run UmaDB's server and yield its address."""
    address = "127.0.0.1:50951"
    program = python.with_name("umadb")
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [str(program), "--listen", address, "--db-path", str(folder / "uma.db")],
            stdout=log,
            stderr=log,
        ) as process,
    ):
        for _ in range(200):
            if b"started" in (folder / "log").read_bytes():
                break
            time.sleep(0.05)
        yield f"http://{address}"
        process.terminate()


def peer(one: Peer, python: Path, folder: Path, server: Server) -> dict[str, tuple[float, float]]:
    """Have a peer do its work and return what it took."""
    source, place = folder.parent / "events", server.url("peer")
    command = [str(python), str(_PROGRAM), one.name, str(folder), str(source), str(SINGLE)]
    if one.name == "UmaDB":
        with umadb(python, folder) as address:
            return _run([*command, address])
    return _run([*command, place])


def _run(command: list[str]) -> dict[str, tuple[float, float]]:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[2]}: {done.stderr}")
    told: dict[str, tuple[float, float]] = json.loads(done.stdout)
    return told


def measure(python: Path, folder: Path, server: Server) -> dict[str, Found]:
    """Return what each took, in interleaved rounds."""
    stage = record_story(folder / "story")
    rounds = Rounds([one for one in templates(stage) if one.corrects is None])
    stage.ledger.close()
    story = str(next((folder / "story").rglob("*.db")))
    made = islice(rounds.submissions(1, 10**6), SINGLE + BULK)
    submissions = [Submission(one.envelope) for one in made]
    server.run("postgres", "CREATE DATABASE peer")
    rows = [msgspec.json.encode(one.envelope) for one in submissions]
    (folder / "events").write_bytes(service_load.pack(rows))
    found = {name: Found() for name in (OURS, OURS_POSTGRES, *(one.name for one in PEERS))}
    for number in range(ROUNDS):
        own = folder / f"round{number}"
        own.mkdir()
        copy_ledger(story, str(own / "ledger.db"), Roles(None, None))
        ours(str(own / "ledger.db"), own, submissions, found[OURS])
        (own / "high-water").unlink()
        url = server.url(server.database())
        copy_ledger(story, url, Roles(None, None))
        ours(url, own, submissions, found[OURS_POSTGRES])
        for one in PEERS:
            place = folder / f"{one.name.replace(' ', '-')}{number}"
            place.mkdir()
            for name, (wall, cpu) in peer(one, python, place, server).items():
                found[one.name].add(name, wall, cpu)
    return found


def lines(found: dict[str, Found], versions: dict[str, str]) -> Iterator[str]:
    """Yield the table."""
    yield "| | one event, durable | in bulk | verified | what it guarantees |"
    yield "|---|---|---|---|---|"
    rows = [Peer(OURS, "", _OURS), Peer(OURS_POSTGRES, "", "the same"), *PEERS]
    for one in rows:
        cells = [_cell(found, one.name, kind) for kind in COUNTS]
        version = f" {versions[one.package]}" if one.package in versions else ""
        yield f"| {one.name}{version} | {' | '.join(cells)} | {one.guarantees} |"


def _cell(found: dict[str, Found], name: str, kind: str) -> str:
    rate, each = found[name].rate(kind, COUNTS[kind]), found[name].each(kind, COUNTS[kind])
    against = found[OURS].rate(kind, COUNTS[kind])
    if rate is None or each is None or against is None:
        return ""
    return f"{rate:,.0f}/s, {rate / against:,.3g} of ours; {each:,.0f} µs"


def _versions(python: Path) -> dict[str, str]:
    code = (
        "import json, importlib.metadata as m;"
        "print(json.dumps({one.name: one.version for one in m.distributions()}))"
    )
    told: dict[str, str] = json.loads(subprocess.check_output([str(python), "-c", code]))
    return told


def main() -> None:
    """Run, print the table, and write it where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="of the peers' environment")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--date", default="an unknown day", help="of this run, for --write-docs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running(_DURABLE) as server:
        found = measure(given.python.absolute(), Path(name), server)
    table = list(lines(found, _versions(given.python)))
    print("\n".join(table))
    if given.write_docs:
        page.write_block("peers", table, given.date)


if __name__ == "__main__":
    main()
