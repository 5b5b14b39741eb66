"""One seed's world: a machine with a ledger, the people around it, and what they remember.

Everything that happens is drawn from the seed: what is done, when, with which ids, and where the
disk fails. Nothing is read from the wall clock.
"""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Self

import pytest

from commands.witness.state import WitnessState
from commands.witness.witness import Witness
from ledger.application import Ledger
from ledger.authority import public_key
from ledger.draft import Draft, Submission
from ledger.errors import LedgerError
from ledger.events.base import (
    EventData,
    PublicKey,
    Signatory,
    Statement,
    Target,
    new_id,
    signatories,
)
from ledger.log.cosignature import Cosigner
from ledger.occurred import parse_recorded
from ledger.signing import ed25519
from ledger.signing.signer import MemorySigner
from ledger.trust import Trust
from ledger.trust.audit_record import AuditRecord
from ledger.writing import CLOCK_BEHIND_MAX, Writing
from tests.harness import ORIGIN, START, signatory, signer_of
from tests.simulator.disk import Disk
from tests.simulator.memory import Memory, Sending
from tests.simulator.start import HIGH_WATER, LEDGER, Starts, machine_time
from tests.simulator.stories import CAST, OPERATOR, Saying, story

WITNESS = "witness.example/w1"
BEGIN = START + timedelta(days=30)
_DEMONSTRATION, _TALL, _WILD, _VIEWED = 0.3, 0.05, 0.3, 0.2


_flaw = lru_cache(ed25519._flaw)
"""Whether 32 bytes are a sound key follows from them alone, and costs most of a short audit."""


class Wrong(AssertionError):  # noqa: N818  as its base
    """A promise is broken."""


def require(holds: object, what: str) -> None:
    """Insist on a promise."""
    if not holds:
        raise Wrong(what)


