"""SQLite's own file layer with a watcher in front: what it writes, syncs and removes is told first.

Reading, locking and shared memory stay SQLite's: its table of functions is copied, and only those
that change a file are replaced. So the database is the real one on real files, and the watcher may
see each call, refuse it with an error of the disk, or end the process that makes it.
"""

import ctypes
import ctypes.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, Self

NAME: Final = b"chipledger-simulator"
OK: Final = 0
IOERR: Final = 10
IOERR_WRITE: Final = IOERR | 3 << 8
IOERR_FSYNC: Final = IOERR | 4 << 8
IOERR_TRUNCATE: Final = IOERR | 6 << 8
IOERR_DELETE: Final = IOERR | 10 << 8
FULL: Final = 13
_CREATE: Final = 0x4
_NAMES_SYNCED: Final = 0x800 | 0x4000 | 0x80000
"""Of a journal, a super-journal or a write-ahead log the first sync is its folder's too."""

_Address = ctypes.c_void_p
_Int = ctypes.c_int
_Long = ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_Int, _Address, _Address, _Address, _Int, _Address)
_DELETE = ctypes.CFUNCTYPE(_Int, _Address, ctypes.c_char_p, _Int)
_CLOSE = ctypes.CFUNCTYPE(_Int, _Address)
_WRITE = ctypes.CFUNCTYPE(_Int, _Address, _Address, _Int, _Long)
_TRUNCATE = ctypes.CFUNCTYPE(_Int, _Address, _Long)
_SYNC = ctypes.CFUNCTYPE(_Int, _Address, _Int)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, third version, as far as it is looked into."""

    _fields_ = (
        ("version", _Int),
        ("file_size", _Int),
        ("path_max", _Int),
        ("next", _Address),
        ("name", ctypes.c_char_p),
        ("data", _Address),
        ("open", _Address),
        ("delete", _Address),
        ("others", _Address * 14),
    )


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`, third version."""

    _fields_ = (
        ("version", _Int),
        ("close", _Address),
        ("read", _Address),
        ("write", _Address),
        ("truncate", _Address),
        ("sync", _Address),
        ("others", _Address * 13),
    )


class Watcher(Protocol):
    """Who is asked before a call is made; anything but OK is SQLite's answer, without the call."""

    def opened(self, path: Path, *, made: bool) -> object:
        """Take notice of a file opened; return what the calls on it are told with."""
        ...

    def write(self, handle: object, offset: int, data: bytes) -> int:
        """Bytes are about to be written."""
        ...

    def truncate(self, handle: object, size: int) -> int:
        """A file is about to be cut."""
        ...

    def sync(self, handle: object, *, folder: bool) -> int:
        """A file, and where it is new its name, is about to be on the disk for good."""
        ...

    def delete(self, path: Path, *, folder: bool) -> int:
        """A file is about to be removed."""
        ...


def why_not() -> str:
    """Return why SQLite's file layer cannot be watched here; empty where it can."""
    try:
        _library()
    except (OSError, AttributeError) as error:  # pragma: no cover  where Python brings its own
        return f"SQLite is no library of its own here: {error}"
    return ""


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("sqlite3") or "libsqlite3.so.0")
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    return library


class Layer:
    """The watched file layer, every connection's while it is the default; a context manager."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._library = _library()
        self._base: Any = self._library.sqlite3_vfs_find(None)
        self._files: dict[int, tuple[Any, object, bool]] = {}
        self._tables: dict[int, tuple[Any, Any, Any]] = {}
        self._vfs = _Vfs()
        ctypes.memmove(ctypes.byref(self._vfs), self._base, ctypes.sizeof(_Vfs))
        self._open_base = _OPEN(self._base.contents.open)
        self._delete_base = _DELETE(self._base.contents.delete)
        self._callbacks: list[Any] = []
        self._vfs.name = NAME
        self._vfs.open = self._callback(_OPEN, self._open)
        self._vfs.delete = self._callback(_DELETE, self._delete)

    def __enter__(self) -> Self:
        self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        return self

    def __exit__(self, *_: object) -> None:
        assert not self._files, f"files are open still: {len(self._files)}"
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))
        self._library.sqlite3_vfs_register(self._base, 1)

    def _callback(self, kind: Any, function: Callable[..., int]) -> int | None:
        made = kind(function)
        self._callbacks.append(made)  # C holds no reference
        return ctypes.cast(made, _Address).value

    def _open(self, _: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        path = None if not name else Path(ctypes.string_at(name).decode())
        made = path is not None and bool(flags & _CREATE) and not path.exists()
        result = self._open_base(ctypes.cast(self._base, _Address).value, name, file, flags, out)
        if result == OK and path is not None:
            pointer = _Address.from_address(file)  # the first word of a file is its functions'
            assert pointer.value is not None
            handle = self._watcher.opened(path, made=made)
            self._files[file] = (
                self._tables_of(pointer.value),
                handle,
                made and bool(flags & _NAMES_SYNCED),
            )
            pointer.value = ctypes.addressof(self._tables[pointer.value][0])
        return int(result)

    def _tables_of(self, address: int) -> Any:
        """Return SQLite's functions for files of one kind, of which a watched copy is made."""
        if address not in self._tables:
            base = _Methods.from_address(address)
            copy = _Methods()
            ctypes.memmove(ctypes.byref(copy), ctypes.byref(base), ctypes.sizeof(_Methods))
            copy.close = self._callback(_CLOSE, self._close)
            copy.write = self._callback(_WRITE, self._write)
            copy.truncate = self._callback(_TRUNCATE, self._truncate)
            copy.sync = self._callback(_SYNC, self._sync)
            real = (
                _CLOSE(base.close),
                _WRITE(base.write),
                _TRUNCATE(base.truncate),
                _SYNC(base.sync),
            )
            self._tables[address] = (copy, base, real)
        return self._tables[address][2]

    def _close(self, file: int) -> int:
        (close, *_), _handle, _named = self._files.pop(file)
        return int(close(file))

    def _write(self, file: int, data: int, amount: int, offset: int) -> int:
        (_, write, *_), handle, _named = self._files[file]
        answer = self._watcher.write(handle, offset, ctypes.string_at(data, amount))
        return answer or int(write(file, data, amount, offset))

    def _truncate(self, file: int, size: int) -> int:
        (_, _, truncate, _), handle, _named = self._files[file]
        return self._watcher.truncate(handle, size) or int(truncate(file, size))

    def _sync(self, file: int, flags: int) -> int:
        real, handle, named = self._files[file]
        answer = self._watcher.sync(handle, folder=named)
        if answer == OK:
            answer = int(real[3](file, flags))
            self._files[file] = (real, handle, False)
        return answer

    def _delete(self, _: int, name: bytes, folder: int) -> int:
        path = Path(name.decode())
        answer = self._watcher.delete(path, folder=bool(folder)) if path.exists() else OK
        base = ctypes.cast(self._base, _Address).value
        return answer or int(self._delete_base(base, name, folder))
