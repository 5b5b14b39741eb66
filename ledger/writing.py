"""What writing to a ledger needs, and what it answers."""

import platform
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from ledger import place
from ledger.authority import raw_key
from ledger.canonical import pattern_check
from ledger.entry import LABEL_PATTERN
from ledger.errors import LedgerError, Refused, Unavailable
from ledger.events.base import Statement
from ledger.events.ledger import LedgerKeyRotated
from ledger.log.checkpoint import Inclusion
from ledger.log.merkle import Frontier
from ledger.log.proofs import SharedProofs
from ledger.occurred import parse_recorded, recorded_text
from ledger.reader import LedgerReader
from ledger.signing.signer import Signer
from ledger.store.highwater import HighWater
from ledger.store.reader import Head

Clock = Callable[[], datetime]
CLOCK_BEHIND_MAX = timedelta(minutes=5)
MEMORY = place.MEMORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What writing needs.

    Attributes:
        signer: the ledger's own key.
        high_water: file of the answers given, outside the store; None keeps none.
        published: folder that the log is published to, which the ledger must continue; or None.
        clock: another clock than the machine's, allowed for a demonstration only.
        installation: label of this installation in every entry; the machine's name when None.
        helpers: processes that decode and check large batches ahead, started when the first of
            2,000 or more comes. As with any that Python starts afresh, the program's main module
            must do its work under `if __name__ == "__main__"`.

    Raises:
        Malformed: LABEL for an installation that no entry can name.
    """

    signer: Signer | None = None
    high_water: Path | None = None
    published: Path | None = None
    clock: Clock | None = None
    installation: str | None = None
    helpers: int = 0

    def __post_init__(self) -> None:
        if self.installation is not None:
            _check_label(self.installation)


_check_label = pattern_check(
    LABEL_PATTERN, "LABEL", "a label: letters, digits, . _ + - and at most 64"
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ledger answers once an event is durable; `inclusion` makes of it what to keep.

    Attributes:
        id: the event's id.
        index: its position.
        checkpoint: signed note that covers it.
        size: tree size of that checkpoint.
        repeated: whether it was recorded before, and this is only its receipt again.
    """

    id: str
    index: int
    checkpoint: bytes
    size: int
    repeated: bool
    _prove: Callable[[], tuple[bytes, ...]] = field(repr=False, compare=False)
    _read: Callable[[int], bytes] = field(repr=False, compare=False)

    def proof(self) -> tuple[bytes, ...]:
        """Return the inclusion proof (RFC 6962 section 2.1.1) against `checkpoint`."""
        return self._prove()

    def inclusion(self) -> Inclusion:
        """Return what shows without the ledger that it holds the event; asks the open ledger.

        Raises:
            Unavailable: STORE-CLOSED, or another reason why the ledger cannot be read.
        """
        return Inclusion(self._read(self.index), self.index, self.proof(), self.checkpoint)


def next_recorded(now: datetime, newest: str, *, is_record: bool) -> str:
    """Return max(clock, previous) as `recorded_at`.

    Args:
        now: by this machine's clock.
        newest: `recorded_at` of the newest entry, empty before the first.
        is_record: whether the ledger is one, and no demonstration: then its clock must be right.

    Raises:
        Unavailable: CLOCK-BEHIND when the clock is more than five minutes behind the log.
    """
    if not newest:
        return recorded_text(now)
    if is_record and parse_recorded(newest) - now > CLOCK_BEHIND_MAX:
        raise Unavailable(
            "CLOCK-BEHIND",
            f"this machine's clock is behind the newest entry ({newest})",
            hint="set the clock; entries are never dated before the ones they follow",
        )
    return max(recorded_text(now), newest)


def system_clock() -> datetime:
    """Return the machine's time, UTC."""
    return datetime.now(UTC)


Outcome = tuple[str, int, bool] | LedgerError
"""Id, index, and whether it was recorded before; or why it is not."""


