"""The system calls by which a program uses files (x86-64), and what one of them is about.

A call is described while the process stands at it: paths are read from its memory, open files are
looked up in `/proc`.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

NAMES: Final = {
    0: "read", 1: "write", 17: "pread64", 18: "pwrite64", 19: "readv", 20: "writev",
    9: "mmap", 40: "sendfile", 72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync",
    76: "truncate", 77: "ftruncate", 2: "open", 82: "rename", 83: "mkdir", 84: "rmdir",
    86: "link", 87: "unlink", 4: "stat", 5: "fstat", 6: "lstat", 257: "openat",
    258: "mkdirat", 262: "newfstatat", 263: "unlinkat", 264: "renameat", 265: "linkat",
    285: "fallocate", 295: "preadv", 296: "pwritev", 316: "renameat2", 326: "copy_file_range",
}  # fmt: skip
TRANSFERS: Final = frozenset({"write", "pwrite64"})
SYNCS: Final = frozenset({"fsync", "fdatasync"})
_NOT_MODELLED: Final = frozenset(
    {"writev", "pwritev", "sendfile", "truncate", "link", "linkat", "fallocate", "copy_file_range"}
)
# Where a call has its path: the argument of the folder it is relative to (-1: none), of the path.
_PATHS: Final = {
    "open": (-1, 0), "stat": (-1, 0), "lstat": (-1, 0), "unlink": (-1, 0), "mkdir": (-1, 0),
    "rmdir": (-1, 0), "rename": (-1, 0), "truncate": (-1, 0), "link": (-1, 0),
    "openat": (0, 1), "newfstatat": (0, 1), "unlinkat": (0, 1), "mkdirat": (0, 1),
    "renameat": (0, 1), "renameat2": (0, 1), "linkat": (0, 1),
}  # fmt: skip
_SECOND_PATHS: Final = {"rename": (-1, 1), "renameat": (2, 3), "renameat2": (2, 3)}
_OPENS: Final = {"open": 1, "openat": 2}
_MMAP_PROTECTION, _MMAP_FLAGS, _MMAP_FILE = 2, 3, 4
_PROT_WRITE, _MAP_SHARED = 2, 1
_HERE = 2**64 - 100  # AT_FDCWD
_PATH_MAX = 4096


class Call(msgspec.Struct, frozen=True):
    """One system call on a file.

    Attributes:
        number: which call of the process it is, from 1.
        name: of the call.
        path: the file, or the folder that is synced.
        inode: the file's own number; 0 for a call that names a path.
        offset: where it writes, or the size that a truncation leaves.
        data: what it writes.
        target: the new path of a rename.
        creates: whether it made a file.
        empties: whether it opened a file to write it anew.
        changes: whether what is on the disk may be another afterwards, or surer.
    """

    number: int
    name: str
    path: str
    inode: int = 0
    offset: int = 0
    data: bytes = b""
    target: str = ""
    creates: bool = False
    empties: bool = False
    changes: bool = False

    def ended(self, pid: int, result: int) -> "Call":
        """Return it with what is known only when it has succeeded."""
        if self.name in _OPENS:
            inode = Path(f"/proc/{pid}/fd/{result}").stat().st_ino
            return msgspec.structs.replace(self, inode=inode)
        if self.name in TRANSFERS and result != len(self.data):
            return msgspec.structs.replace(self, data=self.data[:result])
        return self


def is_about(call: Call, kind: str) -> bool:
    """Say whether a fault of this kind can meet the call."""
    if kind == "short":
        return call.name in TRANSFERS and len(call.data) > 1
    if kind == "space":
        return call.creates or call.name in TRANSFERS | {"ftruncate", "rename", "mkdir"}
    return call.name != "fcntl"  # a lock is no matter of the disk


def describe(pid: int, memory: int, number: int, name: str, arguments: tuple[int, ...]) -> Call:
    """Return what a call that the process stands at is about; path "" if it is no file."""
    if name in _PATHS:
        folder, at = _PATHS[name]
        path = _named(pid, memory, arguments, folder, at)
        if path or name != "newfstatat":
            return _of_path(pid, memory, Call(number, name, path), arguments)
    file = arguments[_MMAP_FILE if name == "mmap" else 0]
    try:
        path = str(Path(f"/proc/{pid}/fd/{file}").readlink())
        inode = Path(f"/proc/{pid}/fd/{file}").stat().st_ino
    except OSError:
        return Call(number, name, "")
    return _of_file(pid, memory, Call(number, name, path, inode), arguments)


def _of_path(pid: int, memory: int, call: Call, arguments: tuple[int, ...]) -> Call:
    if call.name in _OPENS:
        flags = arguments[_OPENS[call.name]]
        there = os.path.lexists(call.path)
        creates = bool(flags & os.O_CREAT) and not there
        empties = bool(flags & os.O_TRUNC) and there
        return msgspec.structs.replace(
            call, creates=creates, empties=empties, changes=creates or empties
        )
    _refuse_what_is_not_modelled(call)
    target = ""
    if call.name in _SECOND_PATHS:
        target = _named(pid, memory, arguments, *_SECOND_PATHS[call.name])
    changes = call.name not in {"stat", "lstat", "newfstatat"}
    return msgspec.structs.replace(call, target=target, changes=changes)


def _of_file(pid: int, memory: int, call: Call, arguments: tuple[int, ...]) -> Call:
    if call.name in TRANSFERS:
        data = os.pread(memory, arguments[2], arguments[1])
        offset = arguments[3] if call.name == "pwrite64" else _end_of_writing(pid, arguments[0])
        return msgspec.structs.replace(call, offset=offset, data=data, changes=True)
    if call.name == "ftruncate":
        return msgspec.structs.replace(call, offset=arguments[1], changes=True)
    if call.name == "mmap":
        shared = arguments[_MMAP_FLAGS] & _MAP_SHARED
        if shared and arguments[_MMAP_PROTECTION] & _PROT_WRITE and not call.path.endswith("-shm"):
            raise RuntimeError(f"{call.path} is written through memory, which is not modelled")
    _refuse_what_is_not_modelled(call)
    return msgspec.structs.replace(call, changes=call.name in SYNCS)


def _refuse_what_is_not_modelled(call: Call) -> None:
    if call.name in _NOT_MODELLED and call.path.startswith("/") and "pipe:" not in call.path:
        raise RuntimeError(f"{call.name} of {call.path} is not modelled")


def _end_of_writing(pid: int, file: int) -> int:
    """Return where `write` puts its bytes."""
    lines = Path(f"/proc/{pid}/fdinfo/{file}").read_text(encoding="ascii").splitlines()
    fields = dict(line.split(":\t") for line in lines if ":\t" in line)
    if int(fields["flags"], 8) & os.O_APPEND:
        return Path(f"/proc/{pid}/fd/{file}").stat().st_size
    return int(fields["pos"])


def _named(pid: int, memory: int, arguments: tuple[int, ...], folder: int, at: int) -> str:
    text = _text(memory, arguments[at])
    if text.startswith("/") or not text:
        return text
    start = arguments[folder] if folder >= 0 else _HERE
    place = "cwd" if start & 0xFFFFFFFF == _HERE & 0xFFFFFFFF else f"fd/{start}"
    return str(Path(f"/proc/{pid}/{place}").readlink() / text)


def _text(memory: int, address: int) -> str:
    """Return the text that ends with a zero byte; read by pages, for the next may not be there."""
    found = b""
    while len(found) < _PATH_MAX:
        room = _PATH_MAX - (address + len(found)) % _PATH_MAX
        found += os.pread(memory, room, address + len(found))
        if b"\0" in found:
            break
    return os.fsdecode(found.partition(b"\0")[0])
