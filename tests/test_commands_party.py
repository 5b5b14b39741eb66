"""Parties at the command line, each command as somebody would type it."""

from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.events.party import OwnershipDeclared, PartyChecked, PartyRegistered, RoleGranted
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.begun(tmp_path / "ledger", integrator="aivres")


def said(office: Office, index: int) -> object:
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        return ledger.event(index).statement.data


def test_a_party_is_registered_with_its_roles_in_one_command(office: Office) -> None:
    first, second, third = office.record(
        *("party", "add", "nvidia", "--name", "NVIDIA Corporation", "--display-name", "Nvidia"),
        *("--kind", "listed", "--founded", "1993-04", "--country", "usa"),
        *("--role", "maker", "--role", "certifier", "--role", "maker"),
    )
    assert said(office, first) == PartyRegistered(
        party="nvidia",
        legal_name="NVIDIA Corporation",
        display_name="Nvidia",
        kind="listed",
        founded="1993-04",
        country="US",
    )
    assert {said(office, second), said(office, third)} == {
        RoleGranted(party="nvidia", role="maker"),
        RoleGranted(party="nvidia", role="certifier"),
    }


def test_roles_are_granted_and_withdrawn(office: Office) -> None:
    office.record("party", "role", "aivres", "exporter")
    office.fail("ROLE-HELD", "party", "role", "aivres", "exporter")
    office.fail("REASON-MISSING", "party", "role", "aivres", "exporter", "--withdraw")
    office.record("party", "role", "aivres", "exporter", "--withdraw", "--reason", "asked to")
    office.fail(
        "ROLE-NOT-HELD", "party", "role", "aivres", "exporter", "--withdraw", "--reason", "again"
    )
    office.fail("ROLE-NONE", "party", "role", "aivres")
    office.fail("PARTY-UNKNOWN", "party", "role", "nobody", "maker")


def test_an_agency_needs_its_principals_signature(office: Office) -> None:
    office.party("swift", "forwarder")
    agency = ("party", "role", "swift", "--acts-for", "aivres")
    office.fail("AGENCY-TYPES", *agency)
    (index,) = office.record(*agency, "--type", "ShipmentReceived")
    with Ledger.open(str(office.folder / "ledger.db")) as ledger:
        signers = [one.party for one in ledger.event(index).statement.signatories]
    assert signers == ["operator", "aivres"]
    office.record(*agency, "--withdraw", "--reason", "over")


def test_headquarters_are_matched_kindly(office: Office) -> None:
    office.record("party", "headquarters", "aivres", "United States", "--parent-country", "cn")
    told = office.fail("COUNTRY", "party", "headquarters", "aivres", "Malasia")
    assert "did you mean Malaysia (MY)" in told


def test_owners_may_be_unnamed(office: Office) -> None:
    (index,) = office.record("party", "ownership", "aivres", "--percent", "51.5", "--direct")
    assert said(office, index) == OwnershipDeclared(owned="aivres", percent="51.5", direct=True)
    office.fail("NOT-TYPED", "party", "ownership", "aivres", "--percent", "51.50")


def test_a_check_keeps_the_digest_of_the_list(office: Office, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name\n")
    given = ("party", "check", "aivres", "--result", "clear", "--list", "Entity List 2026-01-02")
    (index,) = office.record(*given, "--list-file", str(tmp_path / "list.csv"))
    data = said(office, index)
    assert isinstance(data, PartyChecked)
    assert data.list_sha256 is not None
    office.record("party", "check", "aivres", "--kind", "kyc", "--result", "match")
    missing = str(tmp_path / "missing")
    office.fail("DOCUMENT-UNREADABLE", *given, "--list-file", missing, exit_code=3)


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "a..b", "--name", "x"),
        ("role", "a b", "maker"),
        ("headquarters", "-", "MY"),
        ("ownership", "x" * 65),
        ("check", "ä", "--result", "clear"),
    ],
)
def test_what_cannot_name_a_party_is_refused(office: Office, arguments: tuple[str, ...]) -> None:
    office.fail("IDENTIFIER", "party", *arguments, "--yes")


@pytest.mark.parametrize("text", ["", "x" * 201, "\ud800"])
def test_what_cannot_be_a_legal_name_is_refused(office: Office, text: str) -> None:
    code = "NOT-ENCODABLE" if text == "\ud800" else "NOT-TYPED"
    office.fail(code, "party", "add", "new", "--name", text, "--yes")


def test_an_update_says_the_party_is_registered_again(office: Office) -> None:
    office.record("party", "add", "aivres", "--name", "Aivres Systems Inc")
    assert office.audit().verdict == "PASS"
