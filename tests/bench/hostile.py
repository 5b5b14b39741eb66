"""Clients of the service that do their worst, for as long as somebody honest is measured."""

import contextlib
import os
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

_HEAD = "POST /v1/events HTTP/1.1\r\nHost: x\r\n"
_LARGE = 16 * 1024 * 1024


def megabytes(pid: int) -> float:
    """Return the most memory that a process ever had."""
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(peak) / 1024


def attack(port: int, end: threading.Event) -> str:
    """Attack from ten threads until told to end; return what was done, in words."""
    done: Counter[str] = Counter()
    kinds = {"large bodies": _large, "bodies of nonsense": _nonsense, "slow bytes": _slow}
    threads = [
        threading.Thread(target=_repeat, args=(name, kinds[name], port, end, done))
        for name in ("large bodies", *["bodies of nonsense"] * 2, *["slow bytes"] * 7)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return ", ".join(f"{count:,} {name}" for name, count in sorted(done.items()))


def _repeat(name: str, kind: "_Kind", port: int, end: threading.Event, done: Counter[str]) -> None:
    while not end.is_set():
        with contextlib.suppress(OSError):
            for _ in kind(port):
                done[name] += 1
                if end.wait(0.02):
                    return


def _large(port: int) -> Iterator[None]:
    """Bodies of 16 MiB that are no submission."""
    with _connected(port) as wire:
        wire.sendall(f"{_HEAD}Content-Length: {_LARGE}\r\n\r\n".encode() + b"[" * _LARGE)
        wire.recv(4096)
        yield


def _nonsense(port: int) -> Iterator[None]:
    """Small bodies that are none, as fast as fifty a second."""
    with _connected(port) as wire:
        while True:
            junk = os.urandom(2000)
            wire.sendall(f"{_HEAD}Content-Length: {len(junk)}\r\n\r\n".encode() + junk)
            if not wire.recv(4096):
                return
            yield


def _slow(port: int) -> Iterator[None]:
    """Thirty connections that send a byte now and then each, of a head or of a body."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(_connected(port)) for _ in range(30)]
        for number, wire in enumerate(wires):
            wire.sendall(_HEAD.encode() + (b"Content-Length: 9999\r\n\r\n" if number % 2 else b""))
        while True:
            for wire in wires:
                wire.sendall(b"x")
                yield


_Kind = Callable[[int], Iterator[None]]


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)
