"""No text breaks it: whatever a parser of outside text is given, only a ledger's error comes out.

Parsers that have a fuzz test of their own stand here too: this is the one list of all of them.
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import (
    attachments,
    authorization,
    filing,
    model,
    rack,
    sample_plans,
    units,
    verify,
)
from commands.drafts import read_draft
from commands.importers.inventory import Defaults, read_inventory
from commands.importers.packing_list import read_packing_list
from commands.importers.serial_list import read_serials
from commands.lines import expand
from commands.lookup import find_event
from commands.names import Names, country, did_you_mean
from commands.other_ledger import parse_other_entry, read_other_entry
from commands.plan import parse_amount
from commands.settings import FILE, read_config
from commands.units import parse_count, parse_line
from commands.witness.server import parse_address
from ledger import canonical
from ledger.entry import decode_entry, read_event
from ledger.errors import LedgerError
from ledger.events import decode_statement
from ledger.events.base import check_identifier
from ledger.evidence.listing import Listing, decode_listing, encode_listing
from ledger.evidence.single import (
    decode_consistency,
    decode_extra,
    encode_consistency,
    prove_continued,
    prove_entry,
)
from ledger.evidence.site import Site
from ledger.log.add_checkpoint import parse_add_checkpoint, parse_size
from ledger.log.bundles import decode_bundle
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.cosignature import Cosigner, cosign, open_cosignatures, parse_cosigner
from ledger.log.merkle import leaf_hash
from ledger.log.note import Note, format_note, parse_note, parse_verifier_key
from ledger.log.tlog_proof import format_tlog_proof, parse_tlog_proof
from ledger.occurred import interval, load_zone, parse_recorded
from ledger.signing.envelope import decode_base64, decode_envelope
from ledger.signing.fingerprint import parse_fingerprint
from ledger.signing.keyfile import read_key, read_password_file, read_public
from ledger.signing.pkcs8 import encode_private, encode_public
from ledger.signing.signer import MemorySigner
from ledger.source import Anchor
from ledger.store.highwater import HighWater
from ledger.trust import parse_pins
from ledger.trust.policy import parse_policy
from ledger.trust.timestamps import open_token, parse_roots, token_in
from projections.sql_header import read_sql
from projections.units import read_manifest
from projections.view import MEMORY, View
from tests.authority import authority
from tests.harness import signer_of
from tests.told import BATCH, SHIPMENT, told

FEW = settings(max_examples=150)
UTC = ZoneInfo("UTC")
ANY = st.text(st.characters(codec=None), max_size=60)
"""Any text at all, lone halves of surrogate pairs too."""


def near(*seeds: str) -> st.SearchStrategy[str]:
    """Return texts of any kind, and ones that are almost what the parser reads."""
    letters = st.sampled_from("".join(sorted({*"".join(seeds), *"09Az /=:.,-@\n\x00é\ud800"})))
    seed = st.sampled_from(seeds)
    ends = st.text(letters, max_size=6)
    middle = st.builds(
        lambda text, at, put: text[: at % (len(text) + 1)] + put + text[at % (len(text) + 1) :],
        seed,
        st.integers(0, 400),
        ends,
    )
    return ANY | st.text(letters, max_size=40) | middle | st.builds(str.__add__, seed, ANY)


def act() -> Any:
    """Return as much of an act as parsers of words look at: names, none of them recorded."""
    view = View.open(MEMORY)
    return SimpleNamespace(names=Names(view), view=view)


ACT = act()
SQL = (
    "-- title: T\n-- question: Q?\n-- parameters: rack (rack, optional, one)\n"
    "SELECT 1 WHERE :as_of AND :known_at AND :rack\n"
)
NOTE = f"ledger.x/y\n3\n{'A' * 43}=\n\n— ledger.x/y AAAAAAAA\n"
WITNESS = MemorySigner.from_seed(bytes(32))
KNOWN = Cosigner("w.x/y", WITNESS.public_key)
STAMPED = f"ledger.x/y\n3\n{'A' * 43}=\n"
COSIGNED = format_note(Note(STAMPED, (cosign(STAMPED, KNOWN.name, WITNESS, 1),)))
KEYS = frozenset({"title", "question"})

TEXTS: Mapping[str, tuple[Callable[[str], object], st.SearchStrategy[str]]] = {
    "read_sql": (
        lambda text: read_sql(text, "q.sql", required=KEYS, optional=frozenset({"note"})),
        near(SQL, "-- title: T\n--  more\n"),
    ),
    "parse_amount": (parse_amount, near("about:36000", "unknown", "exact:1")),
    "parse_count": (parse_count, near("36000", "1000000000", "٣")),
    "parse_line": (parse_line, near("GPU/B-01/72/R0001..R0003/stock", "a/b/1")),
    "expand": (expand, near("R0001..R0003,R9", "1..3", "R0..R99999999999999")),
    "--ref": (lambda text: attachments.references([text]), near("bol:MAEU1", "idempotency:x")),
    "--attach": (
        lambda text: attachments.documents([text]),
        near("/nowhere/file=invoice:Title", "/nowhere/file"),
    ),
    "--sealed": (
        lambda text: attachments.sealed([text]),
        near("amount=5", "amount=@/nowhere/x").filter(lambda text: not text.endswith("=")),
    ),
    "--pin": (lambda text: parse_pins([text]), near("a=" + "0" * 64, "a=AAAA-BBBB")),
    "--contains": (lambda text: model._contents(ACT, text), near("GPU=72", "GPU")),
    "authorization --item": (
        lambda text: authorization._item(ACT, text),
        near("GPU:3A090.a=5", "GPU=5", "GPU"),
    ),
    "filing --item": (
        lambda text: filing._item(text, None),
        near("8471.50.0150/4A090.a/20/NO/1440", "////"),
    ),
    "--out": (lambda text: units.parse_part(text, "--out"), near("B-01=1", "=1")),
    "--serials": (rack._serials, near("B-01=S1,S2", "B-01=")),
    "find_event": (
        lambda text: find_event(told().ledger, text),
        near("5", "99999999999999999", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ),
    "--from-entry": (parse_other_entry, near(f"ledger.x/y/3/{'0' * 64}", "a.b/1/0")),
    "country": (country, near("Malaysia", "MY", "Côte d'Ivoire")),
    "did_you_mean": (lambda text: did_you_mean(text, {"gpu": "GPU", "ß": "s"}), near("gpv")),
    "identifier": (check_identifier, near("R0001", "a..b")),
    "occurred": (
        lambda text: interval(text, UTC),
        near("2026-03-02T14:00:00+08:00", "2026-03", "../2025-01", "0001", "9999-12-31"),
    ),
    "recorded_at": (parse_recorded, near("2026-03-02T14:00:00.000000Z")),
    "zone": (load_zone, near("Asia/Kuala_Lumpur", "../../etc/passwd", "/etc/passwd")),
    "fingerprint": (parse_fingerprint, near("0" * 64, "ABCD-EFGH")),
    "checkpoint": (parse_checkpoint_text, near(NOTE.partition("\n\n")[0] + "\n")),
    "cosigner": (parse_cosigner, near(KNOWN.verifier_key)),
    "--listen": (parse_address, near("127.0.0.1:8080")),
    "verifier key": (parse_verifier_key, near("ledger.x/y+01234567+AAAA")),
    "base64": (lambda text: decode_base64(text, "document"), near("AAAA", "AA==")),
    "site": (Site, near("https://a.example:443/log", "http://[::1]/", "http://localhost:80")),
}
"""Parsers of text that people type or a file holds, with what almost reads."""


def through(parser: Callable[[Path], object], name: str = "file") -> Callable[[bytes], object]:
    """Return a parser of bytes out of one of a file, private as a key's must be."""

    def parse(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            path.chmod(0o600)
            return parser(path)

    return parse


def _manifest(content: bytes) -> object:
    return read_manifest(told().ledger.event(BATCH), sha256(content).hexdigest(), content)


ENTRY = told().ledger.entry_bytes(BATCH)
ENVELOPE = canonical.encode(decode_entry(ENTRY).envelope)
STATEMENT = decode_entry(ENTRY).envelope.statement_bytes()
DRAFT = b'{"documents":[],"envelope":%s,"schema":"chipledger.draft/1"}' % ENVELOPE
DISPATCH = told().ledger.entry_bytes(SHIPMENT)
SHOWN = b'{"schema":"chipledger.entry/1","entry":%d,"leaf":"%s","stored":%s}' % (
    SHIPMENT,
    leaf_hash(DISPATCH).hex().encode(),
    DISPATCH,
)
PLAN = f'{{"count":1,"root":"{"0" * 64}","seed":"{"0" * 64}","site":"DC","size":1}}'.encode()
LISTING = encode_listing(Listing(7, (Anchor(2, b"a", b"stamp"),), frozenset({"0" * 64})))
PROOF = prove_entry(told().ledger, SHIPMENT)
CONTINUED = encode_consistency(prove_continued(told().ledger, told().ledger.checkpoint()))
BYTES: Mapping[str, tuple[Callable[[bytes], object], bytes]] = {
    "inspection plan": (through(sample_plans.read_plan), PLAN),
    "password file": (through(read_password_file), b"correct horse\r\nmore\n"),
    "settings": (
        through(lambda path: read_config(path.parent), FILE),
        f'origin = "x.example"\nfingerprint = "{"0" * 64}"\nparty = "a"\n'.encode(),
    ),
    "draft file": (through(read_draft), DRAFT),
    "private key": (
        through(lambda path: read_key(path, lambda: b"x")),
        encode_private(signer_of("maker"), None),
    ),
    "public key": (
        through(read_public),
        encode_public(signer_of("maker").public_key),
    ),
    "high-water": (through(lambda path: HighWater(path).last()), b"5 " + b"0" * 64 + b"\n"),
    "kept checkpoint": (through(verify._kept_note), NOTE.encode()),
    "note": (parse_note, NOTE.encode()),
    "policy": (
        parse_policy,
        f"witness a {KNOWN.verifier_key}\nquorum a\n".encode(),
    ),
    "cosigned note": (lambda data: open_cosignatures(data, [KNOWN]), COSIGNED),
    "request to a witness": (parse_add_checkpoint, f"old 1\n{'A' * 43}=\n\n{NOTE}".encode()),
    "answer of a witness": (parse_size, b"20852163\n"),
    "roots of authorities": (parse_roots, authority().root_pem.read_bytes()),
    "time stamp": (lambda data: open_token(data, STAMPED), authority().token(STAMPED)),
    "response of an authority": (token_in, authority().token(STAMPED)),
    "envelope": (decode_envelope, ENVELOPE),
    "statement": (decode_statement, STATEMENT),
    "entry": (lambda data: read_event(0, data), ENTRY),
    "packing list": (
        lambda data: read_packing_list(data, "list.csv"),
        b"rack,serial,batch,tray,slot\nR1,S1,B1,1,2\n",
    ),
    "inventory": (
        lambda data: read_inventory(data, "list.csv", Defaults(batch="B1", model="M", chip="C")),
        b"rack,serial,batch,tray,slot,state,gpus\nR1,S1,B1,1,2,operational,1\n,,,,,stock,5\n",
    ),
    "other ledger's entry": (through(read_other_entry), SHOWN),
    "serial list": (lambda data: read_serials(data, "list.csv"), b'serial\nS1\n"S2"\n'),
    "manifest": (_manifest, b"serial\nS1\nS2\n"),
    "entry bundle": (lambda data: decode_bundle(data, 2), b"\x00\x01a\x00\x02bc"),
    "listing": (lambda data: decode_listing(data, 7), LISTING),
    "proof of an entry": (parse_tlog_proof, format_tlog_proof(PROOF)),
    "extra data": (decode_extra, PROOF.extra or b""),
    "proof of consistency": (decode_consistency, CONTINUED),
}
"""Parsers of bytes that a stranger may have written, with what almost reads."""


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_breaks_it(name: str) -> None:
    parser, texts = TEXTS[name]

    @FEW
    @given(texts)
    def no_text_breaks_it(text: str) -> None:
        with suppress(LedgerError, click.UsageError):
            parser(text)

    no_text_breaks_it()


@pytest.mark.parametrize("name", BYTES)
def test_no_bytes_break_it(name: str) -> None:
    parser, seed = BYTES[name]
    parser(seed)  # what is altered below would read

    @FEW
    @given(altered(seed) | st.binary(max_size=200))
    def no_bytes_break_it(content: bytes) -> None:
        with suppress(LedgerError):
            parser(content)

    no_bytes_break_it()


def altered(seed: bytes) -> st.SearchStrategy[bytes]:
    """Return bytes in which some are cut out of the seed, and others put in their place."""
    return st.builds(
        lambda at, cut, put: seed[:at] + put + seed[at + cut :],
        st.integers(0, len(seed)),
        st.integers(0, 12),
        st.binary(max_size=8)
        | st.sampled_from([b"\x00", b"\xff\xfe", b"[" * 2_000, b'"', b"1e999"]),
    )
