"""Evidence files, good and bad, on which both verifiers must say the same.

A forged log becomes an evidence file without a look at what it says: `write_evidence` would refuse
to write most of them.
"""

import base64
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import LedgerError
from ledger.evidence.lines import (
    AnchorLine,
    DocumentLine,
    EntryLine,
    Head,
    Line,
    TileLine,
    encode_line,
)
from ledger.evidence.reader import EvidenceSource
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.note import verifier_key
from ledger.log.tiles import TILE_WIDTH
from ledger.source import Anchor, Source
from ledger.trust import Trust
from ledger.trust.policy import Policy
from tests.evidence_lines import ended
from tests.forgeries import CASES
from tests.harness import ORIGIN, signer_of
from tests.trees import root_of
from tests.two_hundred import LEDGER_KEY, two_hundred

NOT_BROUGHT = ("high_water", "record", "extends", "tsa_roots")
"""Trust that the page does not ask for: files of the operator, of earlier audits, of outsiders."""


@dataclass(frozen=True)
class Bad:
    """A file, what the auditor brings, and what is wrong with it."""

    name: str
    data: bytes
    trust: Trust
    policy: bytes | None = None
    """The file of the policy in it, where it is not written in the plainest way."""


def as_file(source: Source) -> bytes:
    """Return what a source holds as an evidence file, sound or not.

    Raises:
        ValueError: where that has no form at all, such as an entry that is not UTF-8.
    """
    if isinstance(source, EvidenceSource):
        return path_bytes(source)
    entries = [row.data for row in source.rows(0, source.size())]
    documents = {name: source.document(name) or b"" for name in source.document_names()}
    return file_of(entries, source.checkpoint(), source.anchors(), documents)


def path_bytes(source: Source) -> bytes:
    """Return the bytes of the file that is audited."""
    assert isinstance(source, EvidenceSource)
    return source._path.read_bytes()


def file_of(
    entries: Sequence[bytes], note: bytes, anchors: Iterable[Anchor], documents: Mapping[str, bytes]
) -> bytes:
    """Return the evidence file with these parts, whatever they say."""
    lines: list[Line] = [Head(checkpoint=note.decode(), scope="full", size=len(entries))]
    for size, shown, token in anchors:
        stamp = None if token is None else base64.b64encode(token).decode()
        lines.append(AnchorLine(note=shown.decode(), size=size, token=stamp))
    for start in range(0, len(entries), TILE_WIDTH):
        hashes = b"".join(map(leaf_hash, entries[start : start + TILE_WIDTH]))
        tile = TileLine(hashes=base64.b64encode(hashes).decode(), n=start // TILE_WIDTH)
        lines.append(tile)
    lines += (EntryLine(entry=data.decode(), index=at) for at, data in enumerate(entries))
    for name, data in sorted(documents.items()):
        text = base64.b64encode(data).decode()
        lines.append(DocumentLine(data=text, part=1, parts=1, sha256=name))
    return b"".join(map(encode_line, ended(lines)))


def forged_files() -> Iterator[Bad]:
    """Yield the forged ledgers of every condition that an evidence file can carry."""
    for code, make in CASES.items():
        made = make()
        if any(getattr(made.trust, name, None) for name in NOT_BROUGHT):
            continue
        try:
            yield Bad(code, as_file(made.source), made.trust)
        except (LedgerError, ValueError):
            continue


def policy_bytes(policy: Policy) -> bytes:
    """Return the file of a policy that is written in the plainest way."""
    lines = [f"log {verifier_key(one.origin, one.public_key)}" for one in policy.logs]
    lines += (f"witness {one.name} {one.cosigner.verifier_key}" for one in policy.witnesses)
    lines += (f"group {one.name} {one.threshold} {' '.join(one.members)}" for one in policy.groups)
    return "".join(f"{line}\n" for line in [*lines, f"quorum {policy.quorum}"]).encode()


def mutated(whole: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Yield files in which a byte, a run of bytes or a line is another one."""
    draw = random.Random(seed)
    for _ in range(count):
        changed = whole
        while changed == whole:
            changed = draw.choice(_CHANGES)(whole, draw)
        yield changed


def _byte(whole: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(whole))
    return whole[:at] + bytes([draw.randrange(256)]) + whole[at + 1 :]


def _digit(whole: bytes, draw: random.Random) -> bytes:
    """Change a letter or digit into another, which most checks of form let pass."""
    at = draw.choice(
        [at for at in draw.sample(range(len(whole)), 50) if whole[at : at + 1].isalnum()]
    )
    letter = draw.choice(b"0123456789abcdefABCDEFxyz+/")
    return whole[:at] + bytes([letter]) + whole[at + 1 :]


def _cut(whole: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(whole))
    return whole[:at] + whole[at + draw.randrange(1, 4) :]


def _insert(whole: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(whole))
    return whole[:at] + draw.choice(_INSERTS) + whole[at:]


def _line(whole: bytes, draw: random.Random) -> bytes:
    lines = whole.splitlines(keepends=True)
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


_INSERTS = (
    *(b'"', b"\\", b"{", b"}", b"[", b",", b" ", b"\n", b"0", b"-", b"1.5", b"null", b"true"),
    *(b"\xff", b"\xc3", b"\\ud800", b"\\u0000", "\u2028".encode(), "\U0001f600".encode()),
)
_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _byte,
    _digit,
    _cut,
    _insert,
    _line,
)


def resealed(seed: int, count: int) -> Iterator[bytes]:
    """Yield files whose tree fits their entries, one of which was changed: judged to the end.

    The operator who changes an entry makes the tree, the tiles and all checkpoints anew.
    """
    draw = random.Random(seed)
    source = two_hundred().ledger.source()
    entries = [row.data for row in source.rows(0, source.size())]
    documents = {name: source.document(name) or b"" for name in source.document_names()}
    for _ in range(count):
        changed = list(entries)
        at = draw.randrange(len(entries))
        while changed == entries:
            change = draw.choice((*_CHANGES[:4], _payload, _payload, _payload))
            changed[at] = change(changed[at], draw)
        leaves = [leaf_hash(data) for data in changed]
        anchors = [Anchor(one.size, _note(leaves[: one.size]), None) for one in source.anchors()]
        try:
            yield file_of(changed, _note(leaves), anchors, documents)
        except ValueError:
            continue


def _note(leaves: Sequence[bytes]) -> bytes:
    keys = [signer_of(name) for name in ("ledger", LEDGER_KEY)]
    return sign_checkpoint(Checkpoint(ORIGIN, len(leaves), root_of(leaves)), keys)


def _payload(entry: bytes, draw: random.Random) -> bytes:
    """Change the statement in an entry."""
    value = json.loads(entry)
    payload = base64.b64decode(value["envelope"]["payload"])
    changed = draw.choice(_CHANGES[:4])(payload, draw)
    value["envelope"]["payload"] = base64.b64encode(changed).decode()
    return json.dumps(value, separators=(",", ":")).encode()
