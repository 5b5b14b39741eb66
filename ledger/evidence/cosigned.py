"""A checkpoint with all that outsiders added to it, as others are to see it."""

from collections.abc import Iterable
from contextlib import suppress

from ledger.errors import Malformed
from ledger.log.note import SIGNATURES_MAX, Note, NoteSignature, format_note, parse_note
from ledger.source import Anchor


def with_cosignatures(note: bytes, anchors: Iterable[Anchor]) -> bytes:
    """Return a checkpoint with the signature lines that anchors of the same text add to it.

    One line for each key, the checkpoint's own first; as many as a note can have. Who cosigned is
    for those to judge who read it.

    Args:
        note: the checkpoint, a signed note.
        anchors: checkpoints that were shown outside.

    Raises:
        Malformed: as `parse_note`.
    """
    own = parse_note(note)
    lines = {_key(line): line for line in own.signatures}
    for anchor in anchors:
        with suppress(Malformed):  # an audit tells of an anchor that is no note
            shown = parse_note(anchor.note)
            if shown.text == own.text:
                lines = {_key(line): line for line in shown.signatures} | lines
    added = sorted(lines.keys() - set(map(_key, own.signatures)))
    kept = (*own.signatures, *(lines[key] for key in added))
    with suppress(Malformed):  # more than a note may have: then it stays as it was
        return format_note(Note(own.text, kept[:SIGNATURES_MAX]))
    return note


def _key(line: NoteSignature) -> tuple[str, bytes]:
    return line.name, line.key_hash
