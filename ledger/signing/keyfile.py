"""Keys in files: the only reading and writing in this package.

`NAME` holds the private key (mode 0600) and `NAME.pub` the public half, which an encrypted file
does not reveal. `pkcs8` says what is in them. No message, hint or repr here carries a secret.
"""

import os
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ledger.errors import Conflict, Malformed, Refused, Unavailable
from ledger.signing import pkcs8
from ledger.signing.ed25519 import check_public_key
from ledger.signing.signer import MemorySigner

KEY_FILE_SIZE_MAX: Final = 16 * 1024
PASSWORD_FILE_SIZE_MAX: Final = 4 * 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def public_path(path: Path) -> Path:
    """Return where the public half of the key in `path` is kept: `NAME.pub` beside it."""
    return path.parent / f"{path.name}.pub"  # `with_name` refuses paths without a name, such as /


def write_key(path: Path, signer: MemorySigner, passphrase: bytes | None) -> None:
    """Write a private key to a new file of mode 0600, durable when this returns.

    The passphrase is any number of bytes; None leaves the key in the clear, which only the ledger's
    own key (read by a process that nobody attends) and a demonstration may ask for.

    Raises:
        Conflict: KEY-FILE-EXISTS; a key is never written over.
        Malformed: PASSPHRASE-EMPTY.
        Unavailable: KEY-FILE-UNWRITABLE; no file is left behind.
    """
    _create(path, pkcs8.encode_private(signer, passphrase), mode=0o600)


def read_key(path: Path, passphrase: Callable[[], bytes] | None) -> MemorySigner:
    """Return the signer of a private key's file; `passphrase` is called only if it is encrypted.

    Raises:
        Unavailable: KEY-FILE-UNREADABLE.
        Refused: KEY-FILE-MODE (group or others may read or change it), PASSPHRASE-NEEDED or
            PASSPHRASE-WRONG.
        Malformed: TOO-LARGE, KEY-FILE-FORM, KEY-FILE-COST, KEY-FILE-DAMAGED or KEY-NOT-ED25519.
    """
    return pkcs8.decode_private(_read(path, forbidden=_OTHERS), passphrase, str(path))


def write_public(path: Path, public_key: bytes) -> None:
    """Write a raw public key of 32 bytes to a new file that everybody may read.

    Raises:
        Malformed: as `check_public_key`.
        Conflict: KEY-FILE-EXISTS.
        Unavailable: KEY-FILE-UNWRITABLE; no file is left behind.
    """
    check_public_key(public_key)
    _create(path, pkcs8.encode_public(public_key), mode=0o644)


def read_public(path: Path) -> bytes:
    """Return the 32 raw bytes of a public key's file; it may be enrolled.

    Raises:
        Unavailable: KEY-FILE-UNREADABLE.
        Malformed: TOO-LARGE, KEY-FILE-FORM, or as `check_public_key`.
    """
    public_key = pkcs8.decode_public(_read(path, forbidden=0), str(path))
    check_public_key(public_key)
    return public_key


def read_password_file(path: Path) -> bytes:
    """Return the first line of a file, at most 4 KiB, without its line end; a pipe will do.

    Raises:
        Unavailable: PASSWORD-FILE-UNREADABLE.
        Malformed: TOO-LARGE or PASSPHRASE-EMPTY.
    """
    try:
        with path.open("rb") as file:
            content = file.read(PASSWORD_FILE_SIZE_MAX + 1)
    except OSError as error:
        raise Unavailable(
            "PASSWORD-FILE-UNREADABLE",
            f"the passphrase cannot be read: {error.strerror}",
            where=str(path),
        ) from error
    if len(content) > PASSWORD_FILE_SIZE_MAX:
        raise _too_large(path, PASSWORD_FILE_SIZE_MAX)
    line = content.partition(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise Malformed(
            "PASSPHRASE-EMPTY",
            "the first line is empty",
            where=str(path),
            hint="put the passphrase on the first line",
        )
    return line


def _create(path: Path, content: bytes, *, mode: int) -> None:
    """Write a new file so that it and its name survive a power cut, or leave none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise Conflict(
            "KEY-FILE-EXISTS",
            "there is a file of this name, and a key is never written over",
            where=str(path),
            hint="choose another name, or move that file away",
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        sync_folder(path.parent)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk: a file's own sync need not keep its name.

    Raises:
        OSError: they may be lost with the power.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, *, forbidden: int) -> bytes:
    """Return a regular file's content, unless its mode has any of the forbidden bits."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise _unreadable(path, "it is not a regular file")
            if mode & forbidden:
                raise _open_to_others(path)
            content = os.read(descriptor, KEY_FILE_SIZE_MAX + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from error
    if len(content) > KEY_FILE_SIZE_MAX:
        raise _too_large(path, KEY_FILE_SIZE_MAX)
    return content


def _open_to_others(path: Path) -> Refused:
    return Refused(
        "KEY-FILE-MODE",
        "group or others may read or change this private key",
        where=str(path),
        hint=f"chmod 600 {shlex.quote(str(path))}",
    )


def _too_large(path: Path, size_max: int) -> Malformed:
    return Malformed("TOO-LARGE", f"the file has more than {size_max} bytes", where=str(path))


def _unreadable(path: Path, reason: str) -> Unavailable:
    return Unavailable("KEY-FILE-UNREADABLE", f"the key cannot be read: {reason}", where=str(path))


def _unwritable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        "KEY-FILE-UNWRITABLE", f"the key cannot be written: {error.strerror}", where=str(path)
    )
