"""A witness: which checkpoints it cosigns, and what it answers otherwise (C2SP tlog-witness)."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

from commands.witness.state import Latest, WitnessState, check_key
from ledger.errors import Malformed, Refused
from ledger.log.add_checkpoint import SIZE_TYPE, AddCheckpoint, parse_add_checkpoint
from ledger.log.checkpoint import Checkpoint, parse_checkpoint_text
from ledger.log.cosignature import cosign
from ledger.log.note import Note, format_line, open_note, parse_note
from ledger.log.proofs import verify_consistency
from ledger.signing.signer import Signer

TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer over HTTP."""

    status: HTTPStatus
    body: str
    content_type: str = TEXT_TYPE


class _NotCosigned(Exception):  # noqa: N818  an answer, no error
    """The checkpoint is not cosigned; carries why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


class Witness:
    """One witness with its key, its state and the logs that it knows; for any number of threads."""

    def __init__(
        self,
        state: WitnessState,
        signer: Signer,
        logs: Iterable[tuple[str, bytes]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take what belongs together.

        Args:
            state: what it cosigned so far.
            signer: its key, the state's.
            logs: origin and public key of each log; several keys of one log are several pairs.
            clock: returns seconds since 1970.

        Raises:
            Malformed: WITNESS-KEY.
        """
        check_key(state, signer.public_key)
        self._state = state
        self._signer = signer
        self._clock = clock
        self._logs: dict[str, list[bytes]] = defaultdict(list)
        for origin, public_key in logs:
            self._logs[origin].append(public_key)

    @property
    def name(self) -> str:
        """The key name in its signature lines."""
        return self._state.witness.name

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer the body of a POST to add-checkpoint.

        Raises:
            Unavailable: WITNESS-STATE; nothing was cosigned.
        """
        try:
            request = parse_add_checkpoint(body)
            note = parse_note(request.checkpoint)
            checkpoint = parse_checkpoint_text(note.text)
        except Malformed as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error.message}\n")
        try:
            self._check_log(checkpoint, request.checkpoint)
            at = self._state.advance(
                checkpoint,
                request.checkpoint,
                lambda latest: self._check_consistent(latest, request, checkpoint),
            )
        except _NotCosigned as refusal:
            return refusal.answer
        # Only now is a signature made: whatever ends this process before the answer, the state
        # already says that this tree was cosigned, and no other one will be.
        return self._cosigned(note, at)

    def _cosigned(self, note: Note, at: int) -> Answer:
        line = cosign(note.text, self.name, self._signer, at)
        return Answer(HTTPStatus.OK, format_line(line))

    def _check_log(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Refuse a log that is not known, and a note that none of its keys signed."""
        keys = self._logs.get(checkpoint.origin)
        if keys is None:
            raise _NotCosigned(Answer(HTTPStatus.NOT_FOUND, "this witness does not know the log\n"))
        signed = False
        for key in keys:
            try:
                open_note(note, checkpoint.origin, key)
                signed = True
            except Refused as error:
                if error.code == "NOTE-SIGNATURE":  # of a known key, which rejects the note
                    raise _NotCosigned(
                        Answer(HTTPStatus.FORBIDDEN, f"{error.message}\n")
                    ) from error
        if not signed:
            raise _NotCosigned(
                Answer(HTTPStatus.FORBIDDEN, "no key known for the log signed the checkpoint\n")
            )

    def _check_consistent(
        self, latest: Latest, request: AddCheckpoint, checkpoint: Checkpoint
    ) -> int:
        """Return the second at which this is the largest tree that the witness knows.

        It runs under the state's lock, and so does the look at the clock: nothing larger can be
        cosigned before that second.
        """
        size, root = checkpoint.size, checkpoint.root
        if request.old > size:
            raise _NotCosigned(
                Answer(HTTPStatus.BAD_REQUEST, "the old size is beyond the checkpoint's\n")
            )
        conflict = Answer(HTTPStatus.CONFLICT, f"{latest.size}\n", SIZE_TYPE)
        if request.old != latest.size or (size == latest.size and root != latest.root):
            raise _NotCosigned(conflict)
        if not verify_consistency(latest.size, size, latest.root, root, request.proof):
            raise _NotCosigned(
                Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the consistency proof does not hold\n")
            )
        return int(self._clock())
