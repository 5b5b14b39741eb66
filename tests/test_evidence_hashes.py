"""Names of documents in flat memory answer as a set and a mapping do."""

from hashlib import sha256

import pytest

from ledger.evidence.hashes import CarriedDocuments, HashSet, Paper

NAMES = sorted(sha256(b"%d" % number).hexdigest() for number in range(20))


def test_names_are_a_set() -> None:
    names = HashSet()
    for name in NAMES[::2]:
        names.hashes.add(bytes.fromhex(name))
    assert list(names) == NAMES[::2]
    assert [name in names for name in NAMES] == [True, False] * 10
    assert set(names - {NAMES[0]}) == set(NAMES[2::2])
    for other in ("", "x", NAMES[0].upper(), NAMES[0] + " ", 7):
        assert other not in names


def test_documents_are_found_by_name_in_any_order() -> None:
    documents = CarriedDocuments()
    assert NAMES[0] not in documents
    expected = {}
    for number, name in enumerate(NAMES[1:]):
        found = name if number % 5 else NAMES[0]
        expected[name] = Paper(number * 100, number, number * 7, found)
        documents.add(name, expected[name])
    assert list(documents.items()) == list(expected.items())
    assert [documents[name] for name in reversed(NAMES[1:])] == [*expected.values()][::-1]
    for other in ("x", NAMES[0]):
        with pytest.raises(KeyError):
            documents[other]
