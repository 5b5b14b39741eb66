"""Step 2: what outsiders said of the ledger's checkpoints, judged by the auditor's trust.

Witnesses cosign (C2SP tlog-cosignature), time-stamp authorities date (RFC 3161). Anchors of the
source must hold what the trust asks for. What the log itself holds of it (CheckpointAnchored) was
recorded without a look at who made it, so nothing of it fails an audit: where it can be checked it
gives bounds of time, elsewhere it gives none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Protocol

from ledger.authority import Authority
from ledger.entry import Event
from ledger.errors import LedgerError, Unavailable
from ledger.events.ledger import CheckpointAnchored
from ledger.log.checkpoint import Checkpoint, parse_checkpoint_text
from ledger.log.cosignature import Cosigner, open_cosignatures
from ledger.log.note import parse_note
from ledger.signing.envelope import decode_base64
from ledger.source import Anchor
from ledger.trust import Trust
from ledger.trust.policy import Policy
from ledger.trust.timestamps import check_token
from ledger.verify.dating import Bounds, Dated, bounds
from ledger.verify.report import DatedOut, Findings, Mark
from ledger.verify.witnesses import dated_by_quorum, judge_witnesses

_NOTHING_ASKED = "witness cosignatures and time stamps: no policy was given"


class Shows(Protocol):
    """A source, as far as outsiders have seen it; see `ledger.source.Source`."""

    def checkpoint(self) -> bytes:
        """Return the newest signed note."""
        ...

    def size(self) -> int:
        """Return the number of entries."""
        ...

    def anchors(self) -> list[Anchor]:
        """Return the checkpoints that were shown outside."""
        ...


class Outside:
    """What was shown outside, as one audit judges it.

    Attributes:
        cosigned: entries in the newest checkpoint with the policy's quorum, or None.
        stamped: entries in the newest checkpoint with a time stamp that holds, or None.
        dated: every checkpoint that was dated, as far as that was checked.
        not_checked: what was not asked for, or is not known.
    """

    def __init__(self, trust: Trust) -> None:
        self.cosigned: int | None = None
        self.stamped: int | None = None
        self.dated: list[Dated] = []
        self.not_checked: list[str] = []
        self._policy, self._roots = trust.policy, trust.tsa_roots
        if not self.asked:
            self.not_checked.append(_NOTHING_ASKED)
        elif self._policy is None:
            self.not_checked.append("witness cosignatures: no policy was given")

    @property
    def asked(self) -> bool:
        """Whether the trust asks for anything of it."""
        return self._policy is not None or bool(self._roots)

    def judge(self, authority: Authority, source: Shows, findings: Findings) -> None:
        """Judge the newest checkpoint of a source and its anchors.

        That the anchors are checkpoints of this very log is for others to check (step 1).
        """
        anchors = source.anchors()
        tokens = [one for one in anchors if one.token]
        if self._policy is not None:
            notes = [source.checkpoint(), *(one.note for one in anchors)]
            findings.count(2, len(notes))
            findings.add(self._judge_notes(self._policy, authority, notes, source.size()))
        if self._roots:
            findings.count(2, len(tokens))
            findings.add(self._judge_tokens(tokens))
        elif tokens:
            self.not_checked.append(f"{len(tokens)} time-stamp tokens")

    def _judge_notes(
        self, policy: Policy, authority: Authority, notes: Sequence[bytes], size: int
    ) -> Sequence[Mark]:
        found = judge_witnesses(policy, authority, notes)
        self.dated += found.dated
        self.cosigned = found.size
        if found.size is not None and found.size < size:
            self.not_checked.append(f"whether witnesses saw entry {found.size} and later ones")
        return found.marks

    def _judge_tokens(self, anchors: Sequence[Anchor]) -> Iterator[Mark]:
        """Check each token; one that holds is enough, one that is wrong is too many."""
        unknown = 0
        for anchor in anchors:
            try:
                dated = _stamped(anchor.note, anchor.token or b"", self._roots)
            except Unavailable as error:
                yield Mark(error.code, None, "rfc3161-client", error.message)
                return
            except LedgerError as error:
                if error.code in _MARKED:
                    expected = f"a time stamp of the checkpoint of {anchor.size} entries"
                    yield Mark(error.code, None, expected, error.message)
                unknown += error.code == "TIMESTAMP-AUTHORITY"
                continue
            self.dated.append(dated)
            self.stamped = max(self.stamped or 0, dated.size)
        if unknown:
            self.not_checked.append(f"{unknown} time-stamp tokens of authorities without a root")
        if self.stamped is None:
            expected = "a time stamp of an authority under the roots given"
            yield Mark("TIMESTAMP-MISSING", None, expected, f"{len(anchors)} time stamps")

    def take_recorded(self, origin: str, events: Iterable[Event]) -> None:
        """Take in what the log itself holds: bounds of time for what follows, and no marks."""
        if self.asked:
            for event in events:
                self.dated += self._recorded(origin, event)

    def _recorded(self, origin: str, event: Event) -> Iterator[Dated]:
        data = event.statement.data
        assert isinstance(data, CheckpointAnchored)  # noqa: S101  as the map pass found it
        text = Checkpoint(origin, data.size, bytes.fromhex(data.root)).text()
        if self._policy is not None and data.cosignatures:
            said: dict[str, dict[Cosigner, int]] = defaultdict(dict)
            for line in data.cosignatures:
                with suppress(LedgerError):
                    said[text] |= open_cosignatures(
                        f"{text}\n{line}\n".encode(), self._policy.cosigners
                    )
            yield from dated_by_quorum(self._policy, said.items(), event.index)
        if self._roots and data.token is not None:
            with suppress(LedgerError):
                token = decode_base64(data.token, "token")
                yield _by_token(text, token, self._roots, event.index)

    def bounds(self, index: int) -> Bounds:
        """Return between which moments the entry at a position came into the log."""
        return bounds(index, self.dated)

    def at(self, index: int) -> tuple[DatedOut, ...]:
        """Return what is known of the entry at a position, nothing where nothing was dated."""
        return (_out(self.bounds(index)),) if self.dated else ()

    def shown(self, size: int) -> tuple[DatedOut, ...]:
        """Return what is known of the first entry and the last one of a log."""
        if not self.dated or not size:
            return ()
        return tuple(_out(self.bounds(index)) for index in sorted({0, size - 1}))


_MARKED = {"TIMESTAMP-FORM", "TIMESTAMP-DIFFERS", "TIMESTAMP-SIGNATURE"}
"""Errors of a token that are conditions. A note that is none, step 1 marks."""


def _stamped(note: bytes, token: bytes, roots: Iterable[bytes]) -> Dated:
    return _by_token(parse_note(note).text, token, roots, None)


def _by_token(text: str, token: bytes, roots: Iterable[bytes], entry: int | None) -> Dated:
    size = parse_checkpoint_text(text).size
    stamp = check_token(token, text, roots)
    by = f"{stamp.authority}, over {size:,} entries"
    return Dated(size, stamp.earliest, stamp.latest, by, entry)


def _out(found: Bounds) -> DatedOut:
    before, after = found.not_before, found.not_after
    return DatedOut(
        entry=found.index,
        not_before=None if before is None else before.moment,
        not_before_by=None if before is None else before.by,
        not_after=None if after is None else after.moment,
        not_after_by=None if after is None else after.by,
    )
