"""The generated reference says what the code says, and the code says enough."""

import ast
from pathlib import Path

import click
import pytest

from docs import generate
from docs.error_reference import Raised, raised
from docs.event_reference import described_fields, events_page
from ledger.events import EVENT_TYPES


def errors_of(source: str) -> list[Raised]:
    return list(raised({"module.py": ast.parse(source)}))


def test_the_reference_is_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_a_page_that_differs_is_named_and_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    some = {name: generate.makers()[name] for name in ("events.md", "cli.md")}
    monkeypatch.setattr(generate, "makers", lambda: some)
    monkeypatch.setattr(generate, "REFERENCE", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "events.md").write_text("old\n")
    capsys.readouterr()
    assert generate.main(["--check"]) == 1
    assert "events.md" in capsys.readouterr().out
    assert (tmp_path / "events.md").read_text() == "old\n"


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_field_of_an_event_type_is_documented(name: str) -> None:
    data = EVENT_TYPES[name].data
    assert [one for one in data.__struct_fields__ if one not in described_fields(data)] == []


def test_every_event_type_and_what_it_asks_for_is_on_the_page() -> None:
    page = events_page()
    assert [name for name in EVENT_TYPES if f"### {name}\n" not in page] == []
    dispatched = page.split("### ShipmentDispatched.v1\n")[1].split("###")[0]
    assert "- on its own word: any trade role, as consignor; named in `consignor`" in dispatched
    assert "- expected to sign too: `carrier`" in dispatched
    assert "- opens the identifier: shipment (field `shipment`)" in dispatched
    assert "- control entry" not in dispatched
    assert "| `due` | date with its precision or `null` | expected day of arrival" in dispatched


def test_a_code_is_read_where_it_stands() -> None:
    source = 'raise Refused("KEY-OLD", f"the key {key[:8]}… of {party} is old", hint="renew it")'
    assert errors_of(source) == [
        Raised("KEY-OLD", "Refused", "the key … of … is old", "renew it"),
    ]


def test_a_code_that_is_an_argument_is_read_from_the_calls() -> None:
    source = """
def _need(holds, code, message):
    if not holds:
        raise Malformed(code, message)
_need(size > 0, "SIZE", "there is no size")
_need(size < 9, code="SIZE-LARGE", message=f"{size} is too large")
"""
    assert errors_of(source) == [
        Raised("SIZE", "Malformed", "there is no size", ""),
        Raised("SIZE-LARGE", "Malformed", "… is too large", ""),
    ]


def test_a_code_that_is_computed_is_read_from_the_docstring() -> None:
    source = '''
FLAWS = (("KEY-SHORT", "the key is short"), ("KEY-LONG", "the key is long"))
def check(key):
    """Check a key.

    Raises:
        Malformed: KEY-SHORT (A is short) or
            KEY-LONG.
        Unavailable: KEY-ABSENT.
    """
    raise Malformed(*flaw(key))
'''
    assert errors_of(source) == [
        Raised("KEY-SHORT", "Malformed", "the key is short", ""),
        Raised("KEY-LONG", "Malformed", "the key is long", ""),
    ]


def test_a_code_that_cannot_be_read_stops_the_reference() -> None:
    with pytest.raises(SystemExit, match=r"module\.py:1: the code of this Tampered"):
        errors_of("raise Tampered(code_of(row), 'altered')")


def test_the_help_of_every_command_is_on_the_page() -> None:
    @click.group(help="Keeps the ledger.")
    def program() -> None: ...

    @program.group(help="Parties.")
    def party() -> None: ...

    @party.command(help="Add a party.")
    @click.argument("name", required=True)
    def add(name: str) -> None: ...

    page = generate.cli_page(program)
    assert "## chipledger\n" in page
    assert "### chipledger party\n" in page
    assert "#### chipledger party add\n\n```text\nUsage: chipledger party add" in page
    assert "Add a party." in page
