"""Forged published logs, for the conditions that only these can meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.evidence.layout import capped
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish
from tests.forgeries import Case, case
from tests.told import told


@dataclass(frozen=True, slots=True)
class Kept:
    """The files of a published log in memory."""

    files: Mapping[str, bytes]
    name: str = "kept"

    def get(self, name: str, size_max: int) -> bytes | None:
        data = self.files.get(name)
        return None if data is None else capped(data, name, size_max)

    def close(self) -> None:
        pass


@cache
def whole() -> Mapping[str, bytes]:
    """Return every file of the sound ledger, as it is published."""
    with TemporaryDirectory() as folder:
        publish(told().ledger.source(), Path(folder))
        paths = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def altered(name: str, data: bytes | None) -> Case:
    """Return the case of a published log in which a file is another, or is not there."""
    files = {**whole()} if data is None else {**whole(), name: data}
    if data is None:
        del files[name]
    return Case(PublishedSource(Kept(files)), told().trust())


@case("PUBLISHED-MALFORMED")
def a_bundle_with_something_behind_it() -> Case:
    name = f"tile/entries/000.p/{told().ledger.size}"
    return altered(name, whole()[name] + b"\0\0")


@case("PUBLISHED-MISSING")
def a_bundle_that_is_not_there() -> Case:
    return altered(f"tile/entries/000.p/{told().ledger.size}", None)
