"""Names as people type them."""

import contextlib
import csv
import io
import itertools
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.context import Desk
from commands.names import Names, countries, country, did_you_mean
from ledger.errors import LedgerError, Malformed
from tests.desk_story import build, furnish, open_desk


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Names:
    desk = open_desk(tmp_path_factory.mktemp("names") / "ledger", furnish, build)
    return Names(Desk(desk.folder).view())


def test_every_country_of_the_iso_list_is_found_by_code_and_by_each_name() -> None:
    text = resources.files("commands").joinpath("countries.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text), dialect="excel-tab"))
    assert len(rows) == 249
    labels = [(row["code"], [row["name"], *filter(None, row["also"].split("|"))]) for row in rows]
    for code, called in labels:
        assert countries([code, code.lower(), *called]) == [code] * (2 + len(called))
    spoken = list(itertools.chain.from_iterable(called for _, called in labels))
    assert len({one.casefold() for one in spoken}) == len(spoken)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("Malaysia", "MY"), (" united  states ", "US"), ("Cote d'Ivoire", "CI"), ("türkiye", "TR")],
)
def test_a_country_is_matched_kindly(typed: str, code: str) -> None:
    assert country(typed) == code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Malaysa", "Malaysia (MY)"), ("Singapur", "Singapore (SG)"), ("XX", "ISO 3166-1")],
)
def test_an_unknown_country_is_refused_with_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(Malformed) as caught:
        country(typed)
    assert caught.value.code == "COUNTRY"
    assert meant in str(caught.value.hint)


@given(st.text(max_size=80))
def test_no_text_breaks_the_lookup_of_countries(text: str) -> None:
    with contextlib.suppress(LedgerError):
        assert len(country(text)) == 2


def test_the_recorded_spelling_wins(names: Names) -> None:
    assert names.spelled("party", "AOLANI") == "aolani"
    assert names.spelled("rack", "r0001") == "R0001"
    assert names.maybe("site", None) is None
    assert names.all("batch", ["b-01", "B-02"]) == ["B-01", "B-02"]
    assert names.doubts == []


def test_a_name_never_recorded_is_kept_and_doubted_where_another_is_near(names: Names) -> None:
    assert names.spelled("site", "JHR-2") == "JHR-2"
    assert names.spelled("site", "JHR-2") == "JHR-2"
    assert names.doubts == ["site JHR-2 was never recorded: did you mean JHR-1?"]
    assert names.spelled("shipment", "something-else") == "something-else"
    assert len(names.doubts) == 1
    assert names.spelled("model", "B200") == "B200"
    assert names.doubts[1] == "model B200 was never recorded: did you mean GPU?"


def test_a_legal_name_is_no_identifier_but_leads_to_one(names: Names) -> None:
    with pytest.raises(Malformed) as caught:
        names.spelled("party", "Aolani Cloud")
    assert (caught.value.code, caught.value.hint) == ("NAME", "did you mean aolani?")
    with pytest.raises(Malformed) as caught:
        names.spelled("party", "?")
    assert "letters, digits" in str(caught.value.hint)


def test_nothing_is_meant_where_nothing_is_near() -> None:
    assert did_you_mean("anything", {}) is None


def test_what_is_listed_as_data_comes_with_the_program() -> None:
    assert (Path(__file__).parent.parent / "commands" / "countries.tsv").is_file()
