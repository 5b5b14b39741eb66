"""Audits that go on: records written and read, and files that were audited earlier."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from commands.attachments import read_capped, write_new
from commands.context import Desk
from commands.evidence_source import open_source
from commands.keyring import Keyring
from ledger.errors import Unavailable
from ledger.signing.fingerprint import speakable
from ledger.signing.keyfile import public_path, read_public
from ledger.signing.signer import Signer, key_id
from ledger.trust import Trust
from ledger.trust.audit_record import RECORD_BYTES_MAX, AuditRecord, open_record, sign_record


def signer_of(desk: Desk, path: Path | None, key: Path | None) -> tuple[Path, Signer] | None:
    """Return where a record goes and who signs it, None where none is asked for.

    The key is opened before the audit, so that its passphrase is asked for at once.

    Raises:
        As `Keyring.open`.
    """
    if (path is None) != (key is None):
        raise click.UsageError("--record FILE and --auditor-key KEY go together")
    if path is None or key is None:
        return None
    return path, Keyring(Path(), lambda: desk.password_file).open(key)


def write_record(record: AuditRecord | None, path: Path, signer: Signer) -> None:
    """Sign and write what an audit found.

    Raises:
        Unavailable: RECORD-NONE where it was no PASS over all of a log.
        Conflict: FILE-EXISTS.
    """
    if record is None:
        raise Unavailable(
            "RECORD-NONE",
            "only a PASS over all of a log is recorded",
            where=str(path),
            hint="audit the whole file or ledger, without --from-record",
        )
    write_new(path, sign_record(record, signer))
    fingerprint = speakable(bytes.fromhex(key_id(signer.public_key)))
    click.echo(f"recorded the audit of {record.size:,} entries in {path}", err=True)
    click.echo(f"signed by the key {fingerprint}", err=True)
    click.echo(f"next time: chipledger verify --from-record {path} --auditor KEY.pub", err=True)


def earlier_record(path: Path | None, auditor: Path | None) -> AuditRecord | None:
    """Return the record that is gone on from, None where none is named.

    Raises:
        Malformed: RECORD-FORM, KEY-…
        Refused: RECORD-SIGNATURE.
        Unavailable: DOCUMENT-UNREADABLE, KEY-….
    """
    if (path is None) != (auditor is None):
        raise click.UsageError("--from-record FILE and --auditor KEY.pub go together")
    if path is None or auditor is None:
        return None
    beside = public_path(auditor)
    public = read_public(beside if beside.is_file() else auditor)
    return open_record(read_capped(path, 2 * RECORD_BYTES_MAX), public)


@contextmanager
def extending(trust: Trust, path: Path | None) -> Iterator[Trust]:
    """Yield trust with a file that was audited earlier, and its checkpoint."""
    if path is None:
        yield trust
        return
    with open_source(path) as old:
        checkpoints = (*trust.checkpoints, old.checkpoint())
        yield replace(trust, extends=old, checkpoints=checkpoints)
