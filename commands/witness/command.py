"""`chipledger witness`: be a witness of other ledgers, or ask witnesses to cosign this one."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click

from commands.attachments import read_capped
from commands.context import Desk, pass_desk, password_option
from commands.keyring import Keyring
from commands.outside_trust import read_policy
from commands.prompts import ask_passphrase
from commands.witness.asking import ask
from commands.witness.server import WitnessServer, parse_address
from commands.witness.state import WitnessState
from commands.witness.witness import Witness
from ledger.anchoring import keep_anchor
from ledger.errors import LedgerError, Malformed, Tampered, Unavailable
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.cosignature import Cosigner, open_cosignatures
from ledger.log.note import (
    Note,
    NoteSignature,
    format_note,
    parse_note,
    parse_verifier_key,
)
from ledger.signing.keyfile import public_path, read_password_file, write_key, write_public
from ledger.signing.signer import MemorySigner
from ledger.source import Anchor
from ledger.trust.policy import POLICY_BYTES_MAX, Policy, parse_policy

_PATH = click.Path(path_type=Path)


@click.group("witness")
def command() -> None:
    """Cosign checkpoints of other ledgers, or have this one's cosigned (C2SP tlog-witness)."""


@command.command()
@click.option("--name", required=True, help="Key name, such as witness.example/w1.")
@click.option("--key", type=_PATH, required=True, help="File to write its new key to.")
@click.option("--state", type=_PATH, required=True, help="Folder to remember checkpoints in.")
@click.option("--no-passphrase", is_flag=True, help="Leave the key in the clear.")
@password_option
@pass_desk
def init(desk: Desk, *, name: str, key: Path, state: Path, no_passphrase: bool) -> None:
    """Make a witness: its key and its state, which belong together for ever."""
    signer = MemorySigner.generate()
    witness = Cosigner(name, signer.public_key)
    passphrase = None
    if not no_passphrase:
        given = desk.password_file
        passphrase = (
            read_password_file(given) if given else ask_passphrase(f"the key of {name}", new=True)
        )
    WitnessState.create(state, witness)
    write_key(key, signer, passphrase)
    write_public(public_path(key), signer.public_key)
    click.echo(f"made the witness {name}: {key} and {state}")
    click.echo("for policies:")
    click.echo(witness.verifier_key)


@command.command()
@click.option("--key", type=_PATH, required=True, help="The witness's key.")
@click.option("--state", type=_PATH, required=True, help="What it remembers.")
@click.option(
    "--log",
    "logs",
    metavar="VKEY|POLICY",
    required=True,
    multiple=True,
    help="A log that it cosigns: a verifier key, or a policy file with log lines.",
)
@click.option("--listen", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT")
@password_option
@pass_desk
def serve(desk: Desk, *, key: Path, state: Path, logs: tuple[str, ...], listen: str) -> None:
    """Answer requests for cosignatures until it is interrupted."""
    address = parse_address(listen)
    signer = Keyring(key.parent, lambda: desk.password_file).open(key)
    witness = Witness(WitnessState(state), signer, _known(logs))
    for ending in (signal.SIGINT, signal.SIGTERM):  # also where whoever started it ignores them
        signal.signal(ending, _interrupt)
    with WitnessServer(witness, address) as server, suppress(KeyboardInterrupt):
        click.echo(f"witness {witness.name} answers at {server.url}")
        server.serve_forever()


@command.command()
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--policy", type=_PATH, required=True, help="Witnesses that are known.")
@pass_desk
def request(desk: Desk, *, urls: tuple[str, ...], policy: Path) -> None:
    """Have the newest checkpoint cosigned by the witnesses at these URLs, or the policy's.

    What they give is kept beside the ledger as an anchor, and goes along with evidence files.
    """
    known = read_policy(policy)
    ledger = desk.reader()
    note = ledger.checkpoint()
    size = parse_checkpoint_text(parse_note(note).text).size
    held = _held(desk, known, note)
    lines: dict[Cosigner, NoteSignature] = {}
    failed: list[LedgerError] = []
    for url in _urls(urls, known, held):
        try:
            given = ask(url, note, lambda old: _proof(desk, old, size), known.cosigners)
        except LedgerError as error:
            failed.append(error)
            continue
        for line in given:
            [who] = [one for one in known.cosigners if one.wrote(line)]
            click.echo(f"{who.name} cosigned {size:,} entries")
            if who not in held:
                lines[who] = line
    if lines:
        signed = parse_note(note)
        cosigned = format_note(Note(signed.text, (*signed.signatures, *lines.values())))
        keep_anchor(desk.store, Anchor(size, cosigned, None))
    _conclude(known, held | set(lines), failed, size)


def _conclude(
    policy: Policy, cosigned: set[Cosigner], failed: list[LedgerError], size: int
) -> None:
    """Say what is there now; raise what must not be overlooked, or what keeps from the quorum."""
    met = policy.is_met(cosigned)
    for error in sorted(failed, key=lambda one: not isinstance(one, Tampered)):
        if not met or isinstance(error, Tampered):
            raise error
        click.echo(f"left out: {error}", err=True)
    if not met:
        raise Unavailable(
            "WITNESS-QUORUM",
            f"{len(cosigned)} cosignatures of {size:,} entries are not the policy's quorum",
            hint="ask more of its witnesses: name their URLs",
        )
    click.echo(f"the quorum of the policy has cosigned {size:,} entries")
    click.echo("next: chipledger verify --policy FILE")


def _urls(urls: tuple[str, ...], policy: Policy, held: set[Cosigner]) -> Iterator[str]:
    """Yield whom to ask: those named, else those of the policy whose word is not here yet."""
    own = [one for one in policy.witnesses if one.url is not None]
    if not urls and not own:
        raise click.UsageError("name a URL, or write it behind a witness's key in the policy")
    yield from urls
    if not urls:
        yield from (one.url for one in own if one.url and one.cosigner not in held)


def _held(desk: Desk, policy: Policy, note: bytes) -> set[Cosigner]:
    """Return who has cosigned the newest checkpoint before, as the anchors show."""
    text = parse_note(note).text
    found: set[Cosigner] = set()
    for anchor in desk.reader().anchors():
        with suppress(LedgerError):
            if parse_note(anchor.note).text == text:
                found |= open_cosignatures(anchor.note, policy.cosigners).keys()
    return found


def _proof(desk: Desk, old: int, size: int) -> tuple[bytes, ...]:
    return desk.reader().prove_consistency(old, size)


def _known(given: Iterable[str]) -> list[tuple[str, bytes]]:
    """Return origin and key of the logs that verifier keys and policy files name.

    Raises:
        Malformed: VERIFIER-KEY, POLICY-…, WITNESS-LOGS where a policy lists no log.
    """
    found: list[tuple[str, bytes]] = []
    for text in given:
        if "+" in text and not Path(text).is_file():
            found.append(parse_verifier_key(text))
            continue
        logs = parse_policy(read_capped(Path(text), POLICY_BYTES_MAX)).logs
        if not logs:
            raise Malformed("WITNESS-LOGS", "the policy lists no log", where=text)
        found += [(one.origin, one.public_key) for one in logs]
    return found


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
