"""What the tests start is gone with them, also where they are killed."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_KILLED = """
import os, signal, sys
from tests.postgres_server import janitor
with janitor(sys.argv[1]):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_leaves_neither_server_nor_folder(tmp_path: Path) -> None:
    folder = tmp_path / "chipledger-pg-test"
    (folder / "data").mkdir(parents=True)
    with subprocess.Popen(["/bin/sleep", "600"]) as server:
        (folder / "data" / "postmaster.pid").write_text(f"{server.pid}\n/data\n")
        killed = [sys.executable, "-c", _KILLED, str(folder)]
        assert subprocess.run(killed, cwd=ROOT, check=False).returncode == -9
        assert server.wait(60) == -3
    while folder.exists():
        time.sleep(0.01)
