"""Two judges, one law: what admission takes an audit passes, what it refuses an audit never passes.

An event of each type is told once more in many ways, right and wrong: by every party, on every
ground, with other keys, targets and ids. Admission decides; a forger with the ledger's key writes
it past admission in any case; and the audit of that log must agree.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from ledger import admission
from ledger.authority import public_key
from ledger.draft import Submission
from ledger.entry import Event
from ledger.errors import LedgerError
from ledger.events import EVENT_TYPES
from ledger.events.base import Basis, EventData, Reference, Seen, Statement, signatories
from ledger.events.ledger import LedgerKeyRotated
from ledger.events.party import KeyEnrolled
from ledger.preparing import none_refused, prepare_each
from ledger.signing.envelope import Envelope
from ledger.store.reader import Anchor
from ledger.verify.audit import audit
from ledger.verify.report import Report
from tests.examples import CAST, play
from tests.forger import Forger, envelope_of, signed_by
from tests.harness import Story, codes, signatory, signer_of
from tests.two_hundred import KEY_OF, LEDGER_KEY

Property = Callable[[str, object], None]

SEED = os.environ.get("CHIPLEDGER_SEED", "51")
TRIED_OF_EACH_TYPE_FAST = 2
BASES: tuple[Basis, ...] = ("first_party", "authority", "counterparty", "third_party_report")
NEXT_LEDGER_KEY = "ledger-3"
KEYS = (*KEY_OF.values(), "aivres", "aivres-3", "recovery", "stranger")
"""Names of the keys in the stories; `aivres` is revoked, `aivres-3` new, `stranger` nobody's."""


class Attempt(NamedTuple):
    """One way to tell an event: in a word, and the envelope that would be handed in."""

    word: str
    envelope: Envelope


@cache
def played() -> Story:
    """Return the story of all examples; nobody writes to it."""
    story = Story()
    play(story)
    story.keys |= KEY_OF
    return story


@cache
def base() -> Forger:
    forger = Forger(played())
    forger.anchors = [
        Anchor(one.size, one.note, one.token) for one in played().ledger._recorder.anchors()
    ]
    return forger


@cache
def example(name: str) -> Event:
    return [one for one in played().ledger.read() if one.statement.type == name][-1]


def anew(data: EventData) -> Any:
    """Return data that may be told once more: another identifier, another new key."""
    row = EVENT_TYPES[f"{type(data).__name__}.v1"]
    if isinstance(data, KeyEnrolled):
        return replace(data, key=public_key(signer_of("aivres-3").public_key, "desk"))
    if isinstance(data, LedgerKeyRotated):
        key = public_key(signer_of(NEXT_LEDGER_KEY).public_key, "ledger, third key")
        return replace(data, checkpoint_key=key)
    if row.opens is None:
        return data
    name = row.opens[1]
    return replace(data, **{name: f"{getattr(data, name)}-C"})


def signed(statement: Statement) -> Envelope:
    """Sign a statement with the keys that its signatories name, whosever they are."""
    by_key = {signatory("x", name).key: name for name in KEYS}
    return envelope_of(statement, *(by_key[one.key] for one in statement.signatories))


