"""Other processes that look at submissions ahead, while this one decides and writes.

What they send back is small: a summary of what is in order, and nothing of what is not, which the
process that decides then looks at by itself. So an import gives the same answers and errors with
helpers and without, also where one of them dies.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import msgspec

from ledger import canonical
from ledger.collector import seldom_collected
from ledger.draft import Submission
from ledger.errors import Malformed
from ledger.preparing import Examined, KeyOf, Summary, examine

CHUNK = 500
WORTH_IT_FROM = 2_000
"""With fewer submissions a second process costs more to start than it saves."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Summary | None])

_Asked = tuple[list[bytes], "Future[bytes]"]


class Helpers:
    """Worker processes that stay between transactions, and start when there is enough to do."""

    def __init__(self, count: int) -> None:
        """Take how many there may be; with none, everything is looked at in this process."""
        self._count = count
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """End them; they start again when they are needed."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def examined(self, submissions: Sequence[Submission], key_of: KeyOf) -> Iterator[Examined]:
        """Have submissions looked at from now on, where they are enough to be worth it.

        Args:
            submissions: in order.
            key_of: finds the keys that are enrolled.

        Returns:
            What is found of each, in order, as far as helpers say anything.
        """
        if self._count == 0 or len(submissions) < WORTH_IT_FROM:
            return iter(())
        if self._pool is None:
            # spawn, not fork: a fork would copy this process's threads' locks and its database
            self._pool = ProcessPoolExecutor(self._count, get_context("spawn"))
        asked: list[_Asked] = []
        try:
            for start in range(0, len(submissions), CHUNK):
                envelopes, keys = _sealed(submissions[start : start + CHUNK], key_of)
                asked.append((envelopes, self._pool.submit(_examined, envelopes, keys)))
        except BrokenProcessPool:
            self.close()
        return self._found(asked)

    def _found(self, asked: Sequence[_Asked]) -> Iterator[Examined]:
        try:
            for envelopes, answer in asked:
                yield from zip(envelopes, _DECODER.decode(answer.result()), strict=True)
        except (BrokenProcessPool, CancelledError):
            self.close()  # the rest is looked at here


def _sealed(chunk: Sequence[Submission], key_of: KeyOf) -> tuple[list[bytes], dict[str, bytes]]:
    """Return the bytes of each envelope, none of one that has none, and the keys they may need."""
    envelopes: list[bytes] = []
    named: set[object] = set()
    for submission in chunk:
        try:
            envelopes.append(canonical.encode(submission.envelope))
        except Malformed:
            envelopes.append(b"")
        else:
            named.update(getattr(one, "keyid", None) for one in submission.envelope.signatures)
    keys = ((name, key_of(name)) for name in named if isinstance(name, str))
    return envelopes, {name: key for name, key in keys if key is not None}


def _examined(envelopes: Sequence[bytes], keys: Mapping[str, bytes]) -> bytes:
    with seldom_collected():
        return _ENCODER.encode(examine(envelopes, keys))
