"""What the service is made of, and what it does with a request; HTTP is in `app.py`."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from commands.service.answers import SCHEMA, Result, Results, problem, recorded
from commands.service.group import Answer, Group
from commands.service.limits import Rate
from commands.service.metrics import Metrics
from commands.service.spool import Spool
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.events import decode_statement
from ledger.signing.envelope import Envelope

EVENTS_MAX = 1_000
"""Events in one request."""

ANSWER_SECONDS = 25.0
"""How long an answer is waited for; the clients of this program wait longer."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a submission."""

    envelopes: Annotated[tuple[Envelope, ...], msgspec.Meta(min_length=1, max_length=EVENTS_MAX)]


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
    """

    ledger: Ledger
    group: Group
    spool: Spool
    by_key: Rate
    by_address: Rate
    metrics: Metrics = field(default_factory=Metrics)

    async def submit(self, body: bytes, address: str) -> tuple[list[Answer], Results]:
        """Record what a request holds; return the answers once they are durable.

        Raises:
            Malformed: REQUEST-FORM.
            Unavailable: RATE, SERVICE-FULL, SERVICE-STOPPING, ANSWER-LATE, or what keeps the ledger
                from it.
        """
        envelopes = read_request(body)
        _check_rate(self.by_address, [address])
        self.by_address.spend(address, len(envelopes))
        _check_rate(self.by_key, _keys(envelopes))
        arrived = [self._arrived(one) for one in envelopes]
        submissions = [Submission(one.envelope, tuple(one.found.values())) for one in arrived]
        answers = await _in_time(self.group.submit(submissions))
        return answers, await asyncio.to_thread(self._results, arrived, answers)

    def _arrived(self, envelope: Envelope) -> "_Arrived":
        names = _document_names(envelope)
        found = {name: self.spool.get(name) for name in names}
        return _Arrived(envelope, names, {name: one for name, one in found.items() if one})

    def _results(self, arrived: "Sequence[_Arrived]", answers: Sequence[Answer]) -> Results:
        results = tuple(map(self._result, arrived, answers))
        return Results(schema=SCHEMA, results=results)

    def _result(self, one: "_Arrived", answer: Answer) -> Result:
        if isinstance(answer, LedgerError):
            self.metrics.refused(answer.code)
            return Result(error=problem(answer))
        self.metrics.recorded(repeated=answer.repeated)
        if not answer.repeated:  # whoever sends old events again takes nothing from their signer
            for key in {signature.keyid for signature in one.envelope.signatures}:
                self.by_key.spend(key, 1)
        for name in one.found:
            self.spool.drop(name)
        missing = [name for name in one.names - one.found.keys() if not self._holds(name)]
        return Result(receipt=recorded(answer, sorted(missing)))

    def _holds(self, name: str) -> bool:
        return self.ledger.document(name) is not None


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A submission as it came: with the names of its documents, and those that were uploaded."""

    envelope: Envelope
    names: frozenset[str]
    found: dict[str, bytes]


def read_request(body: bytes) -> tuple[Envelope, ...]:
    """Return the envelopes of a request.

    Raises:
        Malformed: REQUEST-FORM.
    """
    try:
        return msgspec.json.decode(body, type=Request).envelopes
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "REQUEST-FORM",
            f"the body is no submission: {error}",
            hint='send {"envelopes": [...]}, as /openapi.json says',
        ) from error


async def _in_time(recorded: "Future[list[Answer]]") -> list[Answer]:
    """Wait for answers, not for ever: a commit may wait for a standby that does not come back."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await asyncio.wrap_future(recorded)
    except TimeoutError as error:
        raise Unavailable(
            "ANSWER-LATE",
            f"after {ANSWER_SECONDS:.0f} seconds it is not known whether this is recorded",
            hint="submit the same again: what is recorded already is answered, not repeated",
        ) from error


def _keys(envelopes: Iterable[Envelope]) -> list[str]:
    return sorted({one.keyid for envelope in envelopes for one in envelope.signatures})


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
        statement = decode_statement(envelope.statement_bytes())
    except LedgerError:
        return frozenset()
    annex = {statement.annex} if statement.annex is not None else set()
    return frozenset({one.sha256 for one in statement.documents} | annex)
