"""Step 1: the checkpoint, the anchors, the hand-overs, and what the auditor saw earlier."""

from collections.abc import Callable, Iterator

from ledger.authority import Authority
from ledger.errors import LedgerError, Refused
from ledger.log.checkpoint import Checkpoint, ledger_fingerprint, open_checkpoint
from ledger.source import Anchor, Source
from ledger.trust import Trust
from ledger.verify.report import Findings, Mark

RootAt = Callable[[int], bytes]


def fingerprint_marks(authority: Authority, trust: Trust) -> Iterator[Mark]:
    """Compare the ledger's fingerprint with the one that the auditor got elsewhere."""
    actual = ledger_fingerprint(authority.opened.origin, authority.checkpoint_keys[0][1])
    if trust.fingerprint is None:
        yield Mark("FINGERPRINT-ABSENT", None, "a fingerprint got by another channel", "none")
    elif trust.fingerprint != actual:
        yield Mark("FINGERPRINT-DIFFERS", 0, trust.fingerprint.hex(), actual.hex())


def newest(
    source: Source, authority: Authority, size: int, findings: Findings
) -> Checkpoint | None:
    """Return the newest checkpoint if the ledger's key signed it for this size; mark it if not."""
    note = source.checkpoint()
    try:
        checkpoint = open_checkpoint(note, authority.opened.origin, authority.checkpoint_key(size))
    except LedgerError as error:
        findings.add([_note_mark(error, "CHECKPOINT-SIGNATURE", "CHECKPOINT-MALFORMED")])
        return None
    if checkpoint.size != size:
        findings.add([Mark("CHECKPOINT-SIZE", None, f"{size} entries", str(checkpoint.size))])
        return None
    return checkpoint


def anchor_marks(
    source: Source, authority: Authority, root_at: RootAt, findings: Findings
) -> Iterator[Mark]:
    """Check every anchor against the tree, and that each hand-over has one signed by both keys."""
    anchors = source.anchors()
    size = source.size()
    for anchor in anchors:
        findings.count(1, 1)
        yield from _anchor(anchor, authority, root_at, size)
    for (_, old), (start, new) in zip(
        authority.checkpoint_keys, authority.checkpoint_keys[1:], strict=False
    ):
        notes = [anchor.note for anchor in anchors if anchor.size == start + 1]
        if not notes:
            yield Mark("HANDOVER-MISSING", start, f"a checkpoint of size {start + 1}", "none")
        for note in notes:
            for key in (old, new):
                try:
                    open_checkpoint(note, authority.opened.origin, key)
                except LedgerError as error:
                    yield Mark("HANDOVER-SIGNATURE", start, "both signatures", error.message)


def _anchor(anchor: Anchor, authority: Authority, root_at: RootAt, size: int) -> Iterator[Mark]:
    if not 0 <= anchor.size <= size:
        yield Mark("ANCHOR-DIFFERS", None, f"a size up to {size}", str(anchor.size))
        return
    try:
        key = authority.checkpoint_key(anchor.size)
        checkpoint = open_checkpoint(anchor.note, authority.opened.origin, key)
    except LedgerError as error:
        yield Mark("ANCHOR-MALFORMED", None, "a note signed by the ledger's key", error.message)
        return
    if checkpoint.size != anchor.size or checkpoint.root != root_at(anchor.size):
        expected = f"{anchor.size} {root_at(anchor.size).hex()[:16]}…"
        found = f"{checkpoint.size} {checkpoint.root.hex()[:16]}…"
        yield Mark("ANCHOR-DIFFERS", None, expected, found)


def trust_marks(trust: Trust, authority: Authority, size: int, root_at: RootAt) -> Iterator[Mark]:
    """Check that the log extends the checkpoints and answers that were given earlier."""
    for note in trust.checkpoints:
        yield from _old_checkpoint(note, authority, size, root_at)
    if trust.high_water is None:
        return
    shown, root = trust.high_water
    if shown > size:
        yield Mark("STORE-BEHIND", None, f"{shown} entries", f"{size} entries")
    elif root_at(shown) != root:
        yield Mark("STORE-DIFFERENT", None, root.hex(), root_at(shown).hex())


def _old_checkpoint(
    note: bytes, authority: Authority, size: int, root_at: RootAt
) -> Iterator[Mark]:
    try:
        old = _open_by_any_key(note, authority)
    except LedgerError as error:
        yield Mark("CHECKPOINT-OLD-MALFORMED", None, "a note of this ledger", error.message)
        return
    if old.size > size:
        yield Mark("CHECKPOINT-OLD-AHEAD", None, f"{old.size} entries", f"{size} entries")
    elif root_at(old.size) != old.root:
        yield Mark("CHECKPOINT-OLD-DIFFERS", None, old.root.hex(), root_at(old.size).hex())


def _open_by_any_key(note: bytes, authority: Authority) -> Checkpoint:
    """Open a note by the newest of the ledger's keys that signed it.

    A truncated log may have lost the rotation that brought the note's key, so its size does not
    tell the key.
    """
    refusal: LedgerError = Refused("NOTE-UNSIGNED", "none of the ledger's keys signed it")
    for _, key in reversed(authority.checkpoint_keys):
        try:
            return open_checkpoint(note, authority.opened.origin, key)
        except LedgerError as error:
            refusal = error
    raise refusal


def _note_mark(error: LedgerError, refused: str, malformed: str) -> Mark:
    code = refused if isinstance(error, Refused) else malformed
    return Mark(code, None, "a note signed by the ledger's key", str(error))
