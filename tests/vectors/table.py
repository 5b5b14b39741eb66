"""The table of vectors: what was done to a file, and what an auditor must say of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ledger.evidence.lines import Line, encode_line
from ledger.trust.audit_record import AuditRecord
from ledger.verify.conditions import CONDITIONS, Verdict
from tests.evidence_lines import closed
from tests.vectors.log import FINGERPRINT, Log

Content = bytes | Log | Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What the auditor brings beside the file.

    Attributes:
        fingerprint: the ledger's, or None for an auditor who has none.
        pins: party to the id of its key.
        required_pins: parties that must be pinned.
        checkpoints: notes kept earlier.
        extends: an evidence file that was audited earlier.
        record: an audit to go on from, before it is signed by the auditor's key.
        policy: which witnesses are known, and how many must have cosigned (C2SP tlog-policy).
        tsa_roots: certificates of time-stamp authorities, PEM.
    """

    fingerprint: bytes | None = FINGERPRINT
    pins: Mapping[str, str] = field(default_factory=dict)
    required_pins: Sequence[str] = ()
    checkpoints: Sequence[bytes] = ()
    extends: bytes | None = None
    record: AuditRecord | None = None
    policy: bytes | None = None
    tsa_roots: bytes | None = None


Kind = Literal["evidence", "proof", "consistency"]
ENDINGS: dict[Kind, str] = {
    "evidence": "jsonl",
    "proof": "tlog-proof",
    "consistency": "consistency",
}


@dataclass(frozen=True)
class Made:
    """A file of some kind, and what the auditor brings who judges it."""

    data: bytes
    brought: Brought
    kind: Kind = "evidence"


@dataclass(frozen=True)
class Vector:
    """One file of the table.

    Attributes:
        name: of the file, without folder and ending.
        topic: what the attack is on; `good` for a sound file.
        what: what was done, in a sentence.
        codes: every condition that its audit must name.
        make: returns the file.
    """

    name: str
    topic: str
    what: str
    codes: tuple[str, ...]
    make: Callable[[], Made]

    @property
    def stem(self) -> str:
        """Where it stands in the folder, without its ending."""
        return f"{'bad' if self.codes else 'good'}/{self.name.removeprefix('good-')}"

    @property
    def verdict(self) -> Verdict:
        """What must come out: one FAIL wins, one UNDECIDED wins over PASS."""
        found = {CONDITIONS[code].verdict for code in self.codes}
        return "FAIL" if "FAIL" in found else "UNDECIDED" if found else "PASS"


VECTORS: dict[str, Vector] = {}
Maker = Callable[[], Made]


def vector(topic: str, *codes: str) -> Callable[[Maker], Maker]:
    """Enter a function into the table under its own name; its docstring says what was done."""

    def enter(make: Maker) -> Maker:
        name = make.__name__.replace("_", "-")
        what = " ".join((make.__doc__ or "").split())
        add(Vector(name, topic, what, codes, make))
        return make

    return enter


def add(one: Vector) -> None:
    """Enter a vector into the table."""
    assert one.name not in VECTORS, one.name
    assert one.what.endswith("."), one.name
    VECTORS[one.name] = one


def made(content: Content, *, kind: Kind = "evidence", **brought: object) -> Made:
    """Return what an auditor is given: a file's bytes, its lines, or a log to make a full file of.

    Args:
        content: the file; bytes are taken as they are.
        kind: what the file is.
        brought: as `Brought` has it.
    """
    lines = content.full() if isinstance(content, Log) else content
    data = lines if isinstance(lines, bytes) else closed(b"".join(map(encode_line, lines)))
    return Made(data, Brought(**brought), kind)  # type: ignore[arg-type]  # by name
