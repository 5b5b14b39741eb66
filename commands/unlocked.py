"""Keys that are kept unlocked for some hours: where they are asked, and what they answer.

Each has a process of its own (`key_agent`) and a socket in a folder that only its user may open,
named after the key. What it answers is checked: the signature must be of the key that was meant.
"""

import os
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from commands.key_agent import ANSWER_SECONDS, LENGTH, STATE_BYTES, received
from ledger.errors import Refused, Unavailable
from ledger.signing.ed25519 import verify
from ledger.signing.signer import PUBLIC_KEY_SIZE, SIGNATURE_SIZE, MemorySigner, key_id

_NAME_DIGITS = 16
_PATH_BYTES_MAX = 103
"""Of a socket, on the systems that allow the least (`sun_path`)."""


@dataclass(frozen=True, slots=True)
class UnlockedKey:
    """A key that another process keeps unlocked; it signs as one in memory does.

    Attributes:
        public_key: its 32 raw bytes.
        seconds_left: until it is locked again, when it was asked.
        path: the socket.
    """

    public_key: bytes
    seconds_left: int
    path: Path

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of these bytes, 64 bytes.

        Raises:
            Unavailable: KEY-LOCKED where the process has ended meanwhile.
            Refused: KEY-WILL-NOT-SIGN where it does not sign such bytes, or signs wrongly.
        """
        answer = _ask(self.path, b"s" + LENGTH.pack(len(message)) + message, SIGNATURE_SIZE)
        if answer is None:
            raise Unavailable(
                "KEY-LOCKED",
                f"the key {key_id(self.public_key)[:8]}… is no longer unlocked",
                hint="repeat the command: it asks for the passphrase",
            )
        if len(answer) != SIGNATURE_SIZE or not verify(self.public_key, message, answer):
            raise Refused(
                "KEY-WILL-NOT-SIGN",
                f"what keeps the key {key_id(self.public_key)[:8]}… unlocked did not sign",
                hint="`chipledger key lock`, then repeat the command",
            )
        return answer


def folder() -> Path:
    """Return the folder of the sockets; it need not be there.

    Raises:
        Refused: KEY-FOLDER-MODE where it is somebody else's, or others may open it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    parent = Path(runtime) if runtime else Path(tempfile.gettempdir())
    path = parent / ("chipledger" if runtime else f"chipledger-{os.geteuid()}")
    try:
        found = path.lstat()
    except FileNotFoundError:
        return path
    own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not own or found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(
            "KEY-FOLDER-MODE",
            "the folder for unlocked keys is not this user's alone",
            where=str(path),
            hint="remove it, or point XDG_RUNTIME_DIR to a folder of your own",
        )
    return path


def unlocked(public_key: bytes) -> UnlockedKey | None:
    """Return a key that is kept unlocked, or None.

    Raises:
        As `folder`.
    """
    if not hasattr(socket, "AF_UNIX"):
        return None
    found = _state(_socket_of(public_key))
    return found if found is not None and found.public_key == public_key else None


def all_unlocked() -> list[UnlockedKey]:
    """Return every key of this user that is kept unlocked, by name of its socket.

    Raises:
        As `folder`.
    """
    found = [_state(path) for path in sorted(folder().glob("*"))]
    return [one for one in found if one is not None]


def keep_unlocked(signer: MemorySigner, seconds: int, origin: str | None) -> UnlockedKey:
    """Start the process that keeps a key; where one keeps it already, that one ends.

    Raises:
        Unavailable: KEY-NOT-KEPT where the process does not start, or its socket's name would be
            too long for the system.
        As `folder`.
    """
    folder().mkdir(mode=0o700, exist_ok=True)
    path = _socket_of(signer.public_key)
    if len(os.fsencode(path)) > _PATH_BYTES_MAX:
        raise Unavailable(
            "KEY-NOT-KEPT",
            f"a socket's name has at most {_PATH_BYTES_MAX} bytes",
            where=str(path),
            hint="point XDG_RUNTIME_DIR to a folder of a shorter name",
        )
    _ask(path, b"x", 1)
    path.unlink(missing_ok=True)
    secret = signer.seed + (b"" if origin is None else f"{origin}\n".encode())
    subprocess.run(  # noqa: S603  this interpreter, and words of our own
        [sys.executable, "-m", "commands.key_agent", str(path), str(seconds)],
        input=secret,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    found = _state(path)
    if found is None:
        raise Unavailable(
            "KEY-NOT-KEPT",
            "the process that keeps the key did not start",
            where=str(path),
            hint="give the passphrase at each command, or with --password-file",
        )
    return found


def lock(key: UnlockedKey) -> None:
    """End the process that keeps a key; nothing more is signed when this returns."""
    _ask(key.path, b"x", 1)


def _socket_of(public_key: bytes) -> Path:
    return folder() / key_id(public_key)[:_NAME_DIGITS]


def _state(path: Path) -> UnlockedKey | None:
    answer = _ask(path, b"?", STATE_BYTES)
    if answer is None or len(answer) != STATE_BYTES:
        return None
    seconds = LENGTH.unpack(answer[PUBLIC_KEY_SIZE:])[0]
    return UnlockedKey(answer[:PUBLIC_KEY_SIZE], seconds, path)


def _ask(path: Path, question: bytes, size: int) -> bytes | None:
    """Return what a process answers, at most so many bytes; None where there is none."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(question)
            return received(connection, size)
        except OSError:
            return None
