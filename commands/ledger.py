"""`chipledger ledger`: the ledger's own key, which signs its checkpoints."""

from pathlib import Path

import click

from commands import receipts
from commands.attachments import write_new
from commands.context import Desk, next_key_path, pass_desk, password_option
from commands.ledger_anchor import adopt_rights, anchor
from commands.output import Format, announce, heading, safe
from commands.preflight import Report
from commands.prompts import confirm
from ledger.authority import public_key
from ledger.draft import Circumstances
from ledger.errors import Conflict, Malformed, Refused
from ledger.events.base import Signatory
from ledger.events.ledger import LedgerKeyRotated
from ledger.log.note import verifier_key
from ledger.signing.fingerprint import speakable
from ledger.signing.keyfile import public_path, read_password_file, write_key, write_public
from ledger.signing.signer import MemorySigner


@click.group("ledger")
def command() -> None:
    """Look after the ledger itself."""


for _verb in (anchor, adopt_rights):
    command.add_command(_verb)


@command.command()
@click.option("--out", type=click.Path(path_type=Path), help="Write it to a new file.")
@pass_desk
def checkpoint(desk: Desk, out: Path | None) -> None:
    """Print the newest signed checkpoint: keep it, and no later audit can lose what it covers."""
    note = desk.reader().checkpoint()
    if out is None:
        click.echo(note, nl=False)
        return
    write_new(out, note)
    click.echo(f"wrote {out}: {desk.reader().size:,} entries")
    click.echo(f"next: chipledger verify --checkpoint {out}, now or in a year")


@command.command("verifier-key")
@pass_desk
def print_verifier_key(desk: Desk) -> None:
    """Print the key that signs the checkpoints, as witnesses and policy files take it."""
    reader = desk.reader()
    click.echo(verifier_key(reader.origin, reader.authority.checkpoint_key(reader.size)))


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@pass_desk
def backup(desk: Desk, file: Path) -> None:
    """Copy entries, documents and anchors into the new FILE, while others may go on recording."""
    ledger = desk.reader()
    ledger.backup(file)
    click.echo(f"wrote {file}: {ledger.size:,} entries; keys and high-water stay where they are")
    click.echo(f"next: chipledger verify {file} --fingerprint {speakable(ledger.fingerprint)}")


@command.command("rotate-key")
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--encrypt", is_flag=True, help="Encrypt the new key with the --password-file.")
@click.option("--dry-run", is_flag=True, help="Show what would be signed; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before signing.")
@password_option
@pass_desk
def rotate_key(desk: Desk, reason: str, encrypt: bool, dry_run: bool, yes: bool) -> None:
    """Give the ledger a new key; old and new sign the checkpoint at the hand-over."""
    ledger = desk.writer()  # it also ends a rotation that a crash interrupted
    operator = ledger.authority.operator
    hand = desk.hand(operator)
    announce(Format(), demonstration=desk.demonstration)
    click.echo(heading(safe(f"Replace the key of {ledger.origin}: {reason}")))
    click.echo(f"  signed by {operator} ({hand.key[:8]}…)")
    if dry_run:
        click.echo("dry run: nothing was signed, nothing was written")
        return
    if not yes:
        confirm("Sign and record this?")
    signer = desk.keyring.signer(hand)
    new = MemorySigner.generate()
    data = LedgerKeyRotated(checkpoint_key=public_key(new.public_key, "ledger"), reason=reason)
    today = desk.now().astimezone(ledger.zone).date().isoformat()
    by = Signatory(party=operator, key=hand.key)
    draft = ledger.draft(data, by, Circumstances(occurred=today))
    signed = draft.sign(signer)
    _write_next(desk, new, encrypt=encrypt)
    try:
        receipt = ledger.append(signed, new_key=new)
    except (Malformed, Refused, Conflict):  # after any other error it may be recorded all the same
        _drop_next(desk, new)
        raise
    desk.take_next_key()
    step = "chipledger verify"
    receipts.print_recorded(desk, [receipt], [draft], Report(), step, as_json=False)


def _write_next(desk: Desk, new: MemorySigner, *, encrypt: bool) -> None:
    """Write the next key beside the present one: after a crash it is there if the log has it."""
    path, given = next_key_path(desk.folder, new.public_key), desk.password_file
    write_key(path, new, read_password_file(given) if encrypt and given else None)
    write_public(public_path(path), new.public_key)


def _drop_next(desk: Desk, new: MemorySigner) -> None:
    """Take away a next key that was refused. One that the log names is the ledger's only key."""
    ledger = desk.reader()
    if ledger.authority.checkpoint_key(ledger.size) == new.public_key:
        return
    path = next_key_path(desk.folder, new.public_key)
    for left in (path, public_path(path)):
        left.unlink(missing_ok=True)
