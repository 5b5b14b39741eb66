"""`chipledger key`: the keys that parties sign with."""

from pathlib import Path

import click

from commands.context import Desk, pass_desk, password_option
from commands.key_unlock import lock_keys, unlock
from commands.keyring import KEYS, Hand
from commands.output import Format, formats, print_rows
from commands.prompts import ask_passphrase
from commands.recording import Given, Item, record, record_all, recording
from ledger.authority import EnrolledKey, public_key
from ledger.errors import Malformed, Refused
from ledger.events.base import check_identifier
from ledger.events.party import KeyEnrolled, KeyRevoked
from ledger.signing.fingerprint import speakable
from ledger.signing.keyfile import (
    public_path,
    read_password_file,
    read_public,
    write_key,
    write_public,
)
from ledger.signing.signer import MemorySigner, key_id

REASONS = ("superseded", "lost", "compromised", "holder_left", "other")
COLUMNS = ("party", "key", "holder", "enrolled", "revoked", "reason", "vouched_for_by", "here")
HOLDER = "signing desk"
_KEY_FILE = click.Path(path_type=Path)
holder_option = click.option(
    "--holder", default=HOLDER, show_default=True, help="Post or device that keeps it; no person."
)


@click.group("key")
def command() -> None:
    """Generate, enrol, revoke and compare keys."""


command.add_command(unlock)
command.add_command(lock_keys)


@command.command()
@click.argument("party")
@click.option("--out", type=_KEY_FILE, help="File to write; keys/PARTY.key where left out.")
@click.option("--no-passphrase", is_flag=True, help="In the clear; a demonstration only.")
@password_option
@pass_desk
def generate(desk: Desk, party: str, out: Path | None, no_passphrase: bool) -> None:
    """Make a key for PARTY: a private file, and its public half beside it."""
    check_identifier(party)
    path = _make(desk, party, out, no_passphrase=no_passphrase)
    public = read_public(public_path(path))
    click.echo(f"made {path} and {public_path(path).name}")
    click.echo(f"  key          {key_id(public)}")
    click.echo(f"  fingerprint  {speakable(bytes.fromhex(key_id(public)))}")
    click.echo("  Keep the file and its passphrase apart; give the .pub to the registrar.")
    click.echo(f"next: chipledger key enroll {party}")


def _make(desk: Desk, party: str, out: Path | None, *, no_passphrase: bool = False) -> Path:
    """Write a new key to a new file and return its path."""
    if no_passphrase and not desk.demonstration:
        raise Refused(
            "KEY-IN-THE-CLEAR",
            "keys of a party are in the clear only in a demonstration",
            hint="leave out --no-passphrase",
        )
    path = out or _free_name(desk.folder / KEYS, party)
    passphrase = None
    if not no_passphrase:
        given = desk.password_file
        what = f"the new key of {party}"
        passphrase = read_password_file(given) if given else ask_passphrase(what, new=True)
    signer = MemorySigner.generate()
    write_key(path, signer, passphrase)
    write_public(public_path(path), signer.public_key)
    return path


def _free_name(folder: Path, party: str) -> Path:
    path, number = folder / f"{party}.key", 1
    while path.exists() or public_path(path).exists():
        number += 1
        path = folder / f"{party}-{number}.key"
    return path


@command.command()
@click.argument("party")
@click.option("--file", type=_KEY_FILE, help="The key: its private file, or the .pub alone.")
@holder_option
@click.option("--reset", is_flag=True, help="Do without the party's key in force; it is flagged.")
@recording
def enroll(
    desk: Desk, *, given: Given, party: str, file: Path | None, holder: str, reset: bool
) -> None:
    """Bring a new key of PARTY into the ledger: signed by registrar, new key and old key."""
    check_identifier(party)
    path = file or _new_key_file(desk, party)
    data, new = _enrolment(desk, party, path, holder)
    others = [new]
    reader = desk.reader()
    if reader.authority.keys_of(party, reader.size) and not reset:
        previous = desk.hand(party)
        if previous.key != desk.hand(desk.party(given.party), given.key).key:
            others.append(previous)
    summary = [f"Enrol the key {new.key[:8]}… for {party}"]
    record(desk, given, data, summary=summary, next_command="chipledger key list", others=others)


def _enrolment(desk: Desk, party: str, path: Path, holder: str) -> tuple[KeyEnrolled, Hand]:
    """Return the event that enrols the key of a file, and that key as one who signs it."""
    if path.suffix == ".pub":
        raw, private = read_public(path), path.with_suffix("")
    else:
        half = public_path(path)
        raw = read_public(half) if half.is_file() else desk.keyring.open(path).public_key
        private = path
    hand = Hand(party, key_id(raw), private if private.is_file() else None)
    return KeyEnrolled(party=party, key=public_key(raw, holder)), hand


def _new_files(desk: Desk, party: str) -> list[Path]:
    """Return the files of keys named for a party that no entry has enrolled."""
    known = desk.reader().authority.keys
    keyring = desk.keyring
    return [path for path in keyring.files(party) if keyring.id_of(path) not in known]


