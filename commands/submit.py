"""`chipledger submit`: a draft on its way: shown in full, signed by who is here, recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import click

from commands import files, preflight, receipts
from commands.context import Desk, pass_desk, password_option
from commands.document import check_draft
from commands.drafts import read_draft, write_draft
from commands.keyring import KEYS, Hand, Keyring
from commands.output import DEMONSTRATION, heading, print_json, safe
from commands.sealing import read_annex
from commands.statement_text import annex_lines, statement_lines, totals
from ledger.authority import raw_key
from ledger.draft import Draft, Submission, add_signatures, unsigned
from ledger.entry import disposed_document, idempotency_key
from ledger.errors import LedgerError, Malformed, Refused, Unavailable
from ledger.events.base import Signatory, Statement
from ledger.events.party import KeyEnrolled
from ledger.signing.ed25519 import verify
from ledger.signing.envelope import pae
from ledger.signing.keyfile import public_path
from ledger.signing.signer import key_id


@dataclass(frozen=True, slots=True)
class Transit:
    """A draft as it was found, and who has not signed it."""

    path: Path
    submission: Submission
    statement: Statement
    missing: tuple[Signatory, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for beside the draft.

    Attributes:
        keys: files of keys to sign with.
        service: address of the one that records it, or None.
        dry_run: show it, and write nothing.
        yes: do not ask.
        as_json: print JSON.
    """

    keys: tuple[Path, ...]
    service: str | None
    dry_run: bool
    yes: bool
    as_json: bool