def attempts(name: str) -> Iterator[Attempt]:
    """Yield every way to tell an event of a type that is tried."""
    story, event = played(), example(name)
    said = event.statement
    seen = story.ledger.seen()
    others = [one for one in said.signatories[1:] if one.party in KEY_OF]
    keys = {one.party: signatory(one.party, KEY_OF[one.party]) for one in said.signatories}
    if isinstance(said.data, KeyEnrolled):
        beside = [signatory("aivres", "aivres-2"), signatory("aivres", "aivres-3")]
    else:
        beside = [keys[one.party] for one in others]
    first = signatory(said.asserted_by, KEY_OF[said.asserted_by])
    plain = replace(
        said,
        id=story.next_id(),
        signatories=signatories(first, *beside),
        references=(),
        seen=seen,
        data=anew(said.data),
    )

    def told(word: str, **changes: Any) -> Attempt:
        return Attempt(word, signed(replace(plain, **changes)))

    yield told("right")
    for basis in BASES:
        yield told(f"as {basis}", basis=basis)
    for party in CAST:
        alone = (signatory(party, KEY_OF[party]),)
        for basis in BASES:
            yield told(f"by {party} as {basis}", asserted_by=party, signatories=alone, basis=basis)
    yield told("without those who sign beside", signatories=(first,))
    for key in ("aivres", "recovery", "stranger", "press-desk"):
        wrong = (signatory(said.asserted_by, key),)
        yield told(f"with the key {key}", signatories=wrong)
    yield told("for another ledger", ledger="other.operator.invalid/test")
    yield told("having seen the future", seen=Seen(size=1000, root="0" * 64))
    yield told("having seen another past", seen=Seen(size=3, root="0" * 64))
    yield told("having seen nothing", seen=None)
    yield told("under its old name", data=said.data)
    yield told("under its old id", id=said.id)
    yield told("as its own correction", corrects=event.target)
    yield told(
        "as a correction of other bytes", corrects=replace(event.target, payload_sha256="0" * 64)
    )
    for other in ("DeploymentFulfilled.v1", "ShipmentDispatched.v1", "PartyRegistered.v1"):
        yield told(f"as a correction of {other}", corrects=example(other).target)
    used = Reference(type="idempotency", value="desk-2026-03-02-1")
    yield told("under a used idempotency key", references=(used,))
    good = signed(plain)
    yield Attempt("unsigned", replace(good, signatures=()))
    stranger = envelope_of(plain, *["stranger"] * len(plain.signatories)).signatures
    keyids = [replace(b, keyid=a.keyid) for a, b in zip(good.signatures, stranger, strict=True)]
    yield Attempt("with a stranger's signatures", replace(good, signatures=tuple(keyids)))
    yield Attempt("word for word as recorded", event.entry.envelope)


def refusal(envelope: Envelope) -> str | None:
    """Return the code with which admission refuses it, `REPEATED`, or None where it is taken."""
    ledger = played().ledger
    try:
        [prepared] = none_refused(prepare_each([Submission(envelope)], ledger.public_key_of))
        standing = admission.Standing()
        standing.begin(ledger.authority, ledger._folded)
        roots = admission.SeenRoots(ledger._recorder)
        repeated = ledger._recorder.transact(
            lambda transaction: admission.admit(prepared, transaction, standing, roots)
        )
    except LedgerError as error:
        return error.code
    return None if repeated is None else "REPEATED"


def forged_log(envelope: Envelope, data: EventData) -> Forger:
    """Return the log in which a forger wrote it; a new ledger key is used where it brings one."""
    forger = Forger(played(), 0)
    forger.lines, forger.control = list(base().lines), base().control
    forger.documents, forger.anchors = base().documents, list(base().anchors)
    forger._recorder = base()._recorder
    forger.write(envelope, recorded_at="2026-12-31T00:00:00.000000Z")
    forger.sign = signed_by(LEDGER_KEY)
    if isinstance(data, LedgerKeyRotated):
        both = signed_by(LEDGER_KEY, NEXT_LEDGER_KEY)
        forger.sign = both
        forger.anchors.append(Anchor(forger.size, both(forger.size, forger.root), b""))
    return forger


def forged(envelope: Envelope, data: EventData) -> Report:
    """Audit the log in which a forger wrote it."""
    return audit(forged_log(envelope, data).source(), played().trust())


def check(name: str, attempt: Attempt) -> str | None:
    """Let both judge; return the code of the refusal."""
    code = refusal(attempt.envelope)
    report = forged(attempt.envelope, example(name).statement.data)
    if code is None:
        assert (report.verdict, report.marks) == ("PASS", ()), (attempt.word, codes(report))
    else:
        assert report.verdict != "PASS", (attempt.word, code)
    return code


TYPES = pytest.mark.parametrize("name", EVENT_TYPES)


@TYPES
def test_admission_and_audit_agree_about_some_attempts(name: str) -> None:
    every = list(attempts(name))
    tried = Random(f"{SEED} {name}").sample(every, TRIED_OF_EACH_TYPE_FAST)
    for attempt in (every[0], *tried):
        check(name, attempt)


@pytest.mark.slow
@TYPES
def test_admission_and_audit_agree_about_every_attempt(
    name: str, record_property: Property
) -> None:
    met = Counter(check(name, attempt) or "taken" for attempt in attempts(name))
    record_property("cases", met.total())
    record_property("counted", f"{name}: {dict(met.most_common())}")
