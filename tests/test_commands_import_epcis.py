"""Another system's EPCIS events are recorded as its word, once, and what had no place is told."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.importers.epcis_document import ForeignDocument, read_epcis
from ledger.errors import LedgerError, Malformed
from tests.desk_story import DeskStory, open_desk

OPTIONS = "--publisher Partner --as reporter --yes"
SHIPPING: dict[str, Any] = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "eventID": "urn:uuid:1",
    "eventTime": "2026-06-01T09:00:00.123Z",
    "eventTimeZoneOffset": "+00:00",
    "epcList": ["urn:epc:id:giai:4000001.1"],
    "quantityList": [{"epcClass": "urn:x", "quantity": 7}, 9],
    "readPoint": {"id": "urn:place"},
    "sourceList": [{"type": "possessing_party", "source": "urn:a"}],
    "bizTransactionList": [{"bizTransaction": "urn:po"}],
    "errorDeclaration": {"reason": "incorrect_data"},
    "example:field": "x",
}


def document(*events: Any, **more: Any) -> bytes:
    body = {"epcisBody": {"eventList": list(events)}}
    return json.dumps({"type": "EPCISDocument", **body, **more}).encode()


def read(content: bytes) -> ForeignDocument:
    return read_epcis(content, "d")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("epcis-import") / "ledger")


@pytest.fixture
def desk(furnished: DeskStory, tmp_path: Path) -> DeskStory:
    return furnished.copy(tmp_path)


def test_an_event_is_told_in_words() -> None:
    (one,) = read(document(SHIPPING)).events
    assert one.occurred == "2026-06-01T09:00:00+00:00"
    assert one.told == (
        "ObjectEvent OBSERVE shipping; declared an error: incorrect_data;"
        " objects urn:epc:id:giai:4000001.1; 7 of urn:x; read at urn:place;"
        " source possessing_party urn:a; paper urn:po; eventID urn:uuid:1"
    )
    nameless = {"type": "T", "eventTime": "2026-06-01T09:00:00+08:00", "parentID": "urn:r"}
    (two,) = read(b"\xef\xbb\xbf" + document({**nameless, "childEPCs": ["u"] * 21})).events
    assert two.told == f"T; parent urn:r; children {', '.join('u' * 20)} and 1 more; eventID none"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EPCIS-FORM"),
        (b"[]", "EPCIS-FORM"),
        (b"[" * 100_000, "EPCIS-FORM"),
        (document(), "EPCIS-FORM"),
        (document(SHIPPING, type="EPCISQueryDocument"), "EPCIS-FORM"),
        (b'{"epcisBody": []}', "EPCIS-FORM"),
        (document(*[1] * 1001), "EPCIS-LARGE"),
    ],
)
def test_what_is_no_document_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(content)
    assert caught.value.code == code
    assert caught.value.hint


def test_the_official_examples_become_claims_once(desk: DeskStory, samples: Path) -> None:
    before = desk.size
    for path in sorted(samples.glob("epcis-*.jsonld")):
        desk.run(f"import epcis {path} {OPTIONS}")
    assert desk.size > before
    size = desk.size
    for path in sorted(samples.glob("epcis-*.jsonld")):
        assert "recorded already" in desk.run(f"import epcis {path} {OPTIONS}").stderr
    assert desk.size == size
    assert "PASS" in desk.run("verify").output


def test_a_document_is_recorded_with_what_had_no_place_told(desk: DeskStory) -> None:
    path = desk.file("d.json", document(SHIPPING, {**SHIPPING, "eventID": "urn:uuid:2"}))
    told = desk.run(f"import epcis {path} {OPTIONS} --speaker aivres --about aolani")
    assert "members that had no place: example:field 2" in told.stderr
    statement = desk.newest()
    assert (statement.data.speaker, statement.data.subject) == ("aivres", ("aolani",))
    assert statement.occurred == "2026-06-01T09:00:00+00:00"
    assert [one.title for one in statement.documents] == ["d.json"]
    more = document(*({**SHIPPING, "eventID": f"urn:uuid:{n}"} for n in range(1, 4)))
    again = desk.run(f"import epcis {desk.file('e.json', more)} {OPTIONS}")
    assert "recorded already: 2 of 3 events" in again.stderr


def test_an_event_that_is_taken_back_later_corrects_its_claim(desk: DeskStory) -> None:
    plain = {name: value for name, value in SHIPPING.items() if name != "errorDeclaration"}
    desk.run(f"import epcis {desk.file('a.json', document(plain))} {OPTIONS}")
    desk.run(f"import epcis {desk.file('b.json', document(SHIPPING))} {OPTIONS}")
    assert desk.newest().corrects is not None
    assert "declared an error: incorrect_data" in desk.newest().data.quotation
    size = desk.size
    for name in ("a.json", "b.json"):
        desk.run(f"import epcis {desk.folder.parent / name} {OPTIONS}")
    assert desk.size == size


def test_a_document_with_a_password_is_not_stored(desk: DeskStory) -> None:
    path = desk.file("d.json", document(SHIPPING, password="geheim-1"))  # noqa: S106  it is none
    desk.run(f"import epcis {path} {OPTIONS}")
    assert desk.newest().documents[0].title == "d.json, what was read of it"


def test_every_event_that_cannot_be_read_is_told(furnished: DeskStory) -> None:
    named = {**SHIPPING, "readPoint": {"id": "https://a:geheim@place"}}
    events = (1, {"type": "x", "eventTime": "yesterday"}, named)
    path = furnished.file("d.json", document(*events))
    output = furnished.refused(f"import epcis {path} {OPTIONS}", code="ROWS-REJECTED")
    for told in (
        "d.json, event 1: it is no event with a type [EPCIS-EVENT]",
        "d.json, event 2: eventTime 'yesterday' is no date and time with an offset [EPCIS-TIME]",
        "d.json, event 3: what it says seems to hold a password [EPCIS-SECRET]",
    ):
        assert told in output
    assert "geheim" not in output


values = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(SHIPPING)), values))
def test_no_event_breaks_the_reader(changed: dict[str, Any]) -> None:
    found = read(document({**SHIPPING, **changed}))
    assert len(found.events) + len(found.problems) == 1


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with contextlib.suppress(LedgerError):
        read(content)