@click.command("submit")
@click.argument(
    "drafts", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--key", "keys", type=click.Path(path_type=Path), multiple=True, help="Key to use.")
@click.option("--to", "service", metavar="URL", help="Have a submission service record it.")
@click.option("--dry-run", is_flag=True, help="Show what would be signed; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before signing.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@password_option
@pass_desk
def command(
    desk: Desk,
    *,
    drafts: tuple[Path, ...],
    keys: tuple[Path, ...],
    service: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Sign the draft FILE with the keys that are here; record it when all have signed.

    Away from the ledger, name your key: the draft is signed and written back, to be sent on. With
    --to, a service records it, and its proof is written beside FILE; doing so again does no harm.
    Several drafts are taken one after the other, as they are named. Where one fails, those before
    it are done: the same command again goes on from there.
    """
    asked = Asked(keys, service, dry_run, yes, as_json)
    for number, file in enumerate(drafts):
        try:
            _submit(desk, file, asked)
        except LedgerError:
            if len(drafts) > 1:
                told = f"{number} of {len(drafts)} drafts are done; {file} is not"
                click.echo(safe(told), err=True)
            raise


def _submit(desk: Desk, file: Path, asked: Asked) -> None:
    """Take one draft."""
    keys, service, as_json = asked.keys, asked.service, asked.as_json
    submission, statement = read_draft(file)
    _check_form(submission, statement)
    draft = Transit(file, submission, statement, unsigned(statement, submission.envelope))
    here = service is None and desk.is_here
    if here:
        _check_signatures(desk, draft)
    keyring = desk.keyring if here else Keyring(Path(), lambda: desk.password_file)
    hands = _hands(draft, keyring, [*keys, *(_key_files(desk) if here else ())])
    _show(desk if here else None, draft, hands, to_stderr=as_json)
    report = preflight.Report()
    if here:
        explicit = idempotency_key(statement) is not None
        made = [Draft(statement, submission.documents)]
        report = preflight.check(desk, made, explicit=explicit)
        for warning in report.warnings:
            click.echo(safe(f"warning: {warning}"), err=True)
        if report.repeated is not None:
            receipts.print_repeated(desk, report.repeated, as_json=as_json)
            return
        if disposed_document(statement) is not None:
            check_draft(desk, statement.data)
    complete = (here or service is not None) and len(hands) == len(draft.missing)
    if asked.dry_run:
        click.echo("dry run: nothing was signed, nothing was written", err=as_json)
        return
    if not complete and (service is not None or not hands):
        raise _nobody_here(draft)
    question = "Sign and record this?" if complete else "Sign this and write it back?"
    preflight.settle(report, question, yes=asked.yes)
    signed = _signed(draft, keyring, hands)
    if service is not None:
        _send(service, file, signed, as_json=as_json)
        return
    if complete:
        receipt = desk.writer().append(signed)
        made = [Draft(statement, signed.documents)]
        step = f"chipledger show {receipt.index}"
        receipts.print_recorded(desk, [receipt], made, report, step, as_json=as_json)
        return
    write_draft(file, signed, new=False)
    receipts.print_drafted(file, signed, as_json=as_json)


def _send(service: str, file: Path, signed: Submission, *, as_json: bool) -> None:
    """Have a service record it; what it answers is kept beside the draft."""
    try:
        from commands.service.client import Client  # noqa: PLC0415  an extra
    except ImportError as error:
        raise Unavailable(
            "EXTRA-MISSING",
            f"sending needs a package that is not installed: {error.name}",
            hint="pip install 'chipledger[service]'",
        ) from error
    write_draft(file, signed, new=False)  # so that it can be sent again without the key
    client = Client(service)
    receipt = client.submit(signed)
    proof = file.with_name(f"{file.name}.tlog-proof")
    files.replace(proof, client.proof(receipt, signed))
    told = {"entry": receipt.index, "id": receipt.id, "repeated": receipt.repeated}
    if as_json:
        print_json("chipledger.sent/1", {**told, "proof": str(proof)})
        return
    done = "recorded before, as" if receipt.repeated else "recorded as"
    click.echo(safe(f"{done} entry {receipt.index}, says {service}; its proof is in {proof}"))
    for name in receipt.missing:
        click.echo(safe(f"warning: the ledger lacks the document {name[:8]}…"), err=True)
    click.echo(safe(f"next: chipledger verify {proof} --fingerprint FINGERPRINT"))


def _key_files(desk: Desk) -> list[Path]:
    found = sorted((desk.folder / KEYS).glob("*.key"))
    return [path for path in found if public_path(path).is_file()]


def _check_form(submission: Submission, statement: Statement) -> None:
    """Refuse signatures of others than the signatories, and documents that are not named.

    Raises:
        Malformed: DRAFT-SIGNATURES, DRAFT-DOCUMENTS.
    """
    order = [one.key for one in statement.signatories]
    made = [one.keyid for one in submission.envelope.signatures]
    if made != [key for key in order if key in made]:
        raise Malformed(
            "DRAFT-SIGNATURES",
            "the draft carries signatures of others than its signatories, or in another order",
            where="envelope",
            hint="ask for the draft again",
        )
    named = {one.sha256 for one in statement.documents} | {statement.annex}
    for document in submission.documents:
        if sha256(document).hexdigest() not in named:
            raise Malformed(
                "DRAFT-DOCUMENTS",
                "the draft carries a document that its statement does not name",
                where="documents",
                hint="ask for the draft again",
            )


def _check_signatures(desk: Desk, draft: Transit) -> None:
    """Refuse a signature that does not verify, before anybody signs beside it.

    Raises:
        Refused: SIGNATURE, KEY-UNENROLLED, KEY-….
    """
    reader = desk.reader()
    data = draft.statement.data
    carried = {}
    if isinstance(data, KeyEnrolled):
        raw = raw_key(data.key)
        carried[key_id(raw)] = raw
    message = pae(draft.submission.envelope.statement_bytes())
    parties = {one.key: one.party for one in draft.statement.signatories}
    for signature in draft.submission.envelope.signatures:
        party = parties[signature.keyid]
        key = carried.get(signature.keyid)
        if key is None:
            key = reader.authority.key(signature.keyid, party, reader.size).public_key
        if not verify(key, message, signature.raw()):
            raise Refused(
                "SIGNATURE",
                f"the signature of {party} does not verify",
                where=str(draft.path),
                hint="these are not the bytes that were signed; ask for the draft again",
            )


def _hands(draft: Transit, keyring: Keyring, files: Sequence[Path]) -> list[Hand]:
    """Return those who have not signed and whose key is in one of the files."""
    by_id = {keyring.id_of(path): path for path in reversed(files)}
    return [Hand(one.party, one.key, by_id[one.key]) for one in draft.missing if one.key in by_id]


def _show(desk: Desk | None, draft: Transit, hands: Sequence[Hand], *, to_stderr: bool) -> None:
    """Show all that is being signed, who signed, who signs now, who still has to."""
    if desk is not None and desk.demonstration:
        click.echo(DEMONSTRATION, err=to_stderr)
    click.echo(heading("This is what will be signed:"), err=to_stderr)
    for line in statement_lines(draft.statement):
        click.echo(safe(f"  {line}"), err=to_stderr)
    for line in _annex(draft):
        click.echo(safe(f"  {line}"), err=to_stderr)
    for model, batch, state, quantity, racks in totals([draft.statement]):
        place = f" in {racks:,} racks" if racks else ""
        click.echo(f"  total: {quantity:,} {model} of {batch}, {state}{place}", err=to_stderr)
    now = {hand.key for hand in hands}
    missing = {one.key for one in draft.missing}
    for one in draft.statement.signatories:
        told = "signs now" if one.key in now else "has still to sign"
        told = told if one.key in missing else "has signed"
        click.echo(f"  {one.party} ({one.key[:8]}…) {told}", err=to_stderr)
    if desk is None:
        told = "no ledger is here: the signatures of others and the rights are not checked"
        click.echo(f"warning: {told}", err=True)


def _annex(draft: Transit) -> Iterator[str]:
    """Yield what is sealed in the annex that the draft brings along, or that it brings none."""
    named = draft.statement.annex
    if named is not None:
        brought = [one for one in draft.submission.documents if sha256(one).hexdigest() == named]
        yield from annex_lines(read_annex(brought[0]) if brought else None)


def _signed(draft: Transit, keyring: Keyring, hands: Sequence[Hand]) -> Submission:
    payload = draft.submission.envelope.statement_bytes()
    signers = [keyring.signer(hand) for hand in hands]
    present = draft.submission.envelope.signatures
    envelope = add_signatures(payload, draft.statement, signers, present)
    return Submission(envelope, draft.submission.documents)


def _nobody_here(draft: Transit) -> Refused:
    names = ", ".join(f"{one.party} ({one.key[:8]}…)" for one in draft.missing) or "nobody"
    return Refused(
        "SIGNER-ABSENT",
        f"still to sign: {names}; none of these keys is here",
        where=str(draft.path),
        hint="name a key with --key FILE, or send the draft to them",
    )
