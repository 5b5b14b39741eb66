"""A computer on which operations are run and cut short, and what they left is judged."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.aftermath import CASES
from tests.crash_victim import Victim
from tests.durable_case import Prepared
from tests.traced import Outcome, Plan

SEED = int(os.environ.get("CHIPLEDGER_SEED", "1"))
Property = Callable[[str, object], None]

_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of its own is made there
IN_MEMORY = _MEMORY if os.access(_MEMORY, os.W_OK) else None


class Machine:
    """Prepared folders, the program that does something to a copy of them, and that copy.

    It is in memory where there is room for files: what a test takes from a disk, or gives back, it
    takes from the calls, and a real disk would add waiting only.
    """

    def __init__(self, top: Path) -> None:
        self.prepared = Prepared(top / "prepared")
        self.victim = Victim()
        self.folder = top / "run"

    def clear(self) -> None:
        """Take away what the last operation left."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def lay_out(self, name: str) -> None:
        """Make a new copy of the folder on which an operation begins."""
        self.clear()
        shutil.copytree(self.prepared.top / CASES[name].start, self.folder)

    def run(self, name: str, plan: Plan) -> Outcome:
        """Do an operation under a plan on a new copy of its folder."""
        self.lay_out(name)
        return self.victim.run(name, self.folder, plan)

    def judge(self, name: str, said: Sequence[str], told: object) -> None:
        """Judge the folder as it is, after an operation that said so much; `told` is why."""
        try:
            CASES[name].judge(self.prepared, self.folder, said)
        except BaseException as error:
            error.add_note(f"{name}: {told}; it said {said}; seed {SEED}")
            raise


def machine() -> Iterator[Machine]:
    """Yield a machine; a fixture of the modules that use one."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        one = Machine(Path(folder))
        yield one
        one.victim.close()
