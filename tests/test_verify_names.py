"""Names and where they came first: as a dict would tell."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.verify.names import FirstPositions

NAMES = st.lists(st.binary(max_size=3), max_size=50)


@given(NAMES, NAMES)
def test_it_remembers_as_a_dict_does(names: list[bytes], others: list[bytes]) -> None:
    noted, expected = FirstPositions(), dict[bytes, int]()
    for position, name in enumerate(names):
        expected.setdefault(name, position)
        assert noted.name(noted.note(name, position)) == name
        assert noted.first(name, position + 1) == expected[name]
    assert list(noted.items()) == list(expected.items())
    assert len(noted) == len(expected)
    for name in [*names, *others]:
        assert noted.position(name) == expected.get(name)
        assert (noted.number(name) is None) == (name not in expected)


def test_names_of_one_length_need_no_ends() -> None:
    noted = FirstPositions(2)
    for name in (b"aa", b"bb", b"aa"):
        noted.note(name, 7)
    assert (len(noted), list(noted.items())) == (2, [(b"aa", 7), (b"bb", 7)])
    assert (noted.position(b"bb"), noted.position(b"cc")) == (7, None)


def test_it_grows() -> None:
    noted = FirstPositions()
    for number in range(5_000):
        assert noted.note(b"%d" % number, 2 * number) == number
    assert noted.note(b"17", 1) == 17
    assert [noted.position(b"%d" % one) for one in (0, 17, 4_999)] == [0, 34, 9_998]


def test_positions_beyond_32_bits_are_kept() -> None:
    noted = FirstPositions()
    for name, position in ((b"a", 5), (b"b", 2**53), (b"c", 6)):
        noted.note(name, position)
    assert list(noted.items()) == [(b"a", 5), (b"b", 2**53), (b"c", 6)]
