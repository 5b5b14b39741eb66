"""`chipledger key unlock` and `key lock`: one passphrase for some hours of work."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from commands.context import LEDGER_KEY, Desk, pass_desk, password_option
from commands.prompts import ask_passphrase
from commands.unlocked import all_unlocked, keep_unlocked, lock, unlocked
from ledger.errors import Malformed, Refused
from ledger.events.base import check_identifier
from ledger.signing.keyfile import public_path, read_key, read_password_file, read_public
from ledger.signing.signer import key_id

LONGEST = timedelta(hours=24)
_DURATION = re.compile(r"([1-9][0-9]{0,3})([hm])", re.ASCII)


def duration(text: str) -> timedelta:
    """Read a time to keep a key unlocked: `8h`, `30m`; a day at most.

    Raises:
        Malformed: DURATION.
    """
    found = _DURATION.fullmatch(text)
    length = timedelta(0)
    if found is not None:
        number = int(found[1])
        length = timedelta(hours=number) if found[2] == "h" else timedelta(minutes=number)
    if not timedelta(0) < length <= LONGEST:
        raise Malformed(
            "DURATION",
            f"{text!r} is no time up to 24 hours",
            where="--for",
            hint="hours or minutes: 8h, 30m",
        )
    return length


@click.command("unlock")
@click.argument("party", required=False)
@click.option("--for", "length", default="8h", show_default=True, help="How long: 8h, 30m.")
@click.option("--file", type=click.Path(path_type=Path), help="The key's private file.")
@click.option("--ledger-key", is_flag=True, help="The ledger's own key, which signs checkpoints.")
@password_option
@pass_desk
def unlock(
    desk: Desk, party: str | None, length: str, file: Path | None, *, ledger_key: bool
) -> None:
    """Keep a key of PARTY unlocked for some hours: commands then ask for no passphrase.

    Meanwhile whatever runs as this user of this machine can sign with it.
    """
    seconds = int(duration(length).total_seconds())
    path = _file(desk, party, file, ledger_key=ledger_key)
    asked = False

    def passphrase() -> bytes:
        nonlocal asked
        asked = True
        given = desk.password_file
        return ask_passphrase(str(path)) if given is None else read_password_file(given)

    signer = read_key(path, passphrase)
    if not asked:
        raise Refused(
            "KEY-IN-THE-CLEAR",
            "the key is not encrypted: there is nothing to unlock",
            where=str(path),
        )
    half = public_path(path)
    if not half.is_file() or read_public(half) != signer.public_key:
        raise Refused(
            "KEY-CHANGED",
            "the public half beside the key is missing or another key's, and commands look there",
            where=str(half),
            hint="put back the pair that belongs together",
        )
    kept = keep_unlocked(signer, seconds, desk.reader().origin if ledger_key else None)
    ends = datetime.now(UTC) + timedelta(seconds=kept.seconds_left)
    click.echo(f"unlocked {key_id(kept.public_key)[:8]}… until {ends:%Y-%m-%dT%H:%M:%SZ}: {path}")
    click.echo("  Until then whatever runs as this user of this machine can sign with it.")
    click.echo("next: chipledger key lock")


def _file(desk: Desk, party: str | None, file: Path | None, *, ledger_key: bool) -> Path:
    """Return the file of the one key that is meant."""
    if sum((party is not None, file is not None, ledger_key)) != 1:
        raise Malformed(
            "KEY-WHICH",
            "one key must be meant",
            hint="name its PARTY, or its file with --file, or ask for --ledger-key",
        )
    if file is not None:
        return file
    if ledger_key:
        return desk.folder / LEDGER_KEY
    hand = desk.hand(check_identifier(str(party)))
    if hand.file is None:
        raise Refused(
            "KEY-ABSENT",
            f"no key in force of {party} is here",
            where=str(desk.folder),
            hint="name it with --file",
        )
    return hand.file


@click.command("lock")
@click.argument("party", required=False)
@pass_desk
def lock_keys(desk: Desk, party: str | None) -> None:
    """Lock the keys of PARTY again, or all that this user keeps unlocked."""
    if party is None:
        found = all_unlocked()
    else:
        files = desk.keyring.files(check_identifier(party))
        keys = [unlocked(read_public(public_path(path))) for path in files]
        found = [one for one in keys if one is not None]
    for one in found:
        lock(one)
        click.echo(f"locked {key_id(one.public_key)[:8]}…")
    if not found:
        click.echo("no key was unlocked")
