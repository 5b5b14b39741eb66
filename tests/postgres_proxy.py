"""A socket between a program and its PostgreSQL server, where something happens after n bytes."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.postgres_server import OWNER, Server


class Proxy:
    """Passes bytes on, both ways, and counts them.

    Attributes:
        passed: bytes since `arm`, of both directions together.
    """

    def __init__(self, server: Server, folder: Path) -> None:
        self.passed = 0
        self._folder = folder
        self._server = server
        self._after: int | None = None
        self._act: Callable[[], None] = lambda: None
        self._counting = threading.Lock()
        self._open: list[socket.socket] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / f".s.PGSQL.{server.port}"))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: str) -> str:
        """Return a database's URL through here."""
        return f"postgresql://{OWNER}@/{database}?host={self._folder}&port={self._server.port}"

    def arm(self, after: int | None = None, act: Callable[[], None] = lambda: None) -> None:
        """Count anew, and when so many bytes have passed, do this, and lose all connections."""
        with self._counting:
            self.passed, self._after, self._act = 0, after, act

    def close(self) -> None:
        self._listening.close()
        self._cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(str(self._server.folder / f".s.PGSQL.{self._server.port}"))
                except OSError:  # it is down
                    client.close()
                    server.close()
                    continue
                self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                with self._counting:
                    left = len(data) if self._after is None else self._after - self.passed
                    now = 0 <= left <= len(data) and self._after is not None
                    data = data[: max(left, 0)] if now else data
                    self.passed += len(data)
                    target.sendall(data)
                    if now:
                        self._after = None
                        self._act()
                        self._cut()
                        return
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        """Shut all connections; what was on its way to either side is lost to it, or not."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open = []
