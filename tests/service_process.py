"""The submission service as a process, and somebody who signs events for it."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ledger.application import Ledger
from ledger.draft import Circumstances, Draft, Submission
from ledger.events.base import Signatory
from ledger.signing.keyfile import read_key
from ledger.signing.signer import MemorySigner, key_id
from tests.office import Office
from tests.test_history import batch

ROOT = Path(__file__).resolve().parent.parent

ENDS_WITH_US = "import ctypes; ctypes.CDLL(None).prctl(1, 9)"
"""What a process runs first that the kernel shall kill when its parent is gone, for whatever reason
(`PR_SET_PDEATHSIG`)."""


class Running:
    """A service process over an office's ledger.

    Attributes:
        process: it.
        url: where it answers.
        port: of this machine.
        spool: folder for what it keeps for a while; nothing of it has a name.
    """

    def __init__(self, office: Office, *options: str, before: str = "") -> None:
        """Start it and wait until it answers.

        Args:
            office: whose ledger it is.
            options: of the command.
            before: Python that runs first, to make its patience shorter.
        """
        self.spool = office.folder.parent / "spool"
        self.spool.mkdir(exist_ok=True)
        code = f"{ENDS_WITH_US}\n{before}\nfrom commands.main import main; main()"
        options = options or ("--rate", "100000")
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "-C", str(office.folder), "service", "--listen",
             "127.0.0.1:0", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.spool)},
        )  # fmt: skip
        assert self.process.stdout is not None
        with self.process.stdout as told:
            line = told.readline()
        assert "http://" in line
        self.url = line.split()[-1]
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def end(self, how: signal.Signals) -> int:
        """End it, and check that it left nothing behind."""
        self.process.send_signal(how)
        code = self.process.wait(60)
        assert not list(self.spool.iterdir())
        return code

    def megabytes(self) -> float:
        """Return the most memory that it ever had."""
        [line] = re.findall(
            r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text()
        )
        return int(line) / 1024


class Maker:
    """Signs batches away from the service."""

    def __init__(self, office: Office) -> None:
        """Read nvidia's key, and the ledger for what was seen of it."""
        key = next((office.folder / "keys").glob("nvidia*.key"))
        self.signer: MemorySigner = read_key(key, None)
        self._ledger = Ledger.open(office.place)
        self._lock = threading.Lock()

    def batch(self, name: str, **more: Any) -> Submission:
        """Return a signed event; `more` goes into its circumstances."""
        by = Signatory(party="nvidia", key=key_id(self.signer.public_key))
        return self.drafted(name, by, **more).sign(self.signer)

    def drafted(self, name: str, by: Signatory, **more: Any) -> Draft:
        """Return an event that is not signed yet."""
        with self._lock:
            around = Circumstances(**{"occurred": "2026-01-05", **more})
            return self._ledger.draft(batch(name), by, around)

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()
