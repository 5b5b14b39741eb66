"""What the pages of one server stand on."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from commands.web.clocks import Clocks
from commands.web.counting import FindingsCache
from commands.web.following import Follower
from commands.web.later import Later
from commands.web.reading import About, Reading, reading
from commands.web.rechecking import Checker
from commands.web.token import Token
from ledger.reader import LogReader
from ledger.source import Source
from ledger.verify.report import Report
from projections.determination.tables import judging
from projections.packs.load import packs
from projections.view import View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Doors:
    """Who may come in.

    Attributes:
        token: what is demanded; None: whoever reaches this machine's own address.
        hosts: names by which browsers may call the server.
        tables: whether Datasette's own pages of the read models are open too.
        https: whether the server itself speaks TLS.
    """

    token: Token | None = None
    hosts: Collection[str] = ("localhost", "127.0.0.1", "[::1]")
    tables: bool = False
    https: bool = False


@dataclass(slots=True)
class Web:
    """What the pages of one server stand on.

    Attributes:
        log: the log, for entries and documents.
        about: what never changes of it.
        path: the file of read models.
        doors: who may come in.
        checker: checks the log again.
        follower: brings the read models up to the log; None for evidence, which does not grow.
        source: gives evidence to take away, or None where the log itself is evidence.
        audited: the report of the audit before, of evidence.
    """

    log: LogReader
    about: About
    path: Path
    doors: Doors
    checker: Checker
    follower: Follower | None = None
    source: Callable[[], Source] | None = None
    audited: Report | None = None
    downloads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="download")
    )
    findings: FindingsCache = field(init=False)
    later: Later = field(init=False)
    log_lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin with nothing found and nothing remembered."""
        self.later = Later(self.read_alone)
        self.findings = FindingsCache(self.read_alone)

    def read_alone(self, clocks: Clocks, work: Callable[[Reading], T]) -> T:
        """Return what `work` makes of the read models, by a connection for this once."""
        with View.open(self.path, readonly=True) as view:
            reader = judging(view.connection, packs(), self.about.zone)
            with reading(
                view.connection, reader, self.about, clocks, self.later, seconds=None
            ) as now:
                return work(now)

    def close(self) -> None:
        """End what goes on."""
        self.downloads.shutdown(wait=False, cancel_futures=True)
        self.findings.close()
        self.later.close()
