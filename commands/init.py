"""`chipledger init`: a folder with a new ledger, its own key and its operator's keys."""

import shutil
import tempfile
from pathlib import Path

import click
from msgspec import structs

from commands.config import check_store
from commands.context import HIGH_WATER, LEDGER, LEDGER_KEY, Desk, password_option
from commands.keyring import KEYS
from commands.names import country as country_code
from commands.output import DEMONSTRATION, heading, safe
from commands.prompts import ask_passphrase, confirm
from commands.settings import Config, write_config
from ledger.application import Ledger
from ledger.authority import public_key
from ledger.draft import Submission
from ledger.errors import Conflict, Refused, Unavailable
from ledger.events.base import check_identifier
from ledger.events.party import PartyFields
from ledger.occurred import load_zone
from ledger.opening import Opening
from ledger.place import Roles
from ledger.rights import RIGHTS_NAME
from ledger.signing.fingerprint import speakable
from ledger.signing.keyfile import (
    public_path,
    read_password_file,
    sync_folder,
    write_key,
    write_public,
)
from ledger.signing.signer import MemorySigner
from ledger.writing import Writing, system_clock


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--origin", prompt="Name of the ledger, such as ledger.example.com", metavar="NAME")
@click.option("--party", prompt="Identifier of its operator, such as aolani", metavar="ID")
@click.option("--name", prompt="Legal name of the operator", metavar="TEXT")
@click.option("--display-name", metavar="TEXT", help="Name that tables print.")
@click.option("--country", metavar="COUNTRY", help="Country of registration (ISO 3166-1).")
@click.option("--zone", default="UTC", show_default=True, help="Zone of dates, such as Asia/Tokyo.")
@click.option(
    "--store", metavar="URL", help="Database for the entries: postgresql://HOST/DATABASE."
)
@click.option("--writer", metavar="ROLE", help="Role of the database that may record events.")
@click.option("--auditor", metavar="ROLE", help="Role of the database that may only read.")
@click.option("--demonstration", is_flag=True, help="All events will be invented.")
@click.option("--encrypt-ledger-key", is_flag=True, help="Ask for a passphrase at each recording.")
@click.option("--no-passphrase", is_flag=True, help="Keys in the clear; a demonstration only.")
@click.option("--yes", is_flag=True, help="Do not ask before signing.")
@password_option
@click.pass_obj
def command(
    desk: Desk,
    folder: Path,
    *,
    origin: str,
    party: str,
    name: str,
    display_name: str | None,
    country: str | None,
    zone: str,
    store: str | None,
    writer: str | None,
    auditor: str | None,
    demonstration: bool,
    encrypt_ledger_key: bool,
    no_passphrase: bool,
    yes: bool,
) -> None:
    """Make a ledger in FOLDER, which must be new or empty, and sign its opening."""
    check_identifier(party)
    load_zone(zone)
    if store is not None:
        check_store(store)
    if folder.absolute() == Path.cwd():
        raise Refused(
            "FOLDER-CURRENT",
            "the ledger's folder is put in place whole, and would leave you in one that is gone",
            where=str(folder),
            hint="name it from the folder above: `cd ..`, then `chipledger init NAME`",
        )
    if no_passphrase and not demonstration:
        raise Refused(
            "KEY-IN-THE-CLEAR",
            "keys of a party are in the clear only in a demonstration",
            hint="leave out --no-passphrase, or add --demonstration",
        )
    _require_empty(folder)
    ledger_key, registrar, recovery = (MemorySigner.generate() for _ in range(3))
    opening = Opening(
        origin=origin,
        operator=PartyFields(
            party=party,
            legal_name=name,
            display_name=display_name or name,
            country=None if country is None else country_code(country),
        ),
        ledger_key=public_key(ledger_key.public_key, "ledger"),
        registrar_key=public_key(registrar.public_key, "registrar"),
        recovery_key=public_key(recovery.public_key, "recovery, kept offline"),
        zone=zone,
        purpose="demonstration" if demonstration else "record",
    )
    signed = opening.draft(system_clock()).sign(registrar)
    _show(opening)
    if not yes:
        confirm("Sign and make the ledger?")
    passphrase = None if no_passphrase else _passphrase(desk, party)
    keys = {
        LEDGER_KEY: (ledger_key, passphrase if encrypt_ledger_key else None),
        f"{KEYS}/{party}.key": (registrar, passphrase),
        f"{KEYS}/{party}-recovery.key": (recovery, passphrase),
    }
    config = Config(origin=origin, fingerprint="0" * 64, party=party, store=store)
    fingerprint = _build(folder, keys, signed, config, Roles(writer, auditor))
    _tell(folder, party, fingerprint)


def _require_empty(folder: Path) -> None:
    """Refuse a folder that holds anything, so that nothing is ever made by accident.

    Raises:
        Conflict: FOLDER-NOT-EMPTY.
        Unavailable: FOLDER-UNWRITABLE.
    """
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise _unwritable(folder, error) from error
    if taken:
        raise Conflict(
            "FOLDER-NOT-EMPTY",
            "there is something of this name already",
            where=str(folder),
            hint="name a new folder, or an empty one",
        )


def _passphrase(desk: Desk, party: str) -> bytes:
    if desk.password_file is not None:
        return read_password_file(desk.password_file)
    return ask_passphrase(f"the keys of {party}", new=True)


def _show(opening: Opening) -> None:
    if opening.purpose == "demonstration":
        click.echo(DEMONSTRATION)
    click.echo(
        heading(safe(f"A new ledger {opening.origin}, operated by {opening.operator.party}"))
    )
    click.echo(safe(f"  operator  {opening.operator.legal_name}"))
    click.echo(f"  zone      {opening.zone}, for ever")
    click.echo(f"  rights    {RIGHTS_NAME}")


def _build(
    folder: Path,
    keys: dict[str, tuple[MemorySigner, bytes | None]],
    opening: Submission,
    config: Config,
    roles: Roles,
) -> bytes:
    """Make everything in a folder beside, and give it the name when it is whole and on the disk."""
    parent = folder.absolute().parent
    new = [one for one in (parent, *parent.parents) if not one.exists()]
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        (made / KEYS).mkdir(mode=0o700)
        for name, (signer, passphrase) in keys.items():
            write_key(made / name, signer, passphrase)
            write_public(public_path(made / name), signer.public_key)
        writing = Writing(signer=keys[LEDGER_KEY][0], high_water=made / HIGH_WATER)
        place = config.store or str(made / LEDGER)
        with Ledger.create(place, opening, writing, roles) as ledger:
            fingerprint = ledger.fingerprint
        write_config(made, structs.replace(config, fingerprint=fingerprint.hex()))
        made.rename(folder.absolute())
        for named_in in (parent, *(one.parent for one in new)):
            sync_folder(named_in)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return fingerprint


def _tell(folder: Path, party: str, fingerprint: bytes) -> None:
    recovery = folder / KEYS / f"{party}-recovery.key"
    click.echo(heading(f"made {folder}"))
    click.echo(f"  fingerprint  {speakable(fingerprint)}")
    click.echo("  Give this to your auditors by telephone or on paper, not with the ledger.")
    click.echo(f"  Move {recovery} to a safe: it brings you back when the other key is lost.")
    click.echo(f"next: chipledger -C {folder} party add ID --name 'LEGAL NAME' --role ROLE")


def _unwritable(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        "FOLDER-UNWRITABLE",
        f"the folder cannot be made: {error.strerror}",
        where=str(folder),
        hint="check its name, the permissions beside it and the disk",
    )
