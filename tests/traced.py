"""Runs work in a process of its own, stopped at each system call: to kill it there, or worse.

The loop is ptrace's: the kernel stops the process before and after every system call, whatever its
name, and nothing goes on until the parent says so. So "the n-th call" means the same in each run,
and a SIGKILL at the stop before a call arrives before that call has done anything.

What this cannot stop at are stores to shared memory: SQLite's `-shm` file, the index of a
write-ahead log, is written by plain machine instructions. It is rebuilt from the log by whoever
opens the ledger after a crash, and tests/test_racing_writers.py kills writers at moments that are
no system calls.

Faults change registers, so they are for x86-64 alone; the rest is for any Linux.
"""

import ctypes
import errno
import os
import platform
import signal
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.system_calls import NAMES, TRANSFERS, Call, describe, is_about

_TRACEME, _POKEUSER, _SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 0, 6, 24, 0x4200, 0x420E
_SYSGOOD, _TRACECLONE, _EXITKILL = 1, 8, 0x100000
_ENTRY = 1
_STOPPED_AT_A_CALL = signal.SIGTRAP | 0x80
# Offsets in x86-64's `struct user`: a call's result, its third argument, its number.
_RAX, _RDX, _ORIG_RAX = 80, 96, 120
_NO_CALL = 2**64 - 1
_SENDTO = 44
"""x86-64's number of the call by which bytes go to a server."""


class Fault(msgspec.Struct, frozen=True):
    """What goes wrong: the k-th call of a kind on a file of the folder, or that and all later ones.

    Attributes:
        kind: "space" (ENOSPC where room is taken), "io" (EIO at any use of a file) or "short" (the
            kernel is asked for half of what the program wants to write).
        number: which call of this kind, from 1.
        lasting: whether every later one fails too, as on a full disk.
    """

    kind: str
    number: int
    lasting: bool = False


class Plan(msgspec.Struct, frozen=True):
    """What is done to the process.

    Attributes:
        kill_at: kill it before this call (from 1); 0 for never.
        inside: if that call writes, let it write one half first.
        fault: what goes wrong.
        record: whether the calls that change the folder, and what is printed, are recorded.
    """

    kill_at: int = 0
    inside: bool = False
    fault: Fault | None = None
    record: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What became of the process.

    Attributes:
        calls: system calls that it began.
        killed: whether the plan's kill came to pass.
        faults: how many calls failed by the plan.
        exit_code: of a process that ended by itself; -1 for one that was killed.
        said: the lines that it printed until then.
        trace: what was recorded.
    """

    calls: int
    killed: bool
    faults: int
    exit_code: int
    said: list[str]
    trace: list[Call]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> None:
    if _libc.ptrace(request, pid, address, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _why_not() -> str:
    """Say why this cannot be done here; nothing where it can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "system calls are stopped and changed on Linux on x86-64 only"
    probe = "import ctypes; raise SystemExit(ctypes.CDLL(None).ptrace(0, 0, None, None) < 0)"
    done = subprocess.run([sys.executable, "-c", probe], check=False)
    return "this machine forbids ptrace" if done.returncode else ""


WHY_NOT = _why_not()


