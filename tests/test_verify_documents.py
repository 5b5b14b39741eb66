"""Documents: those that are there hash to their names, and those that are named are there."""

import hashlib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ledger.verify.documents import Documents, NamedDocuments

PAPERS = [b"", b"invoice", b"packing list"]
NAMES = [hashlib.sha256(paper).hexdigest() for paper in PAPERS]


class Shelf:
    """A source of documents alone; `listed` may lag behind what it holds."""

    def __init__(self, held: dict[str, bytes], listed: list[str] | None = None) -> None:
        self.held = held
        self.listed = sorted(held) if listed is None else listed

    def document_names(self) -> Iterator[str]:
        return iter(self.listed)

    def left_out(self) -> frozenset[str]:
        return frozenset()

    def document(self, sha256: str) -> bytes | None:
        return self.held.get(sha256)


def noted(named: dict[tuple[str, int | None], int]) -> NamedDocuments:
    documents = NamedDocuments()
    for later in (0, 100):  # what is named again stays where it was named first
        for (name, size), index in named.items():
            documents.note(name, size, index + later)
    return documents


def marks(shelf: Shelf, named: dict[tuple[str, int | None], int]) -> list[tuple[str, int | None]]:
    documents = Documents(shelf, noted(named))  # type: ignore[arg-type]  # all that is asked of a source
    return [(mark.code, mark.index) for mark in documents.marks()]


SOUND = dict(zip(NAMES, PAPERS, strict=True))
NAMED: dict[tuple[str, int | None], int] = {
    (name, len(paper)): index for index, (name, paper) in enumerate(SOUND.items())
}


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(list(NAMED))))
def test_what_is_there_against_what_is_named(
    held: set[str], named: set[tuple[str, int | None]]
) -> None:
    shelf = Shelf({name: SOUND[name] for name in held})
    names = {name for name, _ in named}
    found = marks(shelf, {one: NAMED[one] for one in named})
    missing = {("DOCUMENT-MISSING", NAMED[one]) for one in named if one[0] not in held}
    stray = [("DOCUMENT-STRAY", None)] * len(held - names)
    assert sorted(found, key=repr) == sorted([*missing, *stray], key=repr)


def test_a_document_that_is_another_is_neither_missing_nor_of_another_size() -> None:
    assert marks(Shelf({NAMES[1]: b"other"}), {(NAMES[1], 7): 3}) == [("DOCUMENT-DIFFERS", None)]


def test_a_document_named_with_two_sizes_has_one_of_them() -> None:
    named: dict[tuple[str, int | None], int] = {(NAMES[1], 7): 3, (NAMES[1], 8): 5}
    assert marks(Shelf({NAMES[1]: b"invoice"}), named) == [("DOCUMENT-SIZE", 5)]


def test_an_annex_may_be_withheld_and_has_no_stated_size() -> None:
    named = noted({(NAMES[1], None): 3, (NAMES[2], None): 4})
    documents = Documents(Shelf({NAMES[1]: b"invoice"}), named)  # type: ignore[arg-type]  # as above
    assert list(documents.marks()) == []
    assert (documents.checked, documents.annexes) == (1, 1)


def test_a_document_that_came_after_the_list_was_made_is_there() -> None:
    assert marks(Shelf(SOUND, []), NAMED) == []


def test_a_document_that_went_after_the_list_was_made_is_missing() -> None:
    assert marks(Shelf({}, [NAMES[1]]), {(NAMES[1], 7): 3}) == [("DOCUMENT-MISSING", 3)]
