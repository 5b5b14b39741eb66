"""Submitting to a service: events and their documents, again and again until they are answered.

Sending twice does no harm: what is recorded already is answered with its receipt.
"""

from hashlib import sha256
from http import HTTPStatus
from typing import TypeVar

import msgspec
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from commands.posting import Reply, post
from commands.service.answers import Failure, Problem, Recorded, Results
from ledger.draft import Submission
from ledger.entry import decode_entry
from ledger.errors import Conflict, LedgerError, Malformed, Refused, Tampered, Unavailable
from ledger.evidence.single import decode_extra
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.merkle import leaf_hash
from ledger.log.note import parse_note
from ledger.log.proofs import verify_inclusion
from ledger.log.tlog_proof import parse_tlog_proof

TRIES = 10
ANSWER_BYTES_MAX = 16 * 1024 * 1024
_JSON = "application/json"
_BYTES = "application/octet-stream"
_AGAIN = {
    *("HOST-UNREACHABLE", "RATE", "SERVICE-FULL", "SERVICE-STOPPING", "STORE-BUSY"),
    *("STORE-UNREADABLE", "STORE-NOT-REPLICATED", "COMMIT-UNKNOWN", "ANSWER-LATE"),
}
"""What passes with time: also until another server has taken over."""

_GATEWAY = {
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""What a web server answers while the service behind it is away."""

_FAMILY: dict[int, type[LedgerError]] = {
    HTTPStatus.BAD_REQUEST: Malformed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Malformed,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Malformed,
    HTTPStatus.FORBIDDEN: Refused,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.INTERNAL_SERVER_ERROR: Tampered,
}
T = TypeVar("T")


class Client:
    """Talks to one service.

    Attributes:
        url: its address, without a slash at the end.
    """

    def __init__(self, url: str, *, seconds_max: float = 20.0) -> None:
        """Remember where it is; nothing is sent yet.

        Args:
            url: http or https.
            seconds_max: the longest wait between two tries.
        """
        self.url = url.rstrip("/")
        self._seconds_max = seconds_max

    def submit(self, submission: Submission) -> Recorded:
        """Have one event recorded, with its documents, and return its receipt.

        Raises:
            Malformed, Refused, Conflict: as the service decided.
            Tampered: what is wrong with the ledger behind it.
            Unavailable: HOST-UNREACHABLE, RATE, SERVICE-FULL and others, after ten tries;
                SERVICE-ANSWER for an answer that is none.
        """
        for data in submission.documents:
            path = f"/v1/documents/{sha256(data).hexdigest()}"
            self._patiently("PUT", path, data, _BYTES)
        body = msgspec.json.encode({"envelopes": [submission.envelope]})
        reply = self._patiently("POST", "/v1/events", body, _JSON)
        [result] = self._decoded(reply, Results).results
        if result.receipt is None:
            raise self._error(reply.status, result.error or Problem(code="", message=""))
        return result.receipt

    def proof(self, receipt: Recorded, submission: Submission) -> bytes:
        """Return the C2SP tlog-proof of what was recorded.

        Whether it holds under the ledger's key, `chipledger verify` says.

        Raises:
            Tampered: SERVICE-OTHER-EVENT where it proves something else than what was submitted.
            As `submit`.
        """
        path = f"/v1/entries/{receipt.index}/proof"
        reply = self._patiently("GET", path, b"", _BYTES)
        proof = parse_tlog_proof(reply.body)
        data = decode_extra(proof.extra or b"").entry.encode()
        tree = parse_checkpoint_text(parse_note(proof.checkpoint).text)
        shown = verify_inclusion(leaf_hash(data), proof.index, tree.size, tree.root, proof.proof)
        ours = receipt.repeated or decode_entry(data).envelope == submission.envelope
        if not (shown and ours and proof.index == receipt.index):
            raise Tampered(
                "SERVICE-OTHER-EVENT",
                f"the proof of entry {receipt.index} does not show what was submitted",
                where=self.url,
                hint="keep the receipt, and ask the ledger's operator why",
            )
        return reply.body

    def _patiently(self, method: str, path: str, body: bytes, content_type: str) -> Reply:
        retrying = Retrying(
            retry=retry_if_exception(lambda error: getattr(error, "code", "") in _AGAIN),
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.25, max=self._seconds_max),
            reraise=True,
        )
        return retrying(self._send, method, path, body, content_type)

    def _send(self, method: str, path: str, body: bytes, content_type: str) -> Reply:
        reply = post(f"{self.url}{path}", body, content_type, ANSWER_BYTES_MAX, method=method)
        if reply.status in _GATEWAY and reply.content_type != _JSON:
            raise Unavailable(
                "HOST-UNREACHABLE",
                f"the web server before it answers {reply.status}",
                where=self.url,
                hint="the service behind it may be starting; try again later",
            )
        if reply.status >= HTTPStatus.BAD_REQUEST and not _has_results(reply):
            raise self._error(reply.status, self._decoded(reply, Failure).error)
        return reply

    def _decoded(self, reply: Reply, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unavailable(
                "SERVICE-ANSWER",
                f"the answer ({reply.status}) is none of a submission service",
                where=self.url,
                hint="check the address",
            ) from error

    def _error(self, status: int, told: Problem) -> LedgerError:
        family = _FAMILY.get(status, Unavailable)
        return family(told.code, told.message, where=told.where or self.url, hint=told.hint)


def _has_results(reply: Reply) -> bool:
    return reply.body.startswith(b'{"schema":')
