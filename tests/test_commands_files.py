"""Files that commands write: no other eyes, no link followed, nothing overwritten by halves."""

import os
import resource
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commands import files
from commands.attachments import write_new
from commands.drafts import read_draft, write_draft
from commands.settings import FILE, Config, write_config
from ledger.errors import Conflict
from tests.harness import Story
from tests.test_history import batch

CONFIG = Config(origin="a.example", fingerprint="1" * 64)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The one that lets everybody read what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def draft_into(folder: Path, *, new: bool) -> Path:
    path = folder / "draft.json"
    with Story() as story:
        story.party("nvidia", "maker")
        sealed = story.submission(batch(), "nvidia", sealed={"price": "2500000000 USD"})
    write_draft(path, sealed, new=new)
    return path


def settings_into(folder: Path) -> Path:
    write_config(folder, CONFIG)
    return folder / FILE


def export_into(folder: Path) -> Path:
    write_new(folder / "export", b"x")
    return folder / "export"


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: draft_into(folder, new=True),
        lambda folder: draft_into(folder, new=False),
        settings_into,
        export_into,
    ],
    ids=["new draft", "draft", "settings", "export"],
)
def test_what_is_written_is_for_its_owners_eyes(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    path = write(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_no_link_is_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    for name in ("file", f".file.{os.getpid()}.new"):
        (tmp_path / name).symlink_to(victim)
    for path in (tmp_path / "file", victim):
        with pytest.raises(FileExistsError):
            files.create(path, b"x")
    files.replace(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"
    assert victim.read_bytes() == b"precious"
    assert {path.name for path in tmp_path.iterdir()} == {"file", "victim"}


def test_a_new_draft_takes_nobodys_place(tmp_path: Path) -> None:
    path = draft_into(tmp_path, new=True)
    submission, _ = read_draft(path)
    nowhere = tmp_path / "nowhere"
    nowhere.symlink_to(tmp_path / "missing")
    for taken in (path, nowhere):
        with pytest.raises(Conflict, match="DRAFT-EXISTS"):
            write_draft(taken, submission, new=True)
    assert not (tmp_path / "missing").exists()


def test_a_disk_that_fills_leaves_the_old_file_and_no_half_of_a_new_one(tmp_path: Path) -> None:
    old = tmp_path / "old"
    files.create(old, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        for write, path in ((files.create, tmp_path / "new"), (files.replace, old)):
            with pytest.raises(OSError, match="too large"):
                write(path, bytes(100))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert old.read_bytes() == b"old"
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        files.replace(tmp_path / "folder", b"x")
    assert {path.name for path in tmp_path.iterdir()} == {"old", "folder"}