class World:
    """The state of a simulation; a context manager.

    Attributes:
        chance: what is drawn from the seed.
        home: folder of the ledger, on the simulated disk.
        away: folder of what lies elsewhere: backups, the published log, the witness.
        wild: whether people also take back and alter what others built on.
        viewed: whether read models are kept.
        now: the machine's clock.
        memory: what was answered and shown.
        waiting: what was sent and not answered yet.
        trace: a line for each step.
    """

    def __init__(self, seed: int, starts: Starts, top: Path) -> None:
        self.seed = seed
        self.chance = Random(f"chipledger simulator {seed}")
        chance = self.chance
        self.home, self.away = top / "home", top / "away"
        self.home.mkdir()
        self.away.mkdir()
        self.demonstration = chance.random() < _DEMONSTRATION
        self.tall = chance.random() < _TALL
        self.wild = chance.random() < _WILD
        self.viewed = chance.random() < _VIEWED and not self.tall
        self.story: list[Saying] = list(story(chance.randrange(2**16)))
        purpose = "demonstration" if self.demonstration else "record"
        starts.put("demonstration" if purpose == "demonstration" else "record", self.home,
                   tall=self.tall)  # fmt: skip
        self.now, self.tick = BEGIN, timedelta(seconds=1)
        self.keys = {name: name for name in (*CAST, OPERATOR)}
        self.ledger_keys = ["ledger"]
        self.handed_over = {0: "ledger"}
        self.stolen: list[tuple[str, str]] = []
        self.targets: dict[str, Target] = {}
        self.told: list[tuple[str, Target]] = []
        self.waiting: list[Sending] = []
        self.memory = Memory()
        self.trace: list[str] = []
        self.public = self.away / "public"
        self.published = 0
        self.witnessed = 0
        self.backups: list[tuple[Path, int]] = []
        self.lost_targets: set[str] = set()
        self.verified: set[bytes] = set()
        self.record: AuditRecord | None = None
        self._open: dict[str, Ledger] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        stack = self._stack
        stack.enter_context(machine_time(self.clock))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        self.disk = Disk(self.home, self.chance)
        patch.setattr("ledger.store.highwater.os", self.disk.system())
        patch.setattr("ledger.signing.ed25519._flaw", _flaw)
        stack.enter_context(self.disk.layer)
        stack.callback(self.close_all)
        self.cosigner = Cosigner(WITNESS, self.witness_key.public_key)
        self._state = WitnessState.create(self.away / "witness", self.cosigner)
        self.open()
        self.memory.begin(self.ledger)
        return self

    def __exit__(self, *failure: object) -> None:
        self._stack.__exit__(None, None, None)

    # --- the machine --------------------------------------------------------------------------

    @property
    def ledger(self) -> Ledger:
        """The ledger as the desk has it open."""
        return self._open["desk"]

    def ledger_of(self, process: str) -> Ledger:
        """The ledger as a process has it open."""
        return self._open[process]

    def writing(self, key: str) -> Writing:
        """Return what writing with one of the ledger's keys needs."""
        return Writing(
            signer=signer_of(key),
            high_water=self.home / HIGH_WATER,
            clock=self.clock if self.demonstration else None,
            installation="simulator",
        )

    def open(self, process: str = "desk") -> Ledger:
        """Open the ledger for writing, in a process."""
        with self.disk.acting(process):
            self._open[process] = self._opened()
        return self._open[process]

    def _opened(self) -> Ledger:
        """Open the ledger with its newest key; that may be one whose rotation is not answered."""
        place, last = str(self.home / LEDGER), self.ledger_keys[-1]
        following = [one.new_key for one in self.waiting if one.new_key is not None]
        try:
            return Ledger.open(place, self.writing(last))
        except LedgerError as error:
            if error.code != "LEDGER-KEY" or not following:
                raise
        return Ledger.open(place, self.writing(following[-1]))

    def close(self, process: str = "desk") -> None:
        """Close a process's ledger; on a disk that gives nothing the process just ends."""
        with self.disk.acting(process):
            try:
                self._open.pop(process).close()
            except LedgerError:
                require(self.disk.is_dead(process), "a ledger cannot be closed")

    def close_all(self) -> None:
        """Close every process's ledger."""
        for process in sorted(self._open):
            self.close(process)

    def is_open(self, process: str) -> bool:
        """Say whether a process has the ledger open."""
        return process in self._open

    @contextmanager
    def maintenance(self) -> Iterator[Path]:
        """Let the ledger be closed meanwhile, and its files be as they were afterwards.

        Yields:
            A copy of the files.
        """
        self.close_all()
        kept = self.away / "kept"
        shutil.copytree(self.home, kept)
        yield kept
        self.disk.put(kept)
        shutil.rmtree(kept)
        self.open()

    def clock(self) -> datetime:
        """Return what the machine's clock says; it moves on between steps."""
        return self.now

    def set_clock(self, kind: str, much: float) -> None:
        """Set the clock: ahead or back by a part of what is usual, or let it stop."""
        self.tick = timedelta(seconds=0 if kind == "stopped" else 1)
        newest = self.newest()
        moves = {
            "ahead": timedelta(days=60 * much),
            "back": -CLOCK_BEHIND_MAX * much,
            "far back": -timedelta(days=90 * much) - CLOCK_BEHIND_MAX,
            "right": timedelta(seconds=1),
        }
        if kind in moves:
            self.now = newest + moves[kind]
        self.note(f"  {kind}: {self.now.isoformat()}")

    def newest(self) -> datetime:
        """Return when the newest entry was recorded."""
        ledger = self.ledger
        return parse_recorded(ledger.event(ledger.size - 1).entry.recorded_at)

    def clock_is_behind(self) -> bool:
        """Say whether nothing may be recorded, as the clock is behind the log."""
        return not self.demonstration and self.newest() - self.now > CLOCK_BEHIND_MAX

    # --- people -------------------------------------------------------------------------------

    @property
    def witness_key(self) -> MemorySigner:
        """The witness's key."""
        return signer_of("witness")

    def witness(self) -> Witness:
        """Return the witness, as a process that just began."""
        keys = [(ORIGIN, signer_of(name).public_key) for name in self.ledger_keys]
        return Witness(self._state, self.witness_key, keys, self.now.timestamp)

    def trust(self, **more: object) -> Trust:
        """Return what an auditor who knows this ledger brings."""
        return Trust(fingerprint=self.memory.fingerprint, **more)  # type: ignore[arg-type]  # by name

    def next_id(self) -> str:
        """Return a new event's id."""
        return new_id(self.now, self.chance.randbytes(10))

    def statement(self, data: EventData, by: str, *others: str, **given: object) -> Statement:
        """Return what parties are to sign with their present keys."""
        signing = [signatory(one, self.keys[one]) for one in (by, *others)]
        return self.statement_of(data, signing, **given)

    def statement_of(
        self, data: EventData, signing: Sequence[Signatory], **given: object
    ) -> Statement:
        """Return what these signatories are to sign."""
        usual: dict[str, object] = {"occurred": "2026-02-04", "basis": "first_party"}
        return Statement(
            ledger=ORIGIN,
            id=self.next_id(),
            type=f"{type(data).__name__}.v1",
            asserted_by=signing[0].party,
            signatories=signatories(*signing),
            seen=self.ledger.seen(),
            data=data,
            **(usual | given),  # type: ignore[arg-type]  # by name
        )

    def signed(
        self, statement: Statement, *keys: str, documents: tuple[bytes, ...] = ()
    ) -> Submission:
        """Sign with the present keys of the signatories, or with those named."""
        names = keys or tuple(self.keys[one.party] for one in statement.signatories)
        return Draft(statement, documents).sign(*map(signer_of, names))

    def target_of(self, submission: Submission) -> Target:
        """Return what later statements name a submission by."""
        payload = submission.envelope.statement_bytes()
        return Target(
            id=Memory.id_of(submission), payload_sha256=hashlib.sha256(payload).hexdigest()
        )

    @staticmethod
    def public_key(name: str) -> PublicKey:
        """Return a key as events carry it."""
        return public_key(signer_of(name).public_key, "desk")

    def note(self, line: str) -> None:
        """Write a line of the trace."""
        self.trace.append(line)
