"""What must hold after a writer was cut short: nothing acknowledged is lost, all can be judged."""

from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from commands.context import HIGH_WATER, LEDGER, LEDGER_KEY, VIEW, next_key_path
from commands.main import main
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError
from ledger.events import decode_statement
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish
from ledger.signing.keyfile import public_path, read_key
from ledger.trust import Trust
from ledger.verify.audit import audit
from ledger.writing import Writing
from tests import durable_case
from tests.durable_case import (
    AS_TYPED,
    BACKUP,
    BULK,
    LARGE,
    MADE,
    PUBLIC,
    Prepared,
    open_writing,
    place_in,
)
from tests.harness import signer_of
from tests.office import Office


def judge_ledger(
    folder: Path, said: Sequence[str], given: Sequence[Submission], fresh: Submission
) -> None:
    """Check a ledger to which `given` was submitted, after whatever happened to the writer.

    An auditor's verdict comes first, before anybody may have mended something by writing.
    """
    assert_sound(folder)
    with open_writing(folder) as ledger:  # no STORE-BEHIND, no STORE-DIFFERENT
        size = ledger.size
        receipts = [line.split()[1:] for line in said if line.startswith("receipt ")]
        for identifier, index, covered, root in receipts:
            assert size >= int(covered) > int(index), "lost what was acknowledged"
            assert ledger.event(int(index)).statement.id == identifier
            assert ledger.root_at(int(covered)) == b64decode(root, validate=True)
        ids = [decode_statement(one.envelope.statement_bytes()).id for one in given]
        before = [one for one in ids if ledger.tagged(f"id:{one}")]
        assert len(before) in {0, len(given)}, "half a batch was recorded"
        assert not receipts or before
        again = ledger.append_many(given)
        assert [one.repeated for one in again] == [bool(before)] * len(given)
        assert ledger.size == size + (0 if before else len(given))
        for (identifier, index, *_), one in zip(receipts, again, strict=False):
            assert (one.id, one.index) == (identifier, int(index))
        new = ledger.append(fresh)
        assert not new.repeated
        assert new.index == ledger.size - 1
    assert_sound(folder)


def judge_one(prepared: Prepared, folder: Path, said: Sequence[str]) -> None:
    judge_ledger(folder, said, [prepared.one], prepared.next)


def judge_bulk(prepared: Prepared, folder: Path, said: Sequence[str]) -> None:
    judge_ledger(folder, said, prepared.bulk, prepared.after_bulk)


def judge_created(prepared: Prepared, folder: Path, said: Sequence[str]) -> None:
    """A ledger is made whole, or what lies there is refused by name and can be made anew."""
    path = folder / LEDGER
    try:
        with open_writing(folder) as ledger:
            whole = ledger.size == 1
    except LedgerError as error:
        if error.code not in {"STORE-MISSING", "STORE-NOT-A-LEDGER", "LEDGER-NOT-OPENED"}:
            raise
        whole = False
    assert whole or not any(line.startswith("receipt ") for line in said)
    if whole:
        assert_sound(folder)
        return
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), folder / HIGH_WATER):
        name.unlink(missing_ok=True)
    create_silently(prepared, folder)
    assert_sound(folder)


def create_silently(prepared: Prepared, folder: Path) -> None:
    writing = Writing(signer=signer_of("ledger"), high_water=folder / HIGH_WATER)
    Ledger.create(str(folder / LEDGER), prepared.opening, writing).close()


def judge_view(prepared: Prepared, folder: Path, _: Sequence[str]) -> None:
    """The read models catch up to what a rebuild gives."""
    with Ledger.open(str(folder / LEDGER)) as ledger:
        assert durable_case.projected(ledger, folder / VIEW) == prepared.view


def judge_backup(_: Prepared, folder: Path, said: Sequence[str]) -> None:
    """A backup that was acknowledged is a whole ledger; one that was not never looks like one."""
    assert_sound(folder)
    path = folder / BACKUP
    if any(line.startswith("backup ") for line in said):
        with Ledger.open(str(path)) as ledger:
            assert ledger.size == durable_case.ENTRIES
            report = audit(ledger.source(), Trust(fingerprint=ledger.fingerprint))
            assert report.verdict == "PASS"
        return
    with suppress(LedgerError), Ledger.open(str(path)) as ledger:
        report = audit(ledger.source(), Trust(fingerprint=ledger.fingerprint))
        assert report.verdict != "PASS" or ledger.size == durable_case.ENTRIES


