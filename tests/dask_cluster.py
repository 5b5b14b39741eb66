"""A Dask cluster on this machine: a scheduler and workers, each a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.service_process import ENDS_WITH_US

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Running:
    """A scheduler and its workers.

    Attributes:
        file: where the scheduler writes its address.
        processes: the scheduler, then its workers.
        settings: more environment variables of theirs.
        address: of the scheduler.
    """

    file: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    settings: Mapping[str, str] = field(default_factory=dict)
    address: str = ""

    def start(self, workers: int, *where: str) -> None:
        """Start a scheduler and so many workers, and wait for its address."""
        self._start("dask_scheduler", *(where or ("--host", "127.0.0.1", "--port", "0")))
        for _ in range(workers):
            self.worker()
        while not self.file.exists() or not self.file.read_bytes():
            assert self.processes[0].poll() is None
            time.sleep(0.05)
        self.address = json.loads(self.file.read_bytes())["address"]

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start a worker of one thread."""
        return self._start("dask_worker", "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1")

    def end(self) -> None:
        """End all of them."""
        for process in self.processes:
            process.kill()
            process.wait()

    def _start(self, module: str, *more: str) -> "subprocess.Popen[bytes]":
        code = f"{ENDS_WITH_US}; from distributed.cli.{module} import main; main()"
        command = [sys.executable, "-W", "ignore", "-c", code]
        named = ("--scheduler-file", str(self.file), "--no-dashboard", *more)
        started = subprocess.Popen(
            [*command, *named],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(ROOT), **self.settings},
        )
        self.processes.append(started)
        return started