def run(
    work: Callable[[], None],
    folder: Path,
    plan: Plan,
    before: Callable[[], None] = lambda: None,
) -> Outcome:
    """Fork, let the child do the work under the plan, and return what became of it.

    Args:
        work: what is stopped at each call; it starts no thread and no process.
        folder: whose files count in the plan.
        plan: what is done to the child.
        before: what the child does first, unwatched; its threads stay unwatched, and die with it.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_the_child(before, work, writing)
    os.close(writing)
    try:
        watcher = _Watcher(pid, folder, plan)
        exit_code = watcher.watch()
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode().rpartition("\n")[0].splitlines()
    finally:
        watcher.close()
    killed, calls, faults = watcher.killed, watcher.calls, watcher.faults
    return Outcome(calls, killed, faults, exit_code, said, watcher.trace)


def _be_the_child(before: Callable[[], None], work: Callable[[], None], writing: int) -> None:
    """Do the work, printing to the pipe; never return."""
    code = 0
    try:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        before()
        _ptrace(_TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)  # from here on, each call counts
        work()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  a child that returned would run the parent's program
        os.write(1, traceback.format_exc().encode())
        code = 70
    os._exit(code)


class _Watcher:
    """The parent's side: one process, stopped at each call."""

    def __init__(self, pid: int, folder: Path, plan: Plan) -> None:
        self.pid = pid
        self.folder = str(folder)
        self.plan = plan
        self.calls = self.faults = 0
        self.killed = False
        self.trace: list[Call] = []
        self._met = 0
        self._info = ctypes.create_string_buffer(128)
        os.waitpid(pid, 0)
        _ptrace(_SETOPTIONS, pid, 0, _SYSGOOD | _EXITKILL | _TRACECLONE)
        self._memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)

    def close(self) -> None:
        os.close(self._memory)

    def watch(self) -> int:
        """Let it go from stop to stop until it ends; return its exit code, -1 when killed."""
        deliver = 0
        begun: Call | None = None  # a call that is recorded when it has succeeded
        answer: int | None = None  # what a call that is not made shall answer
        while True:
            _ptrace(_SYSCALL, self.pid, 0, deliver)
            _, status = os.waitpid(self.pid, 0)
            if not os.WIFSTOPPED(status):
                return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
            if os.WSTOPSIG(status) != _STOPPED_AT_A_CALL:
                if status >> 16:
                    raise RuntimeError("the work started a thread or a process")
                deliver = os.WSTOPSIG(status)
                continue
            deliver = 0
            operation, number, arguments = self._stop()
            if operation == _ENTRY:
                self.calls += 1
                if self.calls == self.plan.kill_at and not self._begin_half(number, arguments):
                    return self._kill()
                begun, answer = self._enter(number, arguments)
            else:
                if answer is not None:
                    _ptrace(_POKEUSER, self.pid, _RAX, answer & _NO_CALL)
                elif begun is not None and number >= 0:
                    self.trace.append(begun.ended(self.pid, number))
                if self.calls == self.plan.kill_at:
                    return self._kill()

    def _kill(self) -> int:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.killed = True
        return -1

    def _stop(self) -> tuple[int, int, tuple[int, ...]]:
        """Return what kind of stop this is, and a call's number and arguments, or its result."""
        size = len(self._info)
        _ptrace(_SYSCALL_INFO, self.pid, size, ctypes.addressof(self._info))
        operation = self._info.raw[0]
        if operation == _ENTRY:
            number, *arguments = struct.unpack_from("=7Q", self._info.raw, 24)
            return operation, number, tuple(arguments)
        (result,) = struct.unpack_from("=q", self._info.raw, 24)
        return operation, result, ()

    def _begin_half(self, number: int, arguments: tuple[int, ...]) -> bool:
        """Halve a write that is to be killed inside; say whether the call is to be let go on."""
        name = NAMES.get(number, "")
        if not self.plan.inside or (name not in TRANSFERS and number != _SENDTO):
            return False
        _ptrace(_POKEUSER, self.pid, _RDX, arguments[2] // 2)
        return True

    def _enter(self, number: int, arguments: tuple[int, ...]) -> tuple[Call | None, int | None]:
        """Return what to record of a call, and the answer it shall have without being made."""
        fault = self.plan.fault
        name = NAMES.get(number)
        if name is None or not (fault or self.plan.record):
            return None, None
        call = describe(self.pid, self._memory, self.calls, name, arguments)
        mine = call.path.startswith(self.folder)
        if fault is not None and mine and is_about(call, fault.kind):
            self._met += 1
            if self._met == fault.number or (fault.lasting and self._met > fault.number):
                self.faults += 1
                if fault.kind == "short":
                    _ptrace(_POKEUSER, self.pid, _RDX, max(1, arguments[2] // 2))
                    return None, None
                _ptrace(_POKEUSER, self.pid, _ORIG_RAX, _NO_CALL)
                return None, -(errno.ENOSPC if fault.kind == "space" else errno.EIO)
        kept = self.plan.record and call.changes and (mine or call.path.startswith("pipe:"))
        return (call if kept else None), None
