"""A PostgreSQL server of the tests' own: made for a session, with a fresh database for each test.

It listens on a socket in a folder of its own, where everybody is who they say, and on a free port
of this machine, where a role needs its password.
"""

import contextlib
import functools
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

OWNER = "ledger_owner"
PASSWORD = "a password of the tests"  # noqa: S105  it guards nothing
MISSING = "PostgreSQL is missing: apt-get install postgresql, pip install chipledger[postgres]"
TERMINATE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
LEAVES_NOTHING = {"dynamic_shared_memory_type": "mmap"}
"""What a killed server leaves is in its own folder, and goes with that."""

_QUICK = {
    "fsync": "off",  # no test cuts the power
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "5s",
    **LEAVES_NOTHING,
}


_NUMBERS = itertools.count()  # of databases: a standby has those of its primary


def programs() -> Path | None:
    """Return the folder of the newest server's programs, or None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: one.parts[-3])
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return None if on_path is None else Path(on_path).resolve().parent


class Server:
    """A running server.

    Attributes:
        folder: where its data and its socket are.
        port: where it listens on this machine.
    """

    def __init__(
        self,
        bin_: Path,
        folder: Path,
        settings: Mapping[str, str] = _QUICK,
        *,
        copy_of: "Server | None" = None,
    ) -> None:
        """Make its data, or a standby of another, and start it."""
        self.folder = folder
        self.port = _free_port()
        self._settings = settings
        self._bin = bin_
        self._process: subprocess.Popen[bytes] | None = None
        # initdb and the server refuse root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user, self._user)
        if copy_of is not None:
            self.follow(copy_of)
            return
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if self._user is not None:
            shutil.chown(secret, self._user, self._user)
        how = ["-A", "trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"]
        how += ["-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        how += ["--wal-segsize=1"]  # quick to copy and to make
        self._run("initdb", "-D", str(folder / "data"), *how)
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [f"-c{name}={value}" for name, value in self._settings.items()]
        where = ["-k", str(self.folder), "-h", "127.0.0.1", "-p", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.folder / "data"), *where, *settings],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
            )
        for _ in range(600):
            if self._ready():
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text(errors="replace"))

    def stop(self, *, immediately: bool = False) -> None:
        """Stop it: fast, or as a crash would."""
        if self._process is not None:
            self._process.send_signal(3 if immediately else 2)
            self._process.wait(60)
            self._process = None

    def kill(self) -> None:
        """End its first process at once, and wait until the others have noticed."""
        assert self._process is not None
        others = self.processes()
        self._process.kill()
        self._process.wait(60)
        self._process = None
        for _ in range(600):
            if not any(Path(f"/proc/{one}").exists() for one in others):
                return
            time.sleep(0.05)
        raise RuntimeError("a killed server's processes go on")

    def again(self) -> None:
        """Start it where it was killed or gave up, and wait until it has recovered."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        for _ in range(600):
            if self._ready():
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text(errors="replace"))

    def limit_files(self, process: int, size_max: int) -> None:
        """Let one of its processes write no file to beyond this many bytes."""
        self._run("prlimit", f"--pid={process}", f"--fsize={size_max}")

    def processes(self) -> list[int]:
        """Return the processes that its first one has started."""
        assert self._process is not None
        task = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(one) for one in task.read_text().split()]

    def follow(self, primary: "Server") -> None:
        """Become the standby of another server, with a fresh copy of its data."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        where = ["-h", str(primary.folder), "-p", str(primary.port), "-U", OWNER]
        how = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        self._run("pg_basebackup", "-D", str(self.folder / "data"), *where, *how)
        self.start()

    def url(self, database: str, role: str = OWNER) -> str:
        """Return a database's URL by the socket."""
        return f"postgresql://{role}@/{database}?host={self.folder}&port={self.port}"

    def url_by_port(self, database: str, role: str = OWNER) -> str:
        """Return a database's URL by the port, where a password is asked for."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def run(self, database: str, *statements: str) -> None:
        """Run statements as the owner."""
        import psycopg  # noqa: PLC0415  an extra

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for one in statements:
                connection.execute(one.encode())

    def ask(self, database: str, question: str) -> object:
        """Return the first value of the first row of an answer; None where there is no row."""
        import psycopg  # noqa: PLC0415  an extra

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            row = connection.execute(question.encode()).fetchone()
            return None if row is None else row[0]

    def database(self, like: str = "template1") -> str:
        """Make an empty database, or one like another, and return its name."""
        name = f"t{next(_NUMBERS)}"
        self._run_when_free(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def rename(self, database: str, name: str) -> None:
        """Give a database another name, whoever is connected."""
        self.run(database, TERMINATE)
        self.run("postgres", f"ALTER DATABASE {database} RENAME TO {name}")

    def drop(self, database: str) -> None:
        """Take a database away, whoever is connected."""
        self._run_when_free(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def _run_when_free(self, statement: str) -> None:
        """Run a statement for which nobody may be connected; a server waits five seconds only.

        On a machine with much to do whoever was sent away, or is tidying up, needs longer.
        """
        import psycopg  # noqa: PLC0415  an extra

        for left in reversed(range(12)):
            try:
                self.run("postgres", statement)
            except psycopg.errors.ObjectInUse:
                if not left:
                    raise
            else:
                return

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", OWNER, "-d", "postgres"]
        done = subprocess.run(
            [str(self._bin / "pg_isready"), "-q", *where], check=False, capture_output=True
        )
        return done.returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        own = self._bin / program
        subprocess.run(
            [str(own) if own.exists() else program, *arguments],
            check=True,
            capture_output=True,
            cwd=self.folder,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
        )


@contextlib.contextmanager
def running(settings: Mapping[str, str] = _QUICK) -> Iterator[Server]:
    """Run a server in a folder that is gone afterwards; skip where there is none to run."""
    bin_ = programs()
    if bin_ is None or not _psycopg_is_here():
        pytest.skip(MISSING)
    with folder_for_servers("chipledger-pg-") as folder:
        server = Server(bin_, folder, settings)
        try:
            yield server
        finally:
            server.stop()


_CLEAN_UP = """
    read -r _
    for data in "$1/data" "$1"/*/data; do
        pid=$(head -n 1 "$data/postmaster.pid")
        # a killed server leaves its number, which may be another program's by now
        runs() { [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$data")" ]; }
        runs && kill -QUIT "$pid"
        while runs; do sleep 0.05; done
    done
    rm -rf "$1"
"""


@contextlib.contextmanager
def folder_for_servers(prefix: str, top: Path | None = None) -> Iterator[Path]:
    """Yield a folder that is gone afterwards, with all servers whose data is in it.

    That is so even where these tests are killed: their end closes a pipe, and a process waits for
    that which outlives them.
    """
    with tempfile.TemporaryDirectory(prefix=prefix, dir=top) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the servers are another user's where this one is root
        with subprocess.Popen(
            ["/bin/sh", "-c", _CLEAN_UP, "janitor", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # however many are killed together
        ):
            yield folder


@functools.cache
def _psycopg_is_here() -> bool:
    try:
        import psycopg_pool  # noqa: F401, PLC0415  an extra
    except ImportError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
