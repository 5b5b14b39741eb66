"""A process that keeps one key unlocked for some hours, and signs for those who are its own user.

    python -m commands.key_agent SOCKET SECONDS

The 32 secret bytes come through its standard input, then the line that it signs notes under, or an
empty one where it signs statements. It holds the key in memory only, answers on a Unix socket that
nobody else may open, and signs nothing but what this program makes: DSSE payloads of the types
`application/vnd.chipledger.*`, or notes of one origin (design section 8).

| asked | answered |
|---|---|
| `?` | public key, 32 bytes, then the seconds that are left, 4 bytes |
| `s`, length (4 bytes), message | signature, 64 bytes, or nothing where it does not sign that |
| `x` | `x`, and it ends |
"""

import os
import re
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from ledger.signing.signer import PUBLIC_KEY_SIZE, SEED_SIZE, MemorySigner

MESSAGE_BYTES_MAX = 128 * 1024
ORIGIN_BYTES_MAX = 1024
ANSWER_SECONDS = 5.0
"""How long somebody who asks may take."""
LENGTH = struct.Struct(">I")
STATE_BYTES = PUBLIC_KEY_SIZE + LENGTH.size

_STATEMENT = re.compile(rb"DSSEv1 [0-9]{1,3} application/vnd\.chipledger\.")
_LOOK_AGAIN_SECONDS = 30.0
_CREDENTIALS = struct.Struct("3i")


def now() -> float:
    """Return seconds of a clock that runs on while the machine sleeps, where there is one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def received(connection: socket.socket, size: int) -> bytes:
    """Return so many bytes; fewer where the other side ended."""
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            break
        data += part
    return data


class Agent:
    """One key until a moment, behind one socket."""

    def __init__(self, signer: MemorySigner, origin: bytes, ends: float) -> None:
        """Sign notes that begin with this line, or statements where it is empty."""
        self._signer = signer
        self._origin = origin
        self._ends = ends

    def serve(self, path: Path) -> None:
        """Answer until the time is over, somebody ends it, or the socket's file is gone."""
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
            listener.bind(str(path))
            listener.listen(16)
            if os.fork() != 0:
                return  # whoever started it waits for this: from now on it can be asked
            try:
                while (left := self._ends - now()) > 0 and path.is_socket():
                    listener.settimeout(min(left, _LOOK_AGAIN_SECONDS))
                    with suppress(TimeoutError):
                        connection, _ = listener.accept()
                        with closing(connection):
                            if not self._answer(connection):
                                return
            finally:
                path.unlink(missing_ok=True)

    def _answer(self, connection: socket.socket) -> bool:
        """Answer what is asked; say whether to go on."""
        connection.settimeout(ANSWER_SECONDS)
        with suppress(OSError):
            if not _is_own(connection):
                return True
            asked = connection.recv(1)
            if asked == b"x":
                connection.sendall(b"x")
                return False
            if asked == b"?":
                left = LENGTH.pack(max(0, int(self._ends - now())))
                connection.sendall(self._signer.public_key + left)
            if asked == b"s":
                connection.sendall(self._signed(lambda size: received(connection, size)))
        return True

    def _signed(self, take: Callable[[int], bytes]) -> bytes:
        head = take(LENGTH.size)
        size = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else MESSAGE_BYTES_MAX + 1
        message = take(size) if size <= MESSAGE_BYTES_MAX else b""
        mine = message.startswith(self._origin) if self._origin else _STATEMENT.match(message)
        return self._signer.sign(message) if mine and len(message) == size else b""


def _is_own(connection: socket.socket) -> bool:
    """Say whether who asks is this process's user, where the system tells: modes hold too."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(data)[1] == os.geteuid())


def main(arguments: list[str]) -> None:
    """Read the key from standard input, and serve it."""
    import resource  # noqa: PLC0415  not on every system, and whoever asks needs none of it

    path, seconds = Path(arguments[0]), float(arguments[1])
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the key is never left in a dump
    seed = sys.stdin.buffer.read(SEED_SIZE)
    origin = sys.stdin.buffer.read(ORIGIN_BYTES_MAX)
    Agent(MemorySigner.from_seed(seed), origin, now() + seconds).serve(path)


if __name__ == "__main__":
    main(sys.argv[1:])
