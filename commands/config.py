"""`chipledger config`: the settings of a ledger's folder."""

import click
import msgspec

from commands.context import Desk, pass_desk
from commands.output import Format, formats, print_rows
from commands.settings import FILE, Config, write_config
from ledger.auditing import name_of
from ledger.errors import Malformed, Refused
from ledger.events.base import check_identifier
from ledger.place import place_of

CHANGEABLE = ("party", "key", "published", "store")


@click.command("config")
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Remove the setting NAME.")
@formats
@pass_desk
def command(desk: Desk, *, name: str | None, value: str | None, unset: bool, form: Format) -> None:
    """Show the settings, or set NAME (party, key, published or store) to VALUE."""
    if value is not None or unset:
        _change(desk, name or "", None if unset else value)
        return
    settings = msgspec.structs.asdict(desk.config)
    if name is not None and name not in settings:
        raise Malformed(
            "SETTING-UNKNOWN",
            f"{name[:40]!r} is no setting",
            hint=f"there are {', '.join(settings)}",
        )
    print_rows(
        [(key, held) for key, held in settings.items() if name in {None, key}],
        ("name", "value"),
        form,
        title=f"Settings in {desk.folder / FILE}",
        schema="chipledger.config/1",
        demonstration=False,
    )


def check_store(url: str) -> None:
    """Refuse what is no database's URL, and one with a password, before it is written down.

    Raises:
        Malformed: URL, URL-PASSWORD.
        Unavailable: STORE-EXTRA.
    """
    place = place_of(url)
    if not isinstance(place, str):
        raise Malformed(
            "URL",
            "the settings name a ledger in a database only",
            hint="write postgresql://…; for the file of this folder: `config store --unset`",
        )
    name_of(place)


def _change(desk: Desk, name: str, value: str | None) -> None:
    if name not in CHANGEABLE:
        raise Refused(
            "SETTING-FIXED",
            f"{name[:40]!r} cannot be set",
            hint=f"these can: {', '.join(CHANGEABLE)}; the others say which ledger this is",
        )
    if name == "party" and value is not None:
        check_identifier(value)
    if name == "store" and value is not None:
        check_store(value)
    settings = msgspec.structs.asdict(desk.config) | {name: value}
    try:
        config = msgspec.convert(settings, Config)
    except msgspec.ValidationError as error:
        raise Malformed(
            "SETTINGS-FORM",
            f"{(value or '')[:60]!r} cannot name a file or folder",
            where=name,
            hint="write its path without control characters, relative to the ledger's folder",
        ) from error
    write_config(desk.folder, config)
    click.echo(f"{name} is now {value or 'not set'}")