class Batch:
    """What one transaction is given and leaves behind."""

    def __init__(self, signer: Signer, new_key: Signer | None, *, each: bool = False) -> None:
        """Begin a batch.

        Args:
            signer: the ledger's key.
            new_key: its next one, where an event of the batch rotates it.
            each: what is refused is an answer among others, and undoes nothing.
        """
        self.signer = signer
        self.new_key = new_key
        self.each = each
        self.before: Frontier
        self.head: Head
        self.outcomes: list[Outcome] = []
        self.rotated = False
        self.sealed = False
        self.begun = False

    def begin(self, head: Head, forget: Callable[[], None]) -> None:
        """Begin to decide; once more, where the database asked for it, from nothing.

        Args:
            head: what is there already.
            forget: drops the authority, which holds what was rolled back.
        """
        if self.begun:
            forget()
        self.begun = True
        self.head, self.before = head, head.frontier
        self.outcomes, self.rotated, self.sealed = [], False, False

    def check_order(self, statement: Statement | None) -> None:
        """Refuse a new event after a rotation, and a rotation whose new key is not here.

        Args:
            statement: what it says; None for one that changes no authority.
        """
        if self.rotated:
            raise Refused("ROTATION-NOT-LAST", "a rotation of the ledger's key ends its commit")
        if statement is None or not isinstance(data := statement.data, LedgerKeyRotated):
            return
        if self.new_key is None or raw_key(data.checkpoint_key) != self.new_key.public_key:
            raise Refused("ROTATION-KEY", "the new key that the rotation names must sign too")
        self.rotated = True

    def checkpoint_signers(self) -> list[Signer]:
        """Return who signs the checkpoint of what was recorded: at a hand-over, both keys.

        Raises:
            Refused: ROTATION-KEY for a new key that no event of the batch brings.
        """
        if self.new_key is None:
            return [self.signer]
        if not self.rotated:
            raise Refused("ROTATION-KEY", "no rotation of this batch names the new key")
        return [self.signer, self.new_key]

    def is_committed(self, holds: Callable[[int, bytes], bool], error: LedgerError) -> bool:
        """Say whether this batch is recorded although its transaction ended with an error.

        Only COMMIT can fail after the seal, and it may have taken effect all the same. One root
        stands for every id of the batch.

        Args:
            holds: says of a size and a root whether the ledger has had that tree, durably.
            error: how the transaction ended.

        Raises:
            Unavailable: COMMIT-UNKNOWN when the ledger cannot be read back.
        """
        if not self.sealed:
            return False
        try:
            return holds(self.head.size, self.head.frontier.root())
        except LedgerError:
            raise Unavailable(
                "COMMIT-UNKNOWN",
                f"whether this was recorded is not known: {error.message}",
                where=error.where,
                hint="submit the same again: what is recorded already is answered, not repeated",
            ) from error

    def note(self, high_water: HighWater) -> None:
        """Note the tree that answers for this batch.

        Raises:
            Unavailable: ANSWER-WITHHELD.
        """
        try:
            high_water.append(self.head.size, self.head.frontier.root())
        except LedgerError as error:
            raise Unavailable(
                "ANSWER-WITHHELD",
                f"recorded as {self.places}, but not in the high-water file: {error.message}",
                where=error.where,
                hint="mend that file, then submit the same again: it is answered, not repeated",
            ) from error

    @property
    def places(self) -> str:
        """Where the submissions are recorded: `entry 503`, `entries 503 to 510`; empty: nowhere."""
        indexes = [one[1] for one in self.outcomes if not isinstance(one, LedgerError)]
        if not indexes:
            return ""
        first, last = min(indexes), max(indexes)
        return f"entry {first}" if first == last else f"entries {first} to {last}"

    def answers(self, ledger: LedgerReader) -> Iterator[Receipt | LedgerError]:
        """Yield the receipt of each submission, in order, or why it was refused.

        The proof of the one new entry of a batch is the frontier before it, and is at hand for
        good; others are read from the tiles when they are asked for.

        Args:
            ledger: where entries and proofs are read from.
        """
        size = self.head.size
        placed = [one[1] for one in self.outcomes if not isinstance(one, LedgerError)]
        shared = SharedProofs(partial(ledger.prove_many, size=size), placed)
        for outcome in self.outcomes:
            if isinstance(outcome, LedgerError):
                yield outcome
                continue
            identifier, index, repeated = outcome
            alone = index == self.before.size == size - 1
            in_tiles = partial(shared.of, index)
            yield Receipt(
                id=identifier,
                index=index,
                checkpoint=self.head.checkpoint,
                size=size,
                repeated=repeated,
                _prove=self.before.inclusion_of_last if alone else in_tiles,
                _read=ledger.entry_bytes,
            )

    def receipts(self, ledger: LedgerReader) -> list[Receipt]:
        """Return the receipts of a batch in which nothing was refused; see `answers`."""
        return [one for one in self.answers(ledger) if isinstance(one, Receipt)]


def check_key(signer: Signer, expected: bytes) -> None:
    """Refuse a signer that is not the one whose key signs the ledger's checkpoints.

    Raises:
        Refused: LEDGER-KEY.
    """
    if signer.public_key != expected:
        raise Refused(
            "LEDGER-KEY",
            "this is not the key that signs the ledger's checkpoints",
            hint="give the ledger's own key, which lies beside the ledger",
        )


def installation() -> str:
    """Return the machine's name in the letters that a label may have."""
    return re.sub(r"[^A-Za-z0-9._+-]", "-", platform.node()).lstrip("._+-")[:64] or "unnamed"
