"""The disk of the simulated machine: what reached it, what fails, who is dead, when the power goes.

Files are real and lie in one folder; each call that changes one passes by here, from SQLite's file
layer (vfs.py) and from the high-water file. `tests.model_disk` keeps what of it is surely there.
Several processes may share the disk: a killed one changes nothing any more, what it wrote before
stays. After a power cut nobody changes anything until `restart`.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from tests.model_disk import CUTS, Cut, Left, ModelDisk
from tests.simulator.vfs import (
    FULL,
    IOERR_DELETE,
    IOERR_FSYNC,
    IOERR_TRUNCATE,
    IOERR_WRITE,
    OK,
    Layer,
)
from tests.system_calls import Call

Kind = Literal["io", "full", "kill", "power"]
_FAILURES = {
    "pwrite64": IOERR_WRITE,
    "ftruncate": IOERR_TRUNCATE,
    "fsync": IOERR_FSYNC,
    "unlink": IOERR_DELETE,
}


@dataclass(slots=True)
class Trouble:
    """What happens at a call: an error of the disk, once or from then on; or an end.

    Attributes:
        kind: of it.
        after: so many calls go well before.
        lasting: whether an error stays.
        cut: of what was not waited for, what a power cut leaves.
        met: whether the call has come.
    """

    kind: Kind
    after: int
    lasting: bool = False
    cut: Cut = "nothing"
    met: bool = False


@dataclass(frozen=True, slots=True)
class _Handle:
    """An open file."""

    process: str
    path: Path
    inode: int


class Disk:
    """One folder, and the processes that use it. It is the watcher of `Layer`."""

    def __init__(self, top: Path, chance: Random) -> None:
        self.top = top
        self.calls = 0
        self.trouble: Trouble | None = None
        self.layer = Layer(self)
        self._chance = chance
        self._process = "desk"
        self._dead: set[str] = set()
        self._left: Left | None = None
        self._model = ModelDisk(top)

    # --- who is there -------------------------------------------------------------------------

    @contextmanager
    def acting(self, process: str) -> Iterator[None]:
        """Let what is opened and called meanwhile be of a process."""
        before, self._process = self._process, process
        try:
            yield
        finally:
            self._process = before

    @contextmanager
    def in_trouble(self, trouble: Trouble) -> Iterator[None]:
        """Let something happen to the calls made meanwhile."""
        self.trouble = trouble
        try:
            yield
        finally:
            self.trouble = None

    def is_dead(self, process: str) -> bool:
        """Say whether a process was killed, or the power is off."""
        return self._left is not None or process in self._dead

    @property
    def is_off(self) -> bool:
        """Whether the power is off."""
        return self._left is not None

    def kill(self, process: str) -> None:
        """End a process: from now on none of its calls is made."""
        self._dead.add(process)

    def bury(self, process: str) -> None:
        """Let the name of a killed process be another's; its files must be closed."""
        self._dead.discard(process)

    def cut_power(self, cut: Cut) -> None:
        """Switch off."""
        self._left = self._model.cut(cut, self._chance)

    def restart(self) -> None:
        """Switch on again, with what is left; every file must be closed."""
        if self._left is not None:
            self.empty()
            for path, data in self._left.content.items():
                if data is not None:
                    (self.top / path).write_bytes(data)
                    (self.top / path).chmod(0o600)
            self._left = None
        self._dead.clear()
        self.look_again()

    def empty(self) -> None:
        """Take every file away."""
        for path in self.top.iterdir():
            path.unlink()

    def put(self, files: Path) -> None:
        """Put copies of the files of another folder in the place of all; none must be open."""
        self.empty()
        for path in sorted(files.iterdir()):
            shutil.copyfile(path, self.top / path.name)
        self.look_again()

    def look_again(self) -> None:
        """Take what is in the folder now as being on the disk for good."""
        self._model = ModelDisk(self.top)

    # --- what SQLite tells --------------------------------------------------------------------

    def opened(self, path: Path, *, made: bool) -> object:
        """Take notice of a file opened."""
        if path.parent != self.top:
            return None
        inode = path.stat().st_ino
        if made and not self.is_dead(self._process):
            self._model.do(Call(self.calls, "open", str(path), inode, creates=True))
        return _Handle(self._process, path, inode)

    def write(self, handle: object, offset: int, data: bytes) -> int:
        """Bytes are about to be written."""
        return self._happen(handle, "pwrite64", offset, data)

    def truncate(self, handle: object, size: int) -> int:
        """A file is about to be cut."""
        return self._happen(handle, "ftruncate", size)

    def sync(self, handle: object, *, folder: bool) -> int:
        """A file, and its name where it is new, is about to be on the disk for good."""
        answer = self._happen(handle, "fsync")
        if answer == OK and folder and isinstance(handle, _Handle):
            self._model.do(Call(self.calls, "fsync", str(self.top)))
        return answer

    def delete(self, path: Path, *, folder: bool) -> int:
        """A file is about to be removed."""
        if path.parent != self.top:
            return OK
        answer = self._happen(_Handle(self._process, path, 0), "unlink")
        if answer == OK and folder:
            self._model.do(Call(self.calls, "fsync", str(self.top)))
        return answer

    def _happen(self, handle: object, name: str, offset: int = 0, data: bytes = b"") -> int:
        """Let a call happen in the model, or answer why it does not happen at all."""
        if not isinstance(handle, _Handle):
            return OK
        failure = _FAILURES[name]
        if self.is_dead(handle.process):
            return failure
        self.calls += 1
        call = Call(self.calls, name, str(handle.path), handle.inode, offset, data)
        trouble = self.trouble
        if trouble is not None and handle.process == self._process:
            trouble.after -= 1
            if trouble.after < 0 and (trouble.lasting or not trouble.met):
                trouble.met = True
                return self._strike(trouble, call, handle.process)
        self._model.do(call)
        return OK

    def _strike(self, trouble: Trouble, call: Call, process: str) -> int:
        if trouble.kind == "full":
            return FULL if call.name == "pwrite64" else _FAILURES[call.name]
        if trouble.kind == "power":
            self._model.do(call)  # it was on its way
            self.cut_power(trouble.cut)
        elif trouble.kind == "kill":
            self.kill(process)
        return _FAILURES[call.name]

    # --- what the high-water file's functions tell --------------------------------------------

    def system(self) -> "System":
        """Return what stands for the module `os` where files are written without SQLite."""
        return System(self)

    def file_opened(self, path: Path, inode: int, *, made: bool) -> object:
        """As `opened`, of a file that is open already; see `System`."""
        if path.parent != self.top:
            return None
        if made and not self.is_dead(self._process):
            self._model.do(Call(self.calls, "open", str(path), inode, creates=True))
        return _Handle(self._process, path, inode)


class System:
    """The module `os`, for one that writes files itself: its writes pass by the disk."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._handles: dict[int, object] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        """As `os.open`."""
        made = not path.exists()
        descriptor = os.open(path, flags, mode)
        inode = os.fstat(descriptor).st_ino
        self._handles[descriptor] = self._disk.file_opened(path, inode, made=made)
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        """As `os.write`, at the end of the file."""
        offset = os.fstat(descriptor).st_size
        self._ask(self._disk.write(self._handles[descriptor], offset, data))
        return os.write(descriptor, data)

    def ftruncate(self, descriptor: int, size: int) -> None:
        """As `os.ftruncate`."""
        self._ask(self._disk.truncate(self._handles[descriptor], size))
        os.ftruncate(descriptor, size)

    def close(self, descriptor: int) -> None:
        """As `os.close`."""
        del self._handles[descriptor]
        os.close(descriptor)

    @staticmethod
    def _ask(answer: int) -> None:
        if answer != OK:
            number = errno.ENOSPC if answer == FULL else errno.EIO
            raise OSError(number, os.strerror(number))


def some_cut(chance: Random) -> Cut:
    """Return one way in which a power cut leaves files."""
    return chance.choice(CUTS)
