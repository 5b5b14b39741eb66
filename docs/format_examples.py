"""A ledger of two entries with fixed keys, ids and dates, for the worked examples of the formats.

`docs.format_reference` shows it; `docs/explanation/formats.md` states the rules.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from ledger import canonical
from ledger.authority import public_key
from ledger.draft import Draft, make_annex
from ledger.entry import Entry, Recorder, encode_entry
from ledger.events.base import IDEMPOTENCY, Reference, Signatory, Statement, new_id
from ledger.events.ledger import LedgerOpened
from ledger.events.party import PartyFields, PartyRegistered
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_FRONTIER, Frontier, leaf_hash
from ledger.occurred import parse_recorded
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.envelope import Envelope
from ledger.signing.signer import MemorySigner, key_id

ORIGIN = "ledger.example.invalid/formats"
ZONE = "Asia/Kuala_Lumpur"
RECORDED = ("2026-01-05T01:00:00.000000Z", "2026-01-05T01:00:01.250000Z")
WITNESS = "witness.example.invalid/w1"
WITNESSED = 1_767_574_861  # 2026-01-05T01:01:01Z
RANDOM = bytes(range(10))
SALT = bytes(range(32))
PASSPHRASE = b"correct horse battery staple"
KEYS = MappingProxyType(
    {
        name: MemorySigner.from_seed(bytes([number]) * 32)
        for number, name in enumerate(("registrar", "recovery", "ledger", "witness", "auditor"), 1)
    }
)
ENCRYPTED_KEY = """-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHLMFcGCSqGSIb3DQEFDTBKMCkGCSsGAQQB2kcECzAcBBAAAQIDBAUGBwgJCgsM
DQ4PAgJAAAIBCAIBBTAdBglghkgBZQMEASoEEAABAgMEBQYHCAkKCwwNDg8EcH/N
uxTLEtUreHqCLcKPCwqWWZhT2RpZxZHzbafvrmtlMfqbdlgkIuk+tL6XU+qaZ5NW
RhSc2LlhdDQPCg97ayC1XlRZh6b2TWsgcqNJiHERFO2+vswH2vvnNkIIutmfgl/V
QN8I5b8gyVsEA2eLZ0M=
-----END ENCRYPTED PRIVATE KEY-----
"""
"""The registrar's key under PASSPHRASE, with salt and initial vector 00 01 02 … 0f."""


@dataclass(frozen=True)
class ExampleLedger:
    """The two statements of the example, as they are signed, stored and hashed."""

    statements: tuple[Statement, Statement]
    envelopes: tuple[Envelope, Envelope]
    entries: tuple[bytes, bytes]

    @property
    def frontier(self) -> Frontier:
        """The tree over both entries."""
        return EMPTY_FRONTIER.extend(map(leaf_hash, self.entries))

    @property
    def note(self) -> bytes:
        """The checkpoint of both entries."""
        checkpoint = Checkpoint(ORIGIN, self.frontier.size, self.frontier.root())
        return sign_checkpoint(checkpoint, [KEYS["ledger"]])


@cache
def example_ledger() -> ExampleLedger:
    """Return the ledger that the examples take apart."""
    statements = (_opening(), _registration())
    envelopes = tuple(Draft(one).sign(KEYS["registrar"]).envelope for one in statements)
    recorder = Recorder(software="example", version="1", installation="desk")
    entries = tuple(
        encode_entry(Entry(envelope=envelope, recorded_at=at, recorder=recorder, control=0))
        for envelope, at in zip(envelopes, RECORDED, strict=True)
    )
    return ExampleLedger(statements, envelopes, entries)  # type: ignore[arg-type]  # two of each


def _opening() -> Statement:
    operator = PartyFields(
        party="operator", legal_name="Operator Sdn Bhd", display_name="Operator", country="MY"
    )
    data = LedgerOpened(
        origin=ORIGIN,
        purpose="demonstration",
        zone=ZONE,
        rights=RIGHTS_NAME,
        rights_sha256=RIGHTS_SHA256,
        checkpoint_key=public_key(KEYS["ledger"].public_key, "ledger"),
        operator=operator,
        registrar_key=public_key(KEYS["registrar"].public_key, "compliance desk"),
        recovery_key=public_key(KEYS["recovery"].public_key, "safe"),
    )
    return _statement(0, "LedgerOpened.v1", data)


def _registration() -> Statement:
    maker = PartyRegistered(party="maker", legal_name="Maker, Inc.", display_name="Maker")
    return _statement(
        1,
        "PartyRegistered.v1",
        maker,
        references=canonical.ordered(
            Reference(type="register", value="HRB 1"), Reference(type=IDEMPOTENCY, value="maker-1")
        ),
        annex=hashlib.sha256(annex()).hexdigest(),
    )


def _statement(number: int, name: str, data: object, **more: object) -> Statement:
    signer = Signatory(party="operator", key=key_id(KEYS["registrar"].public_key))
    return Statement(
        ledger=ORIGIN,
        id=new_id(parse_recorded(RECORDED[number]), RANDOM),
        type=name,
        occurred="2026-01-05",
        asserted_by="operator",
        basis="first_party",
        signatories=(signer,),
        data=data,
        **more,  # type: ignore[arg-type]  # by name
    )


def annex() -> bytes:
    """Return the example's sealed annex."""
    return make_annex({"contact": "compliance@maker.example"}, SALT)


def content_preimage(statement: Statement) -> bytes:
    """Return the bytes that a content digest is taken over, spelled out anew from its rule."""
    wire = canonical.encode(statement).decode()
    for name in ("id", "annex"):
        value = getattr(statement, name)
        wire = wire.replace(f'"{name}":"{value}"', f'"{name}":null')
    signers = canonical.encode(statement.signatories).decode()
    wire = wire.replace(f'"signatories":{signers}', '"signatories":null')
    key = next(one for one in statement.references if one.type == IDEMPOTENCY)
    return wire.replace(canonical.encode(key).decode() + ",", "").encode()
