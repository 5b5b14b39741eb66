"""Events in the words of EPCIS 2.0: valid by its schema, and nothing silently left out."""

import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.epcis_events import _TOLD, epcis_events
from commands.epcis_words import Uris
from ledger.events.base import EventData, Reference, new_id
from tests.any_event import any_of
from tests.desk_story import DeskStory
from tests.epcis_story import told_desk
from tests.harness import START

URIS = Uris("https://ledger.example.com/")


@cache
def validator(samples: Path) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads((samples / "epcis-2.0-schema.json").read_text()))


def problems(samples: Path, document: Any) -> list[str]:
    return [one.message[:300] for one in validator(samples).iter_errors(document)]


def document(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-06-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    }


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    """A ledger with a corrected receipt, a voided title, a report and two versions of one act."""
    return told_desk(tmp_path_factory.mktemp("epcis") / "ledger")


@pytest.fixture(scope="module")
def exported(desk: DeskStory) -> dict[str, Any]:
    path = desk.folder.parent / "events.json"
    told = desk.run(f"epcis export {path}")
    assert "no place in EPCIS: reports, which move nothing 1" in told.stderr
    assert "no place in EPCIS: entries of which another counts 1" in told.stderr
    found: dict[str, Any] = json.loads(path.read_text())
    desk.refused(f"epcis export {path}", code="FILE-EXISTS")
    return found


def test_the_document_is_valid_by_the_official_schema(
    samples: Path, exported: dict[str, Any]
) -> None:
    assert problems(samples, exported) == []


def test_a_dispatch_says_who_sends_what_to_whom(exported: dict[str, Any]) -> None:
    (sent,) = [
        one
        for one in exported["epcisBody"]["eventList"]
        if one["chipledger:data"].get("shipment") == "SHP-01" and one["bizStep"] == "shipping"
    ]
    assert {one.rpartition("/")[2] for one in sent["epcList"]} == {"R0001", "R0002"}
    assert sent["sourceList"][0]["source"].endswith("/party/aivres")
    assert [one["destination"].rpartition("/")[2] for one in sent["destinationList"]] == [
        "aolani",
        "JHR-1",
    ]
    assert sent["eventTime"].startswith("2026-02-01T00:00:00")
    assert sent["eventTime"].endswith(sent["eventTimeZoneOffset"])


def test_what_was_taken_back_says_so(exported: dict[str, Any]) -> None:
    events = {one["eventID"]: one for one in exported["epcisBody"]["eventList"]}
    errors = [one["errorDeclaration"] for one in events.values() if "errorDeclaration" in one]
    assert [one["reason"] for one in errors] == ["did_not_occur", "incorrect_data"]
    (follows,) = errors[1]["correctiveEventIDs"]
    assert events[follows]["chipledger:occurred"] == "2026-03-04"


@pytest.mark.parametrize("base", ["ftp://x/", "https://x"])
def test_names_begin_with_a_uri(desk: DeskStory, base: str) -> None:
    path = desk.folder.parent / "never.json"
    desk.refused(f"epcis export {path} --base {base}", code="EPCIS-BASE")
    assert not path.exists()


@pytest.mark.parametrize("kind", sorted(_TOLD, key=str))
@settings(max_examples=40)
@given(data=st.data())
def test_every_event_of_a_type_that_has_a_place_is_valid(
    samples: Path, kind: type[EventData], data: st.DataObject
) -> None:
    told = cast("EventData", data.draw(any_of(kind)))
    papers = [Reference(type="bol", value="A 1"), Reference(type="invoice", value="7/8")]
    serials = data.draw(st.sampled_from([[], ["S1"], ["S1", "S2"]]))
    statement = SimpleNamespace(
        data=told, id=new_id(START, bytes(10)), references=papers[: len(serials)]
    )
    at = {"eventTime": "2026-01-01T00:00:00+08:00", "eventTimeZoneOffset": "+08:00"}
    found = [at | one for one in epcis_events(statement, URIS, serials)]
    assert problems(samples, document(found)) == []
    assert len({one["eventID"] for one in found}) == len(found)
