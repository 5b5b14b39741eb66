"""Judge one evidence file in a process of its own, and print what that took as JSON.

python tests/bench/judge_file.py FILE FINGERPRINT WORKERS [LIBRARY]

LIBRARY is that of signatures: `cryptography` hides PyNaCl, from the worker processes too, which
begin with this file as well.
"""

import json
import re
import resource
import sys
import threading
from contextlib import suppress
from pathlib import Path
from time import sleep

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
if sys.argv[4:] == ["cryptography"]:
    sys.modules["nacl"] = None  # type: ignore[assignment]  # so that it cannot be imported

from ledger.evidence.reader import EvidenceSource
from ledger.signing.ed25519 import active_backend
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.verify.parallel import PARALLEL_FROM
from ledger.verify.report import Report
from tests.bench.figures import taken

_KIB = 1024


_peaks: list[int] = []


def watch() -> None:
    """Note the most memory of each child again and again, in KiB.

    What the system tells of children that ended counts the memory of this process, from which they
    were made, as theirs.
    """
    while True:
        for listed in Path("/proc/self/task").glob("*/children"):
            with suppress(OSError):
                for child in listed.read_text().split():
                    status = Path(f"/proc/{child}/status").read_text()
                    _peaks.extend(map(int, re.findall(r"VmHWM:\s*([0-9]+)", status)))
        _peaks[:] = [max(_peaks, default=0)]
        sleep(0.5)


def main(name: str, fingerprint: str, workers: str, library: str = "") -> None:
    """Audit the file and print seconds, processor seconds and bytes."""
    if library not in {"", active_backend().name}:
        raise SystemExit(f"signatures are checked by {active_backend().name}")
    reports: list[Report] = []

    def work() -> None:
        with EvidenceSource(Path(name)) as source:
            trust = Trust(fingerprint=bytes.fromhex(fingerprint))
            reports.append(audit(source, trust, workers=int(workers)))

    threading.Thread(target=watch, daemon=True).start()
    took = taken(work)
    [report] = reports
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The largest worker stands for each of them: more than they had together, never less. Those
    # that read the file in parts have ended when others judge.
    largest = max(_peaks, default=0)
    processes = int(workers) if report.size >= PARALLEL_FROM and int(workers) > 1 else 0
    found = {
        "verdict": report.verdict,
        "wall": took.wall,
        "cpu": took.cpu,
        "parent": own * _KIB,
        "worker": largest * _KIB if processes else 0,
        "memory": (own + processes * largest) * _KIB,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