def judge_published(_: Prepared, folder: Path, said: Sequence[str]) -> None:
    """Readers see the log as it was or as it is, whole; the next run makes it what it is."""
    public, grown = folder / PUBLIC, LARGE + BULK
    with Ledger.open(str(folder / LEDGER)) as ledger:
        trust = Trust(fingerprint=ledger.fingerprint)
        report = audit(PublishedSource(Folder(public)), trust)
        assert report.verdict == "PASS", [mark.code for mark in report.marks]
        told = any(line.startswith("published ") for line in said)
        assert report.size in ({grown} if told else {LARGE, grown})
        publish(ledger.source(), public)
        publish(ledger.source(), folder / "afresh")
        for path in (path for path in (folder / "afresh").rglob("*") if path.is_file()):
            there = public / path.relative_to(folder / "afresh")
            assert there.read_bytes() == path.read_bytes(), there


def judge_rotation(_: Prepared, folder: Path, said: Sequence[str]) -> None:
    """The folder's own procedure finds the key that the log names, and records with it."""
    rotated = any(line.startswith("recorded as entry 1") for line in said)
    assert_sound(folder)
    with Ledger.open(str(folder / LEDGER)) as ledger:
        size = ledger.size
        named = ledger.authority.checkpoint_key(size)
    assert size in ({2} if rotated else {1, 2})
    current, following = folder / LEDGER_KEY, next_key_path(folder, named)
    opens = [key for key in (current, following) if _is_key(key, named)]
    assert len(opens) == 1, "exactly one file holds the key that signs the ledger's checkpoints"
    office = Office(folder)
    assert office.record("party", "headquarters", "operator", "MY") == [size]
    assert _is_key(current, named)
    assert not public_path(following).exists()
    assert_sound(folder)


def judge_initialised(_: Prepared, folder: Path, said: Sequence[str]) -> None:
    """The folder is whole or not there, and can be made if it is not."""
    made = folder / MADE
    if not made.exists():
        assert not any(line.startswith("made ") for line in said)
        result = CliRunner().invoke(main, ("init", str(made), *AS_TYPED))
        assert result.exit_code == 0, result.output
    assert Office(made).record("party", "headquarters", "operator", "MY") == [1]
    assert_sound(made)


def assert_sound(folder: Path) -> None:
    """Audit the whole ledger as somebody who only reads it."""
    with Ledger.open(place_in(folder)) as ledger:
        report = audit(ledger.source(), Trust(fingerprint=ledger.fingerprint))
    assert report.verdict == "PASS", [mark.code for mark in report.marks]


def _is_key(path: Path, public_key: bytes) -> bool:
    with suppress(LedgerError):
        return read_key(path, None).public_key == public_key
    return False


@dataclass(frozen=True, slots=True)
class Case:
    """One operation on one prepared folder."""

    start: str
    work: Callable[[Prepared, Path], None]
    judge: Callable[[Prepared, Path, Sequence[str]], None]


CASES = {
    "append": Case("desk", durable_case.append, judge_one),
    "append after a crash": Case("unclean", durable_case.append, judge_one),
    "append that replaces the high-water file": Case("noted", durable_case.append, judge_one),
    "bulk append across a tile": Case("large", durable_case.append_bulk, judge_bulk),
    "catch-up": Case("stale", durable_case.project, judge_view),
    "rebuild": Case("whole", durable_case.rebuild, judge_view),
    "backup": Case("desk", durable_case.backup, judge_backup),
    "publish": Case("shown", durable_case.publish, judge_published),
    "rotation": Case("office", durable_case.rotate, judge_rotation),
    "creation": Case("nothing", durable_case.create, judge_created),
    "init": Case("nothing", durable_case.init, judge_initialised),
}
