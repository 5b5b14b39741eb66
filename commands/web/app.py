"""The server's application: Datasette over the read models, everything of its own closed."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import DEFAULT_PLUGINS, pm

from commands.web import plugin
from commands.web.clocks import Clocks
from commands.web.reading import Reading, reading, shipped
from commands.web.visit import prepare
from commands.web.web import Web
from ledger.errors import Unavailable
from projections.determination.tables import judging
from projections.finding_rules import rules
from projections.packs.load import packs
from projections.questions import Reader

T = TypeVar("T")

TABLES = "tables"
THREADS = 3
_SETTINGS = {
    "default_allow_sql": False,
    "allow_download": False,
    "allow_facet": False,
    "suggest_facets": False,
    "allow_csv_stream": False,
    "num_sql_threads": THREADS,
    "sql_time_limit_ms": 2_000,
    "default_cache_ttl": 0,
}


class Pages(Datasette):  # type: ignore[misc]  # it brings no types
    """Datasette with what our plugin needs to know; the plugin leaves any other alone."""

    def __init__(self, web: Web) -> None:
        """Serve what `web` holds."""
        self.web = web
        self._file = 0
        self._times = 0
        self._packs = packs()
        self._readers: dict[sqlite3.Connection, Reader] = {}
        _leave_out_others()
        prepare()
        shipped()
        rules()
        super().__init__(files=[], settings=_SETTINGS, memory=False)
        self.remove_database("_memory")
        self._open(web.path)

    async def read(self, clocks: Clocks, work: Callable[[Reading], T]) -> T:
        """Return what `work` makes of the read models, in a thread and in one transaction.

        Raises:
            Unavailable: VIEW-FAILED, and whatever `reading` and `work` raise.
        """
        self._follow_file()
        database = self.databases[self._name]
        asked: Awaitable[T] = database.execute_fn(
            lambda connection: self._made(connection, clocks, work)
        )
        try:
            return await asked
        except sqlite3.Error as error:
            raise Unavailable(
                "VIEW-FAILED",
                f"the read models cannot be read: {error}",
                hint="look again in a moment; they may be in the making",
            ) from error

    def _made(
        self, connection: sqlite3.Connection, clocks: Clocks, work: Callable[[Reading], T]
    ) -> T:
        about = self.web.about
        reader = self._readers.get(connection)
        if reader is None:
            reader = self._readers[connection] = judging(connection, self._packs, about.zone)
        with reading(connection, reader, about, clocks, self.web.later) as now:
            return work(now)

    @property
    def _name(self) -> str:
        return f"{TABLES}-{self._times}"

    def _follow_file(self) -> None:
        """Open the file anew where another took its place, as after read models were reset."""
        try:
            file = self.web.path.stat().st_ino
        except FileNotFoundError:
            return  # between the old and the new
        if file != self._file:
            self._open(self.web.path)

    def _open(self, path: Path) -> None:
        if self._times:
            self.remove_database(self._name)
        self._times += 1
        self._file = path.stat().st_ino
        self.add_database(Database(self, str(path)), name=self._name, route=TABLES)


def _leave_out_others() -> None:
    """Let our plugin hook in, and none that happens to be installed beside Datasette."""
    for one in pm.get_plugins():
        if one is not plugin and getattr(one, "__name__", None) not in DEFAULT_PLUGINS:
            pm.unregister(one)
    if not pm.is_registered(plugin):
        pm.register(plugin, name="chipledger")


def application(pages: Pages) -> Any:
    """Return what an ASGI server runs."""
    return pages.app()
