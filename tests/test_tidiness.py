"""What the tests start is gone with them, also where they are killed."""

import subprocess
import sys
import time
from pathlib import Path

from tests.office import Office

ROOT = Path(__file__).resolve().parent.parent

_SERVERS = """
import os, signal, sys
from pathlib import Path
from tests.postgres_server import folder_for_servers
with folder_for_servers("chipledger-pair-", Path(sys.argv[1])) as folder:
    for name in ("one", "two", "gone"):
        (folder / name / "data").mkdir(parents=True)
    print(folder, flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)
"""
_SERVICE = """
import os, signal, sys
from pathlib import Path
from tests.office import Office
from tests.service_process import Running
print(Running(Office(Path(sys.argv[1]))).process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def sleeping(folder: Path) -> "subprocess.Popen[bytes]":
    """Stand for a server: a process whose folder is that of its data."""
    return subprocess.Popen(["/bin/sleep", "600"], cwd=folder)


def test_a_killed_run_leaves_neither_servers_nor_folder(tmp_path: Path) -> None:
    """The number in the third folder is another program's by now: that goes on."""
    run = [sys.executable, "-c", _SERVERS, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(run, cwd=ROOT, text=True, **pipes) as killed:  # type: ignore[call-overload]
        folder = Path(killed.stdout.readline().strip())
        servers = [sleeping(folder / name / "data") for name in ("one", "two")]
        other = sleeping(tmp_path)
        for name, one in zip(("one", "two", "gone"), (*servers, other), strict=True):
            (folder / name / "data" / "postmaster.pid").write_text(f"{one.pid}\n/data\n")
        killed.communicate("now\n")
    assert killed.returncode == -9
    assert [one.wait(60) for one in servers] == [-3, -3]
    while folder.exists():
        time.sleep(0.01)
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_killed_run_leaves_no_service(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "desk")
    run = [sys.executable, "-c", _SERVICE, str(office.folder)]
    done = subprocess.run(run, cwd=ROOT, text=True, check=False, stdout=subprocess.PIPE)
    assert done.returncode == -9
    process = Path(f"/proc/{int(done.stdout)}/cmdline")
    while process.exists() and process.read_bytes():  # nothing where nobody waits for its end
        time.sleep(0.01)
