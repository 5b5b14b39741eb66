"""Files and words that nobody should type: each is refused by name, and leaves nothing behind."""

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import click
import pytest
from click.testing import CliRunner, Result

from commands.main import main
from commands.sealing import SealedValue
from tests.desk_story import DeskStory, build, furnish, open_desk
from tests.peak_memory import PeakMemory

SECONDS_MAX = 20
MEMORY_BYTES_MAX = 512 * 1024 * 1024
NESTED = 100_000
UNDECIDED = "UNDECIDED, scope full"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    """A ledger with two racks, and an encrypted key that nobody has enrolled."""
    folder = tmp_path_factory.mktemp("whole")
    desk = open_desk(folder / "ledger", furnish, build)
    secret = folder / "secret"
    secret.write_text("correct horse\n")
    desk.run("key generate locked --password-file", str(secret))
    desk.run("log")
    return desk


@pytest.fixture(scope="module")
def read_only(whole: DeskStory, tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    """The copy from which only refused commands are run."""
    return whole.copy(tmp_path_factory.mktemp("read"))


# ---- files


def _missing(_: Path) -> None:
    """Make nothing."""


def _folder(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _unreadable(path: Path) -> None:
    """Make a file whose reading fails; root reads files of any mode, but not its own address 0."""
    if os.geteuid() == 0:
        path.symlink_to("/proc/self/mem")
    else:
        path.touch(mode=0)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _bytes(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)
        path.chmod(0o600)

    return make


UNREADABLE = {"missing", "folder", "loop", "unreadable"}
TOO_LARGE = {"oversized", "endless"}
KINDS: dict[str, Callable[[Path], None]] = {
    "missing": _missing,
    "folder": _folder,
    "loop": _loop,
    "unreadable": _unreadable,
    "oversized": _sparse,
    "endless": _endless,
    "empty": _bytes(b""),
    "UTF-16": _bytes("rack,serial,batch\r\nR1,S1,B1\r\n".encode("utf-16")),
    "no UTF-8": _bytes(b'rack,serial,batch\nR1,\xff\xfe,B1\n{"a":"\xc3\x28"}\n'),
    "truncated": _bytes(b'{"schema":"chipledger.draft/1","envelope":{"payload":"AA'),
    "repeated": _bytes(b'{"schema":"chipledger.draft/1","schema":"chipledger.draft/1"}'),
    "nested": _bytes(b"[" * NESTED + b"]" * NESTED),
    "nested names": _bytes(b'{"a":' * NESTED + b"1" + b"}" * NESTED),
    "NUL": _bytes(b"rack,serial,batch\nR1,\x00,B1\n\x00\x00\x00"),
    "random": _bytes(random.Random(1).randbytes(10_000)),
    "long line": _bytes(b"x" * 1_000_000 + b"\n"),
}
"""What stands in the place of a file, and how it is made."""

STRICT: dict[str, str] = {
    "submit": "submit {} --yes",
    "submit, key": "submit {draft} --yes --key {}",
    "import packing-list": "import packing-list {} --model NVL72 --site PLANT --as aivres --yes",
    "import inventory": "import inventory {} --model NVL72 --chip GPU --batch O-1 --site JHR-1"
    " --yes",
    "stock --from-file": "stock open --from-file {} --model NVL72 --site JHR-1 --yes",
    "batch --serials": "batch commission B-9 --model GPU --site NV-WH --serials {} --as nvidia"
    " --yes",
    "rack --manifest": "rack assemble R9 --model NVL72 --site PLANT --manifest {} --as aivres"
    " --yes",
    "inspection draw": "inspection draw --plan {}",
    "inspection perform": "inspection perform I-1 --site JHR-1 --method look --strength 1"
    " --counted 1 --found 1 --as inspector --plan {} --yes",
    "--key": "party headquarters aolani MY --key {} --yes",
    "key enroll --file": "key enroll swift --file {} --yes",
    "key enroll .pub": "key enroll swift --file {}.pub --yes",
    "--password-file": "key enroll locked --file {locked} --password-file {} --yes",
    "verify STORE": "verify {}",
    "verify --checkpoint": "verify --checkpoint {}",
    "query --folder": "query --folder {}",
}
"""Commands that read one file, of a form that none of the kinds above has."""

OPAQUE: dict[str, str] = {
    "--attach": "party headquarters aolani MY --attach {} --dry-run",
    "attach": "attach 5 {} --remark paper --dry-run",
    "party check --list-file": "party check aolani --result clear --list-file {} --dry-run",
    "--sealed": "party headquarters aolani MY --sealed note=@{} --dry-run",
    "--detail": "enduse state --use research --detail=@{} --dry-run",
}
"""Commands that take evidence of any form: only what cannot be read, or is too large, is refused.
"""

WRITTEN: dict[str, str] = {
    "key generate --out": "key generate aolani --no-passphrase --out {}",
    "ledger checkpoint --out": "ledger checkpoint --out {}",
    "ledger backup": "ledger backup {}",
    "--draft": "party headquarters aolani MY --draft {} --yes",
    "verify --keep-checkpoint": "verify --keep-checkpoint {}",
    "init": "init {} --origin x.example --party x --name X --demonstration --no-passphrase --yes",
}
"""Commands that make a file, which overwrite none."""


def snapshot(folder: Path) -> dict[str, str]:
    """Return digests of a ledger's files, without the read models, which are only a cache."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("view.db")
    }


def words(desk: DeskStory, line: str, path: Path) -> list[str]:
    """Return a line's words, with the paths that it names."""
    named = {
        "{draft}": str(desk.folder.parent / "draft"),
        "{locked}": str(desk.folder / "keys" / "locked.key"),
        "{}": str(path),
        "{}.pub": f"{path}.pub",
        "note=@{}": f"note=@{path}",
        "--detail=@{}": f"--detail=@{path}",
    }
    return [named.get(word, word) for word in line.split()]


def run(desk: DeskStory, *arguments: str) -> Result:
    """Run a command as it is typed, nobody being there to answer; it must end as commands do."""
    result = CliRunner().invoke(main, ["-C", str(desk.folder), *arguments], input="")
    assert isinstance(result.exception, SystemExit | None), arguments
    assert result.exit_code in {0, 2, 3}, (arguments, result.output)
    assert "Traceback" not in result.output
    assert "code: INTERNAL" not in result.stderr, (arguments, result.stderr)
    told = "\n  code: " in result.stderr or result.stdout.splitlines()[-1:] == [UNDECIDED]
    assert told is (result.exit_code != 0), (arguments, result.output)
    return result


def bounded(desk: DeskStory, *arguments: str) -> Result:
    """Run a command that may change nothing, within bounds of time and memory."""
    before = snapshot(desk.folder)
    start = perf_counter()
    with PeakMemory() as memory:
        result = run(desk, *arguments)
    assert perf_counter() - start < SECONDS_MAX
    assert memory.peak < MEMORY_BYTES_MAX
    assert snapshot(desk.folder) == before
    return result


@pytest.fixture(scope="module")
def draft(read_only: DeskStory) -> Path:
    """A draft that waits for a signature."""
    path = read_only.folder.parent / "draft"
    read_only.run("party headquarters aolani MY --yes --draft", str(path))
    return path


@pytest.mark.usefixtures("draft")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", STRICT.values(), ids=STRICT)
def test_a_file_of_another_form_is_refused_and_nothing_is_recorded(
    read_only: DeskStory, tmp_path: Path, line: str, kind: str
) -> None:
    path = tmp_path / "file"
    KINDS[kind](path.with_name("file.pub") if "{}.pub" in line else path)
    if line.startswith("query") and kind == "folder":
        (path / "one.sql").mkdir()
    result = bounded(read_only, *words(read_only, line, path))
    assert result.exit_code != 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", OPAQUE.values(), ids=OPAQUE)
def test_evidence_may_hold_anything_but_must_be_readable_and_of_a_size(
    read_only: DeskStory, tmp_path: Path, line: str, kind: str
) -> None:
    path = tmp_path / "file"
    KINDS[kind](path)
    result = bounded(read_only, *words(read_only, line, path))
    if kind in UNREADABLE:
        assert result.exit_code == 3
    elif kind in TOO_LARGE:
        assert "code: TOO-LARGE" in result.stderr
    elif "=@{}" not in line:
        assert result.exit_code == 0


@pytest.mark.parametrize("kind", [one for one in KINDS if one != "missing"])
@pytest.mark.parametrize("line", WRITTEN.values(), ids=WRITTEN)
def test_a_file_that_is_there_is_never_written_over(
    read_only: DeskStory, tmp_path: Path, line: str, kind: str
) -> None:
    path = tmp_path / "file"
    KINDS[kind](path)
    before = path.lstat()
    result = bounded(read_only, *words(read_only, line, path))
    if not (line.startswith("init") and kind == "folder"):  # an empty folder may become a ledger's
        assert result.exit_code != 0
        after = path.lstat()
        assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
            *(before.st_ino, before.st_size),
            before.st_mtime_ns,
        )


PLANTED = {
    "chipledger.toml": "config",
    "ledger.db": "log",
    "ledger.key": "party headquarters aolani MY --yes",
    "keys/aolani.key": "party headquarters aolani MY --yes",
    "keys/aolani.key.pub": "party headquarters aolani MY --yes",
    "high-water": "party headquarters aolani MY --yes",
    "view.db": "where",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PLANTED)
def test_a_ledgers_own_file_of_another_form_is_refused_or_built_again(
    whole: DeskStory, tmp_path: Path, name: str, kind: str
) -> None:
    desk = whole.copy(tmp_path)
    (desk.folder / name).unlink()
    KINDS[kind](desk.folder / name)
    done = run(desk, *PLANTED[name].split())
    run(desk, "verify")
    if name != "ledger.db":
        # Another key of the party may sign, and a torn line of the high-water file is no line.
        recorded = PLANTED[name].startswith("party") and done.exit_code == 0
        assert desk.size == whole.size + recorded


# ---- words

WORDS = {
    "empty": "",
    "NUL": "a\x00b",
    "lines": "a\nb\r\n",
    "long": "a" * 10_000,
    "emoji": "\U0001f9ff\u202e",
    "climbing": "../../x",
    "formula": "=cmd|'/C calc'!A1",
    "surrogate": "a\udcffb",
    "half a pair": "\ud800",
    "option": "--x",
    "escape": "\x1b]0;x\x07",
}
"""What is typed in the place of each word."""

UNHANDED = {"NUL", "half a pair"}
"""Words that no system hands to a program, and that name no file; in texts they are tried."""

GOOD = {
    "as_of": "2026-02-01", "assembly": "R0009-A", "authority": "BIS", "authorization": "L-1",
    "batch": "B-01", "buyer": "aolani", "certification": "C-1", "claim": "C-1",
    "consignee": "aolani", "count": "1", "counted": "1", "country": "MY", "destination": "MY",
    "eccn": "3A090.a", "end_use": "training", "entry": "5", "filing": "F-1", "found": "1",
    "hold": "HLD-1", "holder": "desk", "incident": "INC-1",
    "inspection": "I-1", "it_megawatts": "4", "itn": "X20260504000001",
    "lease": "L-1", "lessee": "bytedance", "level": "tier-1",
    "about": "aolani", "from_site": "JHR-1", "parts": "N=M", "logs": "no-key", "method": "look",
    "model": "GPU",
    "name": "party", "number": "5", "owned": "aivres", "party": "swift", "period": "2026-01",
    "place": "KUL", "plan": "P-1", "port": "LAX", "publisher": "Paper", "quantity": "1",
    "quotation": "so", "rack": "R0001", "racks": "R0001", "reason": "why", "ref": "5",
    "remark": "what", "roles": "owner", "sample": "S-1", "scheme": "cloud", "shipment": "N-B-01",
    "site": "JHR-1", "source": "sheet", "strength": "1", "out": "B-01", "into": "B-02",
    "starts": "2026-05-04", "subject": "shipment:N-B-01", "code": "SHIP-OVERDUE",
    "origin": "no.db", "target": "copy.db", "ledgers": "log=key",
}  # fmt: skip
"""What is typed in the other required places."""

OTHERS: dict[str, list[str]] = {
    "lease start": ["--racks", "R0001"],
    "shipment dispatch": ["--racks", "R0001"],
    "shipment receive": ["--site", "PLANT"],
    "title transfer": ["--racks", "R0001"],
    "rack install": ["--racks", "R0001"],
    "rack energize": ["--racks", "R0001"],
    "rack off": ["--racks", "R0001"],
    "units quarantine": ["--racks", "R0001"],
    "units release": ["--racks", "R0001"],
    "units decommission": ["--racks", "R0001"],
    "units destroy": ["--racks", "R0001"],
    "units lost": ["--racks", "R0001"],
    "units stolen": ["--racks", "R0001"],
    "units found": ["--racks", "R0001"],
    "rack assemble": ["--units", "B-02=2"],
    "stock open": ["--quantity", "2", "--chip", "GPU", "--batch", "B-02"],
    "filing record": ["--item", "8471.50.0150/4A090.a/20/NO/1440"],
    "batch commission": ["--quantity", "3"],
    "config": ["party"],
    "init": [
        "--origin",
        "x.example",
        "--party",
        "x",
        "--name",
        "X",
        "--yes",
        "--demonstration",
        "--no-passphrase",
    ],
    "key generate": ["--no-passphrase"],
}
"""Words without which a command looks at no other."""

UNITS = {"--racks", "--batch", "--line", "--item", "--serials"}
"""Words that stand instead of those."""

COMMON = "party headquarters"
"""Where the options that all recording commands share are tried."""

EXCLUDED = {"demo": "its one word is a folder, and it takes seconds"}


def commands(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, by its name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for verb in command.list_commands(context):
        found = command.get_command(context, verb)
        assert found is not None
        yield from commands(found, f"{name} {verb}".strip())


COMMANDS = {name: one for name, one in commands(main) if name not in EXCLUDED}


def is_common(one: click.Parameter) -> bool:
    return str(one.name).startswith("given_") or one.name == "password_file"


def is_text(one: click.Parameter) -> bool:
    return isinstance(one.type, click.Path | SealedValue) or one.type is click.STRING


def typed(
    name: str, command: click.Command, target: click.Parameter, text: str, file: Path
) -> list[str]:
    """Return a command line in which one word is hostile and the others are good."""
    options: list[str] = []
    arguments: list[str] = []
    for one in command.params:
        if one is target:
            word = text
        elif one.required:
            path = isinstance(one.type, click.Path)
            first = one.type.choices[0] if isinstance(one.type, click.Choice) else None
            word = str(file) if path else str(first or GOOD[str(one.name)])
        else:
            continue
        if isinstance(one, click.Argument):
            arguments.append(word)
        else:
            options.append(f"{one.opts[-1]}={word}")
    flags = {flag for one in command.params for flag in one.opts} & {"--dry-run"}
    others = OTHERS.get(name, [])
    if target.opts[-1] in UNITS or (name == "config" and target.name != "value"):
        others = []
    # Of an option that is given twice, the later one counts.
    return [*name.split(), *others, *options, *sorted(flags), "--", *arguments]


@pytest.mark.parametrize(
    "parts", [pytest.param(4, id="some"), pytest.param(1, id="each", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_makes_a_command_end_otherwise_than_in_order(
    whole: DeskStory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    parts: int,
) -> None:
    """Each word in each place; in `make test` the places of a command share them out."""
    desk = whole.copy(tmp_path)
    here = tmp_path / "a" / "b" / "c"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    # what would answer until it is interrupted
    monkeypatch.setattr("uvicorn.Server.run", lambda one, **_: setattr(one, "started", True))
    file = here / "file"
    file.write_text("file")
    command = COMMANDS[name]
    places = [
        one for one in command.params if is_text(one) and (name == COMMON or not is_common(one))
    ]
    step = min(parts, len(places))
    for number, target in enumerate(places):
        for kind, text in [*WORDS.items()][number % step :: step]:
            if isinstance(target.type, click.Path) and kind in UNHANDED:
                continue
            run(desk, *typed(name, command, target, text, file))
    assert desk.size == whole.size
    assert file.read_text() == "file"


def test_hostile_texts_that_may_be_recorded_do_no_harm_where_they_are_read(
    whole: DeskStory, tmp_path: Path
) -> None:
    desk = whole.copy(tmp_path)
    taken = [
        kind
        for number, (kind, text) in enumerate(WORDS.items())
        if run(desk, "party", "add", f"p{number}", f"--name={text}", "--yes").exit_code == 0
    ]
    assert {"formula", "emoji", "climbing"} <= set(taken)
    assert not {"empty", "long", "surrogate", "half a pair"} & set(taken)
    for line in ("log --csv", "log --tsv", "log --json", "log --nl", "log", "where", "key list"):
        printed = run(desk, *line.split()).stdout
        assert not {"\x1b", "\x00", "\u202e"} & set(printed)
    for number in range(whole.size, desk.size):
        assert "\x1b" not in run(desk, "show", str(number)).stdout
    assert run(desk, "verify").stdout.splitlines()[-1].startswith("PASS")
