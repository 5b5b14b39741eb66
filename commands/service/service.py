"""What the service is made of, and what it does with a request; HTTP is in `app.py`."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import msgspec

from commands.service.answers import SCHEMA, Result, Results, problem, recorded
from commands.service.group import Answer, Group, Told
from commands.service.limits import Rate
from commands.service.metrics import Metrics
from commands.service.room import Room, Share
from commands.service.spool import Spool
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.preparing import prepare_each
from ledger.signing.envelope import Envelope

EVENTS_MAX = 1_000
"""Events in one request."""

ANSWER_SECONDS = 25.0
"""How long an answer is waited for; the clients of this program wait longer."""

BODIES_BYTES_MAX = 64 * 1024 * 1024
"""Bytes of large bodies that are in memory at a time, of all requests together."""

DOCUMENTS_BYTES_MAX = 128 * 1024 * 1024
"""Bytes of documents that are in memory at a time, and that the events of a request may name."""

_SMALL = 64 * 1024
"""A body up to here is read at once; larger ones keep nobody else waiting."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a submission."""

    envelopes: Annotated[tuple[Envelope, ...], msgspec.Meta(min_length=1, max_length=EVENTS_MAX)]


_REQUEST = msgspec.json.Decoder(Request)


@dataclass(frozen=True, slots=True)
class Service:
    """A ledger that takes submissions.

    Attributes:
        ledger: open for writing.
        group: records what is submitted.
        spool: documents that were uploaded.
        by_key: what each key may submit.
        by_address: what each address may submit, recorded or not.
        metrics: what is counted.
        bodies: how much of large bodies is in memory.
        documents: how much of documents is in memory.
    """

    ledger: Ledger
    group: Group
    spool: Spool
    by_key: Rate
    by_address: Rate
    metrics: Metrics = field(default_factory=Metrics)
    bodies: Room = field(default_factory=lambda: Room(BODIES_BYTES_MAX))
    documents: Room = field(default_factory=lambda: Room(DOCUMENTS_BYTES_MAX))

    async def submit(self, body: bytes, address: str) -> tuple[Sequence[Answer], Results]:
        """Record what a request holds; return the answers once they are durable.

        Raises:
            Malformed: REQUEST-FORM.
            Unavailable: RATE, SERVICE-FULL, SERVICE-STOPPING, ANSWER-LATE, or what keeps the ledger
                from it.
        """
        large = len(body) > _SMALL
        read = asyncio.to_thread(read_request, body) if large else None
        arrived = read_request(body) if read is None else await read
        _check_rate(self.by_address, [address])
        self.by_address.spend(address, len(arrived))
        _check_rate(self.by_key, _keys(arrived))
        with self.documents.share(free=0) as share:
            names = frozenset().union(*(one.names for one in arrived))
            uploaded = self._uploaded(names, len(arrived), share)
            submissions = [Submission(one.envelope) for one in arrived]
            if uploaded:
                submissions = await asyncio.to_thread(self._with_documents, arrived, uploaded)
            told = await _in_time(self.group.submit(submissions, names))
            if uploaded:
                await asyncio.to_thread(self._drop, told.present.intersection(uploaded))
            answered = zip(arrived, told.answers, strict=True)
            results = tuple(self._result(*one, told.present) for one in answered)
            return told.answers, Results(schema=SCHEMA, results=results)

    def _uploaded(self, names: frozenset[str], count: int, share: Share) -> list[str]:
        """Return which documents of a request were uploaded, once there is room for them.

        Raises:
            Malformed: BODY-TOO-LARGE.
            Unavailable: SERVICE-FULL.
        """
        sizes = {name: size for name in names if (size := self.spool.size_of(name))}
        total = sum(sizes.values())
        if total > DOCUMENTS_BYTES_MAX and count > 1:
            raise Malformed(
                "BODY-TOO-LARGE",
                f"these events name documents of {total:,} bytes together",
                hint="send fewer events at once",
            )
        share.take(total)
        return sorted(sizes)

    def _with_documents(
        self, arrived: "Sequence[_Arrived]", names: Sequence[str]
    ) -> list[Submission]:
        """Give each document to the first event that names it and whose signatures verify.

        Hashing 32 MiB takes a hundred times longer than deciding an event. Whoever cannot sign gets
        nothing hashed, and nothing is hashed twice.
        """
        bare = [Submission(one.envelope) for one in arrived]
        found = {name: data for name in names if (data := self.spool.get(name)) is not None}
        with_documents = []
        decided = prepare_each(bare, self.ledger.public_key_of)
        for one, submission, prepared in zip(arrived, bare, decided, strict=True):
            if isinstance(prepared, LedgerError):
                with_documents.append(submission)
                continue
            own = sorted(one.names & found.keys())
            documents = tuple(found.pop(name) for name in own)
            with_documents.append(Submission(one.envelope, documents))
        return with_documents

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            self.spool.drop(name)

    def _result(self, one: "_Arrived", answer: Answer, present: frozenset[str]) -> Result:
        if isinstance(answer, LedgerError):
            self.metrics.refused(answer.code)
            return Result(error=problem(answer))
        self.metrics.recorded(repeated=answer.repeated)
        if not answer.repeated:  # whoever sends old events again takes nothing from their signer
            for key in {signature.keyid for signature in one.envelope.signatures}:
                self.by_key.spend(key, 1)
        return Result(receipt=recorded(answer, sorted(one.names - present)))


class _Arrived(NamedTuple):
    """An envelope as it came, with the SHA-256 of the documents that it names."""

    envelope: Envelope
    names: frozenset[str]


class _Document(msgspec.Struct):
    sha256: str


class _Named(msgspec.Struct):
    """Of a statement, what names documents; whether it is one, admission decides."""

    documents: tuple[_Document, ...]
    annex: str | None


_NAMED = msgspec.json.Decoder(_Named)


def read_request(body: bytes) -> "list[_Arrived]":
    """Return the envelopes of a request, with what they name.

    Raises:
        Malformed: REQUEST-FORM.
    """
    try:
        envelopes = _REQUEST.decode(body).envelopes
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "REQUEST-FORM",
            f"the body is no submission: {error}",
            hint='send {"envelopes": [...]}, as /openapi.json says',
        ) from error
    return [_Arrived(one, _document_names(one)) for one in envelopes]


async def _in_time(recorded: Awaitable[Told]) -> Told:
    """Wait for answers, not for ever: a commit may wait for a standby that does not come back."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await recorded
    except TimeoutError as error:
        raise Unavailable(
            "ANSWER-LATE",
            f"after {ANSWER_SECONDS:.0f} seconds it is not known whether this is recorded",
            hint="submit the same again: what is recorded already is answered, not repeated",
        ) from error


def _keys(arrived: "Iterable[_Arrived]") -> list[str]:
    return sorted({one.keyid for each in arrived for one in each.envelope.signatures})


def _check_rate(rate: Rate, names: Iterable[str]) -> None:
    wait = max((rate.wait(name) for name in names), default=0.0)
    if wait:
        raise Unavailable(
            "RATE",
            "this key or this address has submitted as much as it may for now",
            hint=f"wait {wait:.1f} seconds and submit it again",
        )


def _document_names(envelope: Envelope) -> frozenset[str]:
    """Return the SHA-256 of what a statement names; of what is none, nothing: it is refused."""
    try:
        named = _NAMED.decode(envelope.statement_bytes())
    except (LedgerError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return frozenset()
    annex = [] if named.annex is None else [named.annex]
    return frozenset([*(one.sha256 for one in named.documents), *annex])
