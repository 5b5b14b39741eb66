"""What the service answers: receipts and errors as JSON, each with its HTTP status."""

import base64
from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from ledger.errors import Conflict, LedgerError, Malformed, Refused, Unavailable
from ledger.writing import Receipt

SCHEMA = "chipledger.receipts/1"
_STATUS: dict[type[LedgerError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Refused: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_STATUS_OF_CODE = {
    "BODY-TOO-LARGE": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "BODY-ENCODED": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "BODY-SLOW": HTTPStatus.REQUEST_TIMEOUT,
    "RATE": HTTPStatus.TOO_MANY_REQUESTS,
    "SERVICE-FULL": HTTPStatus.TOO_MANY_REQUESTS,
    "NOT-HERE": HTTPStatus.NOT_FOUND,
    "ENTRY-UNKNOWN": HTTPStatus.NOT_FOUND,
}


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something was refused; codes are those of the command line."""

    code: str
    message: str
    where: str | None = None
    hint: str | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """That an event is recorded, durably, and what shows it.

    Attributes:
        id: the event's.
        index: its position.
        size: of the checkpoint's tree.
        repeated: whether it had been recorded before.
        missing: SHA-256 of documents that it names and the ledger does not hold.
        checkpoint: the signed note that covers it.
        proof: inclusion proof (RFC 6962 section 2.1.1) against the checkpoint, base64, leaf first.
    """

    id: str
    index: int
    size: int
    repeated: bool
    missing: tuple[str, ...]
    checkpoint: str
    proof: tuple[str, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one submission: either its receipt or why it was refused."""

    receipt: Recorded | None = None
    error: Problem | None = None


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Of all submissions of a request, in their order."""

    schema: str
    results: tuple[Result, ...]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Of a request that as a whole came to nothing."""

    error: Problem


def problem(error: LedgerError) -> Problem:
    """Return an error as it is told to clients."""
    return Problem(code=error.code, message=error.message, where=error.where, hint=error.hint)


def recorded(receipt: Receipt, missing: Sequence[str]) -> Recorded:
    """Return a receipt as it is told to clients; reads the proof from the ledger."""
    return Recorded(
        id=receipt.id,
        index=receipt.index,
        size=receipt.size,
        repeated=receipt.repeated,
        missing=tuple(missing),
        checkpoint=receipt.checkpoint.decode(),
        proof=tuple(base64.b64encode(one).decode() for one in receipt.proof()),
    )


def status_of(error: LedgerError) -> HTTPStatus:
    """Return the HTTP status of an error."""
    by_class = _STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    return _STATUS_OF_CODE.get(error.code, by_class)


def status_of_all(answers: Sequence[Receipt | LedgerError]) -> HTTPStatus:
    """Return 201 where something is new, 200 where nothing is, 207 where some were refused."""
    errors = [one for one in answers if isinstance(one, LedgerError)]
    if len(errors) == len(answers) == 1:
        return status_of(errors[0])
    if errors:
        return HTTPStatus.MULTI_STATUS
    new = any(isinstance(one, Receipt) and not one.repeated for one in answers)
    return HTTPStatus.CREATED if new else HTTPStatus.OK