def _new_key_file(desk: Desk, party: str) -> Path:
    found = _new_files(desk, party)
    if len(found) == 1:
        return found[0]
    names = ", ".join(path.name for path in found) or "none"
    raise Malformed(
        "KEY-FILE-WHICH",
        f"there must be one new key of {party} here; found: {names}",
        where=str(desk.folder / KEYS),
        hint=f"name it with --file, or make one: `chipledger key generate {party}`",
    )


@command.command()
@click.argument("party")
@click.argument("key", required=False)
@click.option("--reason", type=click.Choice(REASONS), required=True)
@click.option("--doubted-since", type=click.IntRange(min=0), help="First entry of it in doubt.")
@recording
def revoke(
    desk: Desk,
    *,
    given: Given,
    party: str,
    key: str | None,
    reason: str,
    doubted_since: int | None,
) -> None:
    """End a KEY of PARTY (its first digits will do); what it signed before stays valid."""
    found = _in_force(desk, check_identifier(party), key or "")
    data = KeyRevoked(party=found.party, key=found.id, reason=reason, doubted_since=doubted_since)  # type: ignore[arg-type]  # a Choice
    summary = [f"Revoke the key {found.id[:8]}… of {found.party}: {reason}"]
    record(desk, given, data, summary=summary, next_command="chipledger key list")


def _in_force(desk: Desk, party: str, prefix: str) -> EnrolledKey:
    reader = desk.reader()
    keys = reader.authority.keys_of(party, reader.size)
    found = [one for one in keys if one.id.startswith(prefix.lower())]
    if len(found) != 1:
        names = ", ".join(f"{one.id[:8]}… ({one.holder})" for one in keys) or "none"
        raise Malformed(
            "KEY-WHICH",
            f"one key of {party} must be meant; in force: {names}",
            where=party,
            hint="add the first digits of the key",
        )
    return found[0]


@command.command()
@click.argument("party")
@holder_option
@recording
def rotate(desk: Desk, *, given: Given, party: str, holder: str) -> None:
    """Give PARTY a new key and end the old one: signed by registrar, old and new key."""
    check_identifier(party)
    previous = desk.hand(party)
    spare = _new_files(desk, party)  # left by an attempt that was not confirmed
    path = spare[0] if len(spare) == 1 else _make(desk, party, None)
    data, new = _enrolment(desk, party, path, holder)
    registrar = desk.hand(desk.party(given.party), given.key)
    enrolling = (registrar, *(one for one in (new, previous) if one.key != registrar.key))
    items = [
        Item(data, hands=enrolling),
        Item(KeyRevoked(party=party, key=previous.key, reason="superseded"), hands=(new,)),
    ]
    summary = [f"Replace the key {previous.key[:8]}… of {party} by {new.key[:8]}…"]
    record_all(desk, given, items, summary=summary, next_command="chipledger key list")


@command.command("list")
@click.argument("party", required=False)
@formats
@pass_desk
def list_keys(desk: Desk, party: str | None, form: Format) -> None:
    """List keys: whose, since when, until when, and who vouches for them."""
    reader = desk.reader()
    here = {
        desk.keyring.id_of(path.with_suffix(""))
        for path in (desk.folder / KEYS).glob("*.key.pub")
        if path.with_suffix("").is_file()
    }
    rows = [
        (
            key.party,
            key.id[:16],
            key.holder,
            key.enrolled,
            key.revoked,
            key.reason,
            f"{key.voucher} ({', '.join(key.vouched_by)})",
            key.id in here,
        )
        for key in reader.authority.keys.values()
        if party is None or key.party.lower() == party.lower()
    ]
    print_rows(
        rows,
        COLUMNS,
        form,
        title="Keys, by entry",
        schema="chipledger.keys/1",
        demonstration=desk.demonstration,
    )


@command.command()
@click.argument("name", required=False)
@pass_desk
def fingerprint(desk: Desk, name: str | None) -> None:
    """Print the fingerprint of the ledger, or of the keys of a party or .pub file NAME.

    Compare it over the telephone, group by group: each group checks itself.
    """
    if name is None:
        _print_fingerprint(desk.reader().origin, desk.reader().fingerprint)
        return
    if Path(name).is_file():
        _print_fingerprint(name, bytes.fromhex(key_id(read_public(Path(name)))))
        return
    reader = desk.reader()
    keys = reader.authority.keys_of(check_identifier(name), reader.size)
    if not keys:
        raise Refused(
            "KEY-NONE",
            f"{name} has no key in force, and no file is named so",
            hint="`chipledger key list` shows all keys",
        )
    for key in keys:
        _print_fingerprint(f"{key.party}, {key.holder}", bytes.fromhex(key.id))


def _print_fingerprint(what: str, digest: bytes) -> None:
    click.echo(what)
    click.echo(f"  {speakable(digest)}")
    click.echo(f"  {digest.hex()}")
