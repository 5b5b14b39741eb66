"""A disk that may lose, at a power cut, whatever was not waited for; in any part and any order.

What a program did is known call by call (tests/traced.py). Of a file, what was written before its
last fsync is kept; of what was written since, any sectors may be kept and the others not, and the
file may have grown without its bytes having arrived. Of a folder, the names made, moved and removed
before its last fsync are as they were left; each later change may have arrived or not, in any
order, whatever happened to the files. That is as little as POSIX promises: a real file system, with
its journal, keeps more. A rename is seen wholly or not at all.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

from tests.system_calls import SYNCS, TRANSFERS, Call

SECTOR = 512

Cut = Literal["nothing", "everything", "newest", "torn", "sizes", "some"]
"""What arrives of that which was not waited for: nothing, everything, of each file only the newest
write, everything but the end of the last write, sizes without bytes, or some sectors and names."""

CUTS: tuple[Cut, ...] = get_args(Cut)


@dataclass(slots=True)
class File:
    """What is surely on the disk, and what was done since: (place, bytes), or (size, None)."""

    safe: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def now(self) -> bytes:
        content = bytearray(self.safe)
        for place, data in self.since:
            _apply(content, place, data)
        return bytes(content)

    def synced(self) -> None:
        self.safe, self.since = self.now(), []

    def left(self, cut: Cut, chance: random.Random, *, last: bool) -> bytes:
        """Return what a power cut leaves; `last` says that the last write of all was to this."""
        content = bytearray(self.safe)
        for number, (place, data) in enumerate(self.since):
            newest = number == len(self.since) - 1
            if cut == "everything" or (cut == "newest" and newest):
                _apply(content, place, data)
            elif cut == "torn":
                whole = data is None or not (last and newest)
                _apply(content, place, data if whole or data is None else data[: len(data) // 2])
            elif cut == "sizes":
                size = place if data is None else max(len(content), place + len(data))
                _apply(content, size, None)
            elif cut == "some":
                _apply_some(content, place, data, chance)
        return bytes(content)


def _apply(content: bytearray, place: int, data: bytes | None) -> None:
    """Write bytes at a place, or make the file so long."""
    end = place if data is None else place + len(data)
    if end > len(content):
        content.extend(bytes(end - len(content)))
    if data is None:
        del content[place:]
    else:
        content[place:end] = data


def _apply_some(content: bytearray, place: int, data: bytes | None, chance: random.Random) -> None:
    if data is None:
        if chance.random() < 0.5:
            _apply(content, place, None)
        return
    start = 0
    while start < len(data):
        stop = min(len(data), start + SECTOR - (place + start) % SECTOR)
        if chance.random() < 0.5:
            _apply(content, place + start, data[start:stop])
        start = stop


@dataclass(slots=True)
class Folder:
    """The names that are surely on the disk, and what was done since: names to inodes or None."""

    safe: dict[str, int] = field(default_factory=dict)
    since: list[dict[str, int | None]] = field(default_factory=list)

    def now(self) -> dict[str, int]:
        return self.left("everything", random.Random(0))

    def synced(self) -> None:
        self.safe, self.since = self.now(), []

    def left(self, cut: Cut, chance: random.Random) -> dict[str, int]:
        names = dict(self.safe)
        for number, change in enumerate(self.since):
            arrives = {
                "nothing": False,
                "newest": number == len(self.since) - 1,
                "some": chance.random() < 0.5,
            }
            if not arrives.get(cut, True):
                continue
            for name, inode in change.items():
                names.pop(name, None)
                if inode is not None:
                    names[name] = inode
        return names


class ModelDisk:
    """A folder and what is under it, as a program's calls change it."""

    def __init__(self, top: Path) -> None:
        """Begin with what is in the folder now, all of it safe."""
        self._top = PurePosixPath(top)
        self._files: dict[int, File] = {}
        self._folders: dict[int, Folder] = {}
        self._last = 0
        self.said: list[str] = []
        self._root = self._take(top)

    def _take(self, path: Path) -> int:
        inode = path.stat().st_ino
        if path.is_dir():
            names = {one.name: self._take(one) for one in sorted(path.iterdir())}
            self._folders[inode] = Folder(names)
        else:
            self._files[inode] = File(path.read_bytes())
        return inode

    def do(self, call: Call) -> None:
        """Let a call happen."""
        if call.path.startswith("pipe:"):
            self.said += call.data.decode().splitlines()
        elif call.name in SYNCS:
            self._synced(call)
        elif call.name in TRANSFERS:
            self._files[call.inode].since.append((call.offset, call.data))
            self._last = call.inode
        elif call.name == "ftruncate":
            self._files[call.inode].since.append((call.offset, None))
        elif call.name in {"open", "openat"}:
            self._opened(call)
        else:
            self._renamed(call)

    def _synced(self, call: Call) -> None:
        (self._files.get(call.inode) or self._folders[self._inode(call.path)]).synced()

    def _opened(self, call: Call) -> None:
        if call.creates:
            self._files[call.inode] = File()
            self._change(call.path, call.inode)
        elif call.empties:
            self._files[call.inode].since.append((0, None))

    def _renamed(self, call: Call) -> None:
        """Make a folder, or take a name away, or move it."""
        if call.name.startswith("mkdir"):
            made = -len(self._folders)
            self._folders[made] = Folder()
            self._change(call.path, made)
        elif call.name.startswith("rename"):
            source, target = PurePosixPath(call.path), PurePosixPath(call.target)
            assert source.parent == target.parent, "a move from folder to folder is not modelled"
            change: dict[str, int | None] = {source.name: None, target.name: self._inode(call.path)}
            self._folders[self._inode(str(source.parent))].since.append(change)
        else:
            assert call.name in {"unlink", "unlinkat", "rmdir"}, f"{call.name} is not modelled"
            self._change(call.path, None)

    def _change(self, path: str, inode: int | None) -> None:
        place = PurePosixPath(path)
        self._folders[self._inode(str(place.parent))].since.append({place.name: inode})

    def _inode(self, path: str) -> int:
        """Return what a path names at present."""
        inode = self._root
        for name in PurePosixPath(path).relative_to(self._top).parts:
            inode = self._folders[inode].now()[name]
        return inode

    def cut(self, cut: Cut, chance: random.Random) -> "Left":
        """Return what is there after the power went now."""
        return Left(dict(self._left(self._root, PurePosixPath(), cut, chance)))

    def _left(
        self, inode: int, at: PurePosixPath, cut: Cut, chance: random.Random
    ) -> "Sequence[tuple[PurePosixPath, bytes | None]]":
        if inode in self._files:
            return [(at, self._files[inode].left(cut, chance, last=inode == self._last))]
        found: list[tuple[PurePosixPath, bytes | None]] = [(at, None)]
        for name, inner in self._folders[inode].left(cut, chance).items():
            if not name.endswith("-shm"):  # an index in memory; who opens the file makes it anew
                found += self._left(inner, at / name, cut, chance)
        return found


@dataclass(frozen=True, slots=True)
class Left:
    """What a power cut left: folders (None) and the bytes of files, by path."""

    content: dict[PurePosixPath, bytes | None]

    @classmethod
    def of(cls, top: Path) -> "Left":
        """Return what is in a folder now."""
        return cls(
            {
                PurePosixPath(path.relative_to(top)): None if path.is_dir() else path.read_bytes()
                for path in (top, *top.rglob("*"))
                if not path.name.endswith("-shm")
            }
        )

    def write(self, top: Path) -> None:
        """Put it into a folder that is not there yet."""
        for path, data in self.content.items():
            if data is None:
                (top / path).mkdir(mode=0o700)
            else:
                (top / path).write_bytes(data)
                (top / path).chmod(0o600)
