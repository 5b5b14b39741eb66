"""Runs the commands that the documentation shows, and compares what they print.

A page's blocks marked `console` are one session in one empty folder: a line `$ COMMAND`, then its
output. A comment `<!-- before` … `-->` holds commands that prepare a page, one a line, unseen. A
comment `<!-- file: NAME -->` puts the block after it into a file of the folder, `<!-- run: python
-->` runs it as a program. Blocks after `<!-- run: python, goes on -->` are parts of one program; a
block after `<!-- prints -->` that follows such a part is what it prints.

A page with `<!-- needs: postgresql -->` is played beside a server of its own, which PGHOST, PGPORT
and PGUSER name; one with `<!-- needs: two servers -->` beside a primary and its standby, which are
the services `db1` and `db2` of libpq, both together `books`. Without programs they are skipped.

What differs from run to run (keys, ids, digests, times) is compared by its form, and what one
command printed stands for the same thing in later ones: a page shows one true session. A line `…`
stands for any lines. Write the outputs again with `python -m tests.transcripts [PAGE …]`.

The demonstration is the same whenever it is played, and half of the pages begin with it: it is
played once, and copied.
"""

import atexit
import contextlib
import difflib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from tests.postgres_pair import running_pair
from tests.postgres_server import OWNER, running

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", *(f"docs/{kind}/*.md" for kind in ("tutorial", "how-to")))
CUT = "…"
DEMONSTRATION = "chipledger demo"
NEEDS_POSTGRESQL = "<!-- needs: postgresql -->"
NEEDS_TWO = "<!-- needs: two servers -->"

_PART = re.compile(
    r"<!-- before\n(?P<before>.*?)-->"
    r"|<!-- file: (?P<file>\S+) -->\n```\w*\n(?P<content>.*?)```"
    r"|<!-- run: python -->\n```\w*\n(?P<program>.*?)```"
    r"|<!-- run: python, goes on -->\n```\w*\n(?P<step>.*?)```"
    r"(?P<link>\n\n<!-- prints -->\n```\w*\n)?(?P<printed>(?(link).*?(?=```)))(?(link)```)"
    r"|```console\n(?P<session>.*?)```",
    re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (?P<command>(?:.*\\\n)*.*)", re.MULTILINE)
_SHELL = re.compile(r"[|<>&;$*`~]")
_THEN_A_SHELL = re.compile(
    r"(?P<ours>chipledger [^|<>&;$*`~]*) (?P<rest>> [\w./-]+|\| (?!chipledger )[^&;`]*)"
)
_PROGRESS = re.compile(r"[a-z ]+: [0-9,]+ of [0-9,]+(, [0-9,]+ s left)?")
# Longest first: a verifier key behind its name, a fingerprint for the telephone, a root in base64,
# digests, ids, times, seconds.
_VARYING = re.compile(
    r"\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}"
    r"|\b[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){12}\b"
    r"|(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9+/]{91})="
    r"|\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{8}\b(?=…)"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|\b\d+\.\d+ s\b"
)


@dataclass
class Session:
    """A folder in which a page's commands run, and what its values are called this time.

    Attributes:
        folder: where they run.
        now: what the page shows, to what it is in this run.
        differences: commands whose output is another than the page shows.
        names: what the parts of the page's one program have defined so far.
    """

    folder: Path
    now: dict[str, str] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=lambda: {"__name__": "page"})

    def run(self, command: str) -> list[str]:
        """Return the lines that a command prints, on both channels, without blanks at ends.

        Without progress, which is told where the machine is slow.
        """
        for shown, value in self.now.items():
            command = command.replace(shown, value)
        if command.startswith("cd "):
            os.chdir(command.removeprefix("cd "))
            return []
        if command == DEMONSTRATION:
            played, printed = _demonstration()
            shutil.copytree(played, Path(), dirs_exist_ok=True)
        elif command.startswith("chipledger ") and not _SHELL.search(command):
            printed = _chipledger(command).output
        elif parts := _THEN_A_SHELL.fullmatch(command):
            printed = self._chipledger_then(parts["ours"], parts["rest"])
        else:
            printed = self._shell(command)
        lines = printed.replace(str(self.folder), "~").splitlines()
        return [line.rstrip() for line in lines if not _PROGRESS.fullmatch(line)]

    def go_on(self, program: str) -> list[str]:
        """Return the lines that the next part of the page's program prints, with its traceback."""
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                exec(compile(program, "page", "exec"), self.names)  # noqa: S102  the page's own
            except Exception:  # noqa: BLE001  whatever it is, the page says otherwise
                printed.write(traceback.format_exc())
        return [line.rstrip() for line in printed.getvalue().splitlines()]

    def _chipledger_then(self, command: str, rest: str) -> str:
        """Run a command of the program, and hand what it prints to a filter, or into a file."""
        done = _chipledger(command)
        reads = f"cat {rest}" if rest.startswith(">") else rest.removeprefix("| ")
        return done.stderr + self._shell(reads, done.stdout_bytes)

    def _shell(self, command: str, given: bytes = b"") -> str:
        path = f"{self.folder / '.bin'}{os.pathsep}{os.environ['PATH']}"
        # What is covered is measured where tests run the program in their own process.
        kept = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
        environment = {**kept, "PATH": path, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["sh", "-c", command],
            env=environment,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.stdout.decode()

    def take(self, command: str, shown: Sequence[str], printed: Sequence[str]) -> Sequence[str]:
        """Compare a command's output with the page, and learn what its values are this time.

        Returns:
            What the page should show: as it does, or this output with the page's values.
        """
        if not _matches(shown, printed):
            diff = difflib.ndiff(list(shown), list(printed))
            self.differences.append(f"$ {command}\n" + "\n".join(diff))
            return self._as_shown(printed)
        if CUT not in shown:
            for old, new in zip(shown, printed, strict=True):
                values = zip(_VARYING.findall(old), _VARYING.findall(new), strict=True)
                self.now.update((a, b) for a, b in values if a != b)
        return shown

    def _as_shown(self, printed: Sequence[str]) -> list[str]:
        before = {new: old for old, new in self.now.items()}
        return [_VARYING.sub(lambda one: before.get(one[0], one[0]), line) for line in printed]


def _chipledger(command: str) -> Result:
    """Run a command of the program in this process."""
    return CliRunner().invoke(main, shlex.split(command)[1:], prog_name="chipledger")


@cache
def _demonstration() -> tuple[Path, str]:
    """Play the demonstration in a folder of its own; return that, and what it prints."""
    folder = Path(tempfile.mkdtemp(prefix="chipledger-pages-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with contextlib.chdir(folder):
        return folder, _chipledger(DEMONSTRATION).output


def _form(line: str) -> str:
    return _VARYING.sub(CUT, line)


def _matches(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Say whether lines are those shown, where a line `…` stands for any lines."""
    if CUT not in shown:
        return [*map(_form, shown)] == [*map(_form, printed)]
    pattern = "".join(
        r"(?:.*\n)*?" if line == CUT else re.escape(_form(line)) + r"\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{_form(line)}\n" for line in printed)) is not None


def commands(session: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each command of a block as typed and as run, with the lines shown below it."""
    starts = [*_COMMAND.finditer(session)]
    ends = [*(one.start() for one in starts[1:]), len(session)]
    for one, end in zip(starts, ends, strict=True):
        shown = session[one.end() : end].splitlines()
        yield one[0], re.sub(r"\\\n *", "", one["command"]), [line.rstrip() for line in shown[1:]]


def play(text: str) -> tuple[str, list[str]]:
    """Run a page; return it with this run's outputs, and where they differ from those shown."""
    with _what_it_needs(text), _folder() as folder:
        session = Session(folder)
        written = _PART.sub(lambda part: _play_part(session, part), text)
    return written, session.differences


def _play_part(session: Session, part: re.Match[str]) -> str:
    if part["before"] is not None:
        for command in part["before"].splitlines():
            session.run(command)
    elif part["file"] is not None:
        Path(part["file"]).write_text(part["content"], encoding="utf-8")
    elif part["program"] is not None:
        Path("program.py").write_text(part["program"], encoding="utf-8")
        done = session._shell("python3 program.py")
        if done:
            session.differences.append(f"the program printed:\n{done}")
    elif part["step"] is not None:
        return _play_step(session, part)
    else:
        return _play_session(session, part)
    return part[0]


def _play_step(session: Session, part: re.Match[str]) -> str:
    shown = part["printed"].splitlines()
    printed = session.take(part["step"].splitlines()[0], shown, session.go_on(part["step"]))
    block = f"<!-- run: python, goes on -->\n```python\n{part['step']}```"
    return (
        "\n".join([f"{block}\n\n<!-- prints -->\n```text", *printed, "```"]) if printed else block
    )


def programs(text: str) -> list[str]:
    """Return a page's programs: each that stands alone, then the one that is in parts."""
    parts = list(_PART.finditer(text))
    alone = [one["program"] for one in parts if one["program"] is not None]
    steps = [one["step"] for one in parts if one["step"] is not None]
    return alone + ["\n\n".join(steps)] * bool(steps)


def _play_session(session: Session, part: re.Match[str]) -> str:
    lines = ["```console"]
    for typed, command, shown in commands(part["session"]):
        lines += [typed, *session.take(command, shown, session.run(command))]
    return "\n".join([*lines, "```"])


@contextlib.contextmanager
def _what_it_needs(text: str) -> Iterator[None]:
    """Run a server, or two, beside a page that asks for it."""
    if NEEDS_TWO in text:
        with running_pair() as pair, pytest.MonkeyPatch.context() as patch:
            file = Path(pair.primary.folder).parent / "services"
            file.write_text(pair.services("books"))
            patch.setenv("PGSERVICEFILE", str(file))
            yield
        return
    if NEEDS_POSTGRESQL not in text:
        yield
        return
    with running() as server:
        named = {"PGHOST": str(server.folder), "PGPORT": str(server.port), "PGUSER": OWNER}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in named.items():
                patch.setenv(name, value)
            yield


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make an empty folder with the programs that pages call, and work in it.

    Keys that a page unlocks are kept there too, apart from those of whoever runs the tests.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        contextlib.chdir(name),
        pytest.MonkeyPatch.context() as patch,
    ):
        folder = Path(name).resolve()
        patch.setenv("XDG_RUNTIME_DIR", name)
        programs = folder / ".bin"
        programs.mkdir()
        run = 'exec "{python}" -c "from commands.main import main; main()" "$@"\n'
        called = {
            "chipledger": run,
            "python3": 'exec "{python}" "$@"\n',
            "tlog-tiles": 'exec "{python}" -c "from tlog_scales.cli import main; main()" "$@"\n',
        }
        for program, line in called.items():
            script = programs / program
            script.write_text("#!/bin/sh\n" + line.replace("{python}", sys.executable))
            script.chmod(0o755)
        yield folder


def pages() -> list[Path]:
    """Return the pages that show commands."""
    return [path for pattern in PAGES for path in sorted(ROOT.glob(pattern))]


if __name__ == "__main__":
    for page in [Path(one) for one in sys.argv[1:]] or pages():
        absolute = page.resolve()
        text, differences = play(absolute.read_text(encoding="utf-8"))
        if differences:
            absolute.write_text(text, encoding="utf-8")
            print(f"{page}: wrote again", *differences, sep="\n")  # noqa: T201  a program's answer
