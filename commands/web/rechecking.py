"""Checks the log again, in a process of its own: an audit, then a fresh projection to compare.

Nothing here is a second opinion: it is this server's, of this server's ledger. What an auditor
relies on is evidence, judged elsewhere. It shows that what pages say still follows from the log.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ledger import canonical
from ledger.application import Ledger
from ledger.auditing import last_shown, open_for_audit
from ledger.entry import Event
from ledger.errors import LedgerError, Tampered
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.report import Report
from ledger.writing import system_clock
from projections.runner import catch_up
from projections.view import MEMORY, View

TOLD = "from the settings of the ledger's folder: compare it with what you were told"
_NICE = 10
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is, and of how much."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is checked.

    Attributes:
        ledger: the store's file.
        high_water: the operator's note of what was shown.
        view: the file of read models.
        fingerprint: of the ledger, as the folder's settings have it, hex.
    """

    ledger: Path
    high_water: Path
    view: Path
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """A check, done or under way.

    Attributes:
        began: when.
        ended: when, or None while it goes on.
        step: what it is doing.
        done: how much of that.
        whole: of how much.
        report: what the audit found, or None so far.
        models: what the comparison of the read models found, or None.
        problem: why it broke off, or None.
    """

    began: datetime
    ended: datetime | None = None
    step: str = "starting"
    done: int = 0
    whole: int = 0
    report: Report | None = None
    models: str | None = None
    problem: str | None = None


class Checker:
    """Runs one check at a time and remembers the newest that ended."""

    def __init__(self, place: Place | None) -> None:
        """Check a place; None: there is nothing that could be checked again."""
        self._place = place
        self._starts = threading.Lock()
        self.running: Recheck | None = None
        self.newest: Recheck | None = None

    @property
    def can(self) -> bool:
        """Whether there is anything to check again."""
        return self._place is not None

    def start(self) -> None:
        """Begin a check, unless one goes on."""
        with self._starts:
            if self.running is not None or self._place is None:
                return
            self.running = Recheck(system_clock())
            threading.Thread(target=self._follow, args=(self._place,), daemon=True).start()

    def _follow(self, place: Place) -> None:
        context = get_context("spawn")
        receive, send = context.Pipe(duplex=False)
        process = context.Process(target=check, args=(send, place), daemon=True)
        now = self.running or Recheck(system_clock())
        try:
            process.start()
            send.close()
            with contextlib.suppress(EOFError):
                while True:
                    self.running = now = _told(now, receive.recv())
            process.join()
        except OSError as error:
            now = replace(now, problem=f"the check could not be run: {error.strerror or error}")
        if now.report is None and now.problem is None:
            now = replace(now, problem="the check ended before it said anything")
        self.newest, self.running = replace(now, ended=system_clock()), None


def _told(now: Recheck, message: tuple[str, object, int, int]) -> Recheck:
    what, value, done, whole = message
    if what == "step":
        return replace(now, step=str(value), done=done, whole=whole)
    if what == "report" and isinstance(value, bytes):
        return replace(now, report=msgspec.json.decode(value, type=Report))
    if what == "models":
        return replace(now, models=str(value))
    return replace(now, problem=str(value))


def check(send: Connection, place: Place) -> None:
    """Audit a ledger, compare its read models, tell all of it; what a process of its own runs."""
    os.nice(_NICE)
    try:
        for message in messages(send, place):
            send.send(message)
    except LedgerError as error:
        send.send(("problem", f"{error.message} ({error.code})", 0, 0))
    finally:
        send.close()


def messages(send: Connection, place: Place) -> Iterator[tuple[str, object, int, int]]:
    """Yield what a check finds; progress goes out at once."""

    def progress(step: str, done: int, whole: int) -> None:
        send.send(("step", step, done, whole))

    trust = Trust(
        fingerprint=bytes.fromhex(place.fingerprint),
        fingerprint_from=TOLD,
        high_water=last_shown(place.high_water),
    )
    with open_for_audit(place.ledger) as source:
        report = audit(source, trust, progress=lambda *at: progress("reading entries", *at))
    yield "report", canonical.encode(report), 0, 0
    if report.verdict == "PASS":
        yield "models", compared(place, progress), 0, 0


def compared(place: Place, progress: Progress) -> str:
    """Return what a comparison of the read models with a fresh projection says.

    Raises:
        Tampered: VIEW-DIFFERS.
    """
    with View.open(place.view, readonly=True) as stored:
        stored.connection.execute("BEGIN")  # one moment, though the server goes on
        size = stored.position.next_idx
        progress("hashing the read models", 0, size)
        found = stored.view_hash(), stored.documents_hash()
        stored.connection.rollback()
    with Ledger.open(str(place.ledger)) as ledger, View.open(MEMORY) as fresh:
        catch_up(fresh, _Beginning(ledger, size), lambda *at: progress("projecting anew", *at))
        expected = fresh.view_hash(), fresh.documents_hash()
    if found != expected:
        raise Tampered(
            "VIEW-DIFFERS",
            f"the read models are not what the first {size:,} entries say:"
            f" {found[0][:16]}…, not {expected[0][:16]}…",
            where=str(place.view),
            hint="delete the file; it is built again from the log",
        )
    return f"equal to a fresh projection of {size:,} entries: {found[0]}"


class _Beginning:
    """The first entries of a ledger as a log to project."""

    def __init__(self, ledger: Ledger, size: int) -> None:
        self._ledger = ledger
        self.size = size
        self.origin = ledger.origin

    @property
    def zone(self) -> ZoneInfo:
        return self._ledger.zone

    def read(self, start: int, stop: int) -> Iterator[Event]:
        return self._ledger.read(start, min(stop, self.size))

    def holds(self, start: int, stop: int) -> Sequence[int]:
        return self._ledger.holds(start, min(stop, self.size))

    def document(self, sha256: str) -> bytes | None:
        return self._ledger.document(sha256)

    def root_at(self, size: int) -> bytes:
        return self._ledger.root_at(size)
