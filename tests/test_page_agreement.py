"""The page says of every file, good and bad, what the Python verifier says, line by line."""

import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import pytest
from msgspec import structs

from ledger.canonical import ordered
from ledger.draft import Document
from ledger.events import EVENT_TYPES
from ledger.events.document import DocumentDisposed
from ledger.events.ledger import CheckpointAnchored
from ledger.evidence.lines import AbsentLine, DocumentLine, Line, encode_line
from ledger.evidence.writer import Choice
from ledger.log.note import NoteSignature, format_line, verifier_key
from ledger.signing.fingerprint import parse_fingerprint
from ledger.store.reader import Anchor
from ledger.trust import Trust
from ledger.trust.policy import parse_policy
from ledger.verify.conditions import CONDITIONS
from tests import evidence_changes, test_evidence_file, test_evidence_selection
from tests.evidence_lines import closed
from tests.forger import Forger
from tests.harness import Story, signatory, signer_of
from tests.page_browser import Agreement, VerifierPage, browser, write_page
from tests.page_cases import Bad, as_file, forged_files, mutated, policy_bytes, resealed
from tests.page_statements import changed_statements
from tests.selections import file_of, lines_of, selected
from tests.test_admission_and_audit import attempts, example, forged_log, played
from tests.test_evidence_file import evidence
from tests.test_trust_policy import BAD
from tests.test_vectors import ROWS
from tests.test_verify_witnesses import LOG, WITNESSES, anchor, line
from tests.told import BATCH, RECEIPT, SHIPMENT, commissioned, told
from tests.two_hundred import two_hundred
from tests.vectors.generate import FOLDER
from tests.vectors.history import later_with, nested

SEED = int(os.environ.get("CHIPLEDGER_SEED", "20261125"))
SHARDS = 4
Property = Callable[[str, object], None]

LIVE_ONLY = {
    "COLUMN-LEAF", "COLUMN-TYPE", "ENTRY-STRAY", "STORE-BEHIND", "STORE-DIFFERENT", "STORE-UNSOUND",
    "SOURCE-CHANGED", "SOURCE-UNREADABLE", "POSITION-GAP", "TAGS-DIFFER", "TAGS-STRAY",
    "TILE-DIFFERS", "TILE-MISSING", "TILE-STRAY", "TREE-ROW",
}  # fmt: skip
"""Conditions that no evidence file of these forged ledgers carries."""
NOT_OF_THE_PAGE = re.compile(
    r"(EXTENDS|RECORD|TIMESTAMP|PROOF|PUBLISHED)-|FORKED|HANDOVER-DIFFERS|PIN-UNLINKED|SIGNER-ABSENT"
)
"""Conditions of trust that the page does not ask for, and of sources that it does not read."""


@pytest.fixture(scope="module")
def agreement(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agreement]:
    folder = tmp_path_factory.mktemp("page")
    with browser() as chromium:
        yield Agreement(VerifierPage(chromium.new_page(), write_page(folder)), folder)


def same(agreement: Agreement, files: Iterator[Bad], record: Property) -> None:
    judged, exact = agreement.judged, agreement.exact
    assert agreement.differences(files) == {}
    assert agreement.verifier.errors == []
    judged, exact = agreement.judged - judged, agreement.exact - exact
    assert judged
    assert exact >= judged * 0.9
    record("cases", judged)
    record(
        "counted", f"files judged by both verifiers: {judged}, {exact} reports equal to the letter"
    )


def good() -> Iterator[Bad]:
    """Yield files that pass: whole ones, selections, with documents, without, with an annex."""
    small, large, trust = told().ledger, two_hundred().ledger, told().trust()
    annex = small.event(SHIPMENT).statement.annex
    assert annex is not None
    yield Bad("whole", evidence(small.source()), trust)
    yield Bad("200 entries", evidence(large.source()), two_hundred().trust())
    yield Bad("no documents", evidence(small.source(), Choice(documents=())), trust)
    yield Bad("an annex", evidence(small.source(), Choice(annexes=[annex])), trust)
    yield Bad("selection", selected(small, [RECEIPT]), trust)
    yield Bad("all selected", selected(small, range(small.size)), trust)
    yield Bad("selection of 200", selected(large, [50, 60, 150]), two_hundred().trust())
    yield large_document()
    note = small.checkpoint()
    yield Bad("kept checkpoint", evidence(small.source()), told().trust(checkpoints=(note,)))
    pinned = {"maker": signatory("maker").key}
    yield Bad(
        "pinned", evidence(small.source()), told().trust(pins=pinned, required_pins=("maker",))
    )


def large_document() -> Bad:
    """Return a file with a document in three parts, and one of no bytes."""
    papers = Document(bytes(range(256)) * 5000, "scan", "scan"), Document(b"", "note", "note")
    with Story() as story:
        story.party("maker", "maker")
        story.record(commissioned(), "maker", documents=papers)
        return Bad("a large document", evidence(story.ledger.source()), story.trust())


def test_good_files(agreement: Agreement, record_property: Property) -> None:
    agreement.verdicts.clear()
    same(agreement, good(), record_property)
    assert agreement.verdicts == {"PASS"}


def test_a_forged_file_of_every_condition(agreement: Agreement, record_property: Property) -> None:
    files = list(forged_files())
    wanted = {code for code in CONDITIONS if not NOT_OF_THE_PAGE.match(code)} - LIVE_ONLY
    assert {one.name for one in files} >= wanted
    same(agreement, iter(files), record_property)


def broken() -> Iterator[Bad]:
    """Yield files that are none: every kind of line changed, doubled, moved or left out."""
    whole, trust = evidence(told().ledger.source()), told().trust()
    for name, change in test_evidence_file.BROKEN.items():
        yield Bad(name, closed(b"".join(change(whole.splitlines(keepends=True)))), trust)
    part = selected(told().ledger, [BATCH])
    for name, alter in test_evidence_selection.BROKEN.items():
        yield Bad(f"selection: {name}", file_of(alter(lines_of(part))), trust)
    lines = lines_of(selected(told().ledger, range(told().ledger.size)))
    for number in range(len(lines) - 1):
        left = [*lines[:number], *lines[number + 1 :]]
        yield Bad(f"selection without line {number}", file_of(left), trust)
    entry = lines_of(whole)[2]
    for name, text in {"many escapes": '\\"' * 500_000, "a long number": "9" * 500_000}.items():
        line = encode_line(entry)[:-1] + text.encode()
        yield Bad(name, whole.replace(encode_line(entry), line + b"\n"), trust)
    for name, head in {
        "escaped": b'{"' + b"\\n" * 500_000,
        "number": b'{"n":' + b"9" * 500_000,
    }.items():
        yield Bad(f"a first line {name}", head + b"}\n", trust)
    for stop in (0, 1, len(whole) // 2, len(whole) - 1, whole.index(b"\n") + 1):
        yield Bad(f"cut off at {stop}", whole[:stop], trust)


def test_what_is_no_evidence_file(agreement: Agreement, record_property: Property) -> None:
    same(agreement, broken(), record_property)


def changed_a_little(count: int) -> Iterator[Bad]:
    """Yield sound files of every kind with a byte or a line changed, dropped, put or moved."""
    draw = random.Random(SEED)
    for name in evidence_changes.KINDS:
        whole = evidence_changes.kind(name)
        for _ in range(count):
            what = draw.choice(["change", "drop", "insert", "swap"])
            lines, at, other = draw.random() < 0.3, draw.randrange(2**20), draw.randrange(2**20)
            data = evidence_changes.Change(lines, what, at, other).of(whole)
            if data != whole:
                yield Bad(f"{name}: {what} {lines} {at} {other}", data, evidence_changes.TRUST)


def test_changed_files(agreement: Agreement, record_property: Property) -> None:
    agreement.verdicts.clear()
    same(agreement, changed_a_little(8), record_property)
    assert "PASS" not in agreement.verdicts


@pytest.mark.slow
def test_many_changed_files(agreement: Agreement, record_property: Property) -> None:
    agreement.verdicts.clear()
    same(agreement, changed_a_little(120), record_property)
    assert agreement.verdicts == {"FAIL", "UNDECIDED"}


LATER = (
    *map(nested, (15, 16, 17, 18, 890, 950, 1100)), *(b"[" * count for count in (3, 16, 17, 950)),
    b"null", b"7", b'"x"', b"[]", b"{}", b"", b"x", b"-", b"-0", b"01", b"1.", b"1e400", b"9" * 400,
    b"tru", b"nul", b"[1,]", b'{"a":1,}', b'{"a":1,"a":2}', b'{"b":1,"a":2}', b"{'a':1}",
    b'{"a" :1}', b" {}", b"{} ", b"{ }", b"[1 ,2]", b'"\xff"', b'{"\xff":1}', b'"\\ud800"',
    b'"\\u12"', b'"\t"',
    b'"\\x"', b'"\\/"', b'"\x7f"', b"[1]]", b"{}{}", b'"', b'"\\"', b"{", b"\xef\xbb\xbf{}",
)  # fmt: skip
"""Data of events that only a later version knows, well-formed JSON and not."""


def later() -> Iterator[Bad]:
    """Yield files whose last event is of an unknown type, with data in every form."""
    for data in LATER:
        lines = later_with(data).full()
        yield Bad(repr(data[:40]), b"".join(map(encode_line, lines)), evidence_changes.TRUST)


def test_events_of_a_later_version(agreement: Agreement, record_property: Property) -> None:
    agreement.verdicts.clear()
    same(agreement, later(), record_property)
    assert agreement.verdicts == {"FAIL", "UNDECIDED"}


def papers() -> Iterator[Bad]:
    """Yield files of documents given up, named again, missing, altered, and left out."""
    paper = Document(b"a packing list", "packing_list", "list")
    for again in (False, True):
        with Story() as story:
            story.party("maker", "maker")
            story.record(commissioned(), "maker", documents=(paper,))
            given_up = DocumentDisposed(
                document=paper.reference().sha256, reason="old", retention_basis="5 years"
            )
            story.record(given_up, "operator")
            if again:
                story.record(commissioned("B-02"), "maker", documents=(paper,))
            whole = lines_of(evidence(story.ledger.source()))
            trust = story.trust()
        papers: list[Line] = [one for one in whole if isinstance(one, DocumentLine | AbsentLine)]
        without = [one for one in whole if one not in papers]
        files: dict[str, list[Line]] = {
            "kept": whole,
            "not here": without,
            "left out": [*without[:-1], AbsentLine(sha256=paper.reference().sha256), without[-1]],
            "altered": [
                structs.replace(one, data="AAAA") if isinstance(one, DocumentLine) else one
                for one in whole
            ],
            "a stray": [*without[:-1], AbsentLine(sha256="00" * 32), without[-1]],
        }
        for name, listed in files.items():
            yield Bad(f"{name}, named again: {again}", file_of(listed), trust)


def test_documents_in_every_state(agreement: Agreement, record_property: Property) -> None:
    agreement.verdicts.clear()
    same(agreement, papers(), record_property)
    assert agreement.verdicts == {"PASS", "FAIL", "UNDECIDED"}


def witnessed(seed: str, count: int) -> Iterator[Bad]:
    """Yield logs that witnesses cosigned, rightly and wrongly, for auditors with policies."""
    draw = random.Random(seed)
    groups = (
        "quorum none", "quorum w1", "group g all w1 w2 w3\nquorum g", "group g any w1 w3\nquorum g",
        "group g 2 w1 w2 w3\nquorum g", "group h any w1 w2\ngroup g all h w3\nquorum g",
    )  # fmt: skip
    other = f"log {verifier_key('other.invalid/log', signer_of('x').public_key)}\n"
    for number in range(count):
        forger = Forger(told())
        for size in draw.sample(range(2, 18), 3):
            names = draw.sample(["w1", "w2", "w3", "w4"], draw.randrange(4))
            lines = [
                line(name, size, draw.randrange(2 ** draw.choice([8, 33, 62]))) for name in names
            ]
            if lines and draw.random() < 0.2:
                bent = bytes(8) + lines[0].signature[8:]
                lines[0] = NoteSignature(lines[0].name, lines[0].key_hash, bent)
            shown = anchor(size, *lines)
            forger.anchors.append(Anchor(size, shown.note, b""))
            if lines and draw.random() < 0.5:
                forger.say(recorded(size, lines), "operator")
        text = draw.choice(["", f"log {LOG}\n", other]) + WITNESSES + draw.choice(groups) + "\n"
        plainest = policy_bytes(parse_policy(text.encode()))  # its digest is in the report
        trust = told().trust(policy=parse_policy(plainest))
        yield Bad(f"{seed} {number}", as_file(forger.source()), trust)


def recorded(size: int, lines: Sequence[NoteSignature]) -> CheckpointAnchored:
    """Return the event by which the log holds cosignatures."""
    spelled = ordered(*(format_line(one).removesuffix("\n") for one in lines))
    root = told().ledger.root_at(size).hex()
    return CheckpointAnchored(size=size, root=root, cosignatures=spelled)


def test_what_witnesses_said(agreement: Agreement, record_property: Property) -> None:
    agreement.verdicts.clear()
    same(agreement, witnessed(f"{SEED}", 40), record_property)
    assert agreement.verdicts == {"PASS", "FAIL", "UNDECIDED"}


@pytest.mark.parametrize(("code", "text"), BAD)
def test_a_policy_that_is_none_is_refused_with_the_same_code(
    agreement: Agreement, code: str, text: str | bytes
) -> None:
    verifier = agreement.verifier
    verifier.choose(evidence(told().ledger.source()))
    verifier.bring(told().trust())
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    verifier.bring_policy(data)
    verifier.check()
    verifier.bring_policy(None)
    assert verifier.problem().startswith(f"{code}: ")


def vectors() -> Iterator[Bad]:
    """Yield the vectors of the kind and with the trust that the page asks for."""
    for row in ROWS:
        trust = row["trust"]
        if row["kind"] != "evidence" or trust.keys() & {"tsa_roots", "extends", "record"}:
            continue
        policy = (FOLDER / trust["policy"]).read_bytes() if "policy" in trust else None
        brought = Trust(
            fingerprint=parse_fingerprint(trust["key"]) if "key" in trust else None,
            pins=trust.get("pins", {}),
            required_pins=tuple(trust.get("require_pins", ())),
            checkpoints=tuple((FOLDER / one).read_bytes() for one in trust.get("checkpoints", ())),
            policy=None if policy is None else parse_policy(policy),
        )
        yield Bad(row["file"], (FOLDER / row["file"]).read_bytes(), brought, policy)


def test_the_vectors(agreement: Agreement, record_property: Property) -> None:
    same(agreement, vectors(), record_property)


def told_again(names: Iterable[str], count: int | None = None) -> Iterator[Bad]:
    """Yield logs in which a forger tells events of these types once more, rightly and wrongly."""
    trust = played().trust()
    for name in names:
        every = list(attempts(name))
        tried = every if count is None else random.Random(f"{SEED} {name}").sample(every, count)
        for attempt in tried:
            forger = forged_log(attempt.envelope, example(name).statement.data)
            yield Bad(f"{name} {attempt.word}", as_file(forger.source()), trust)


def test_some_events_told_once_more(agreement: Agreement, record_property: Property) -> None:
    same(agreement, told_again(EVENT_TYPES, 1), record_property)


@pytest.mark.slow
@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_event_told_once_more(
    agreement: Agreement, name: str, record_property: Property
) -> None:
    same(agreement, told_again([name]), record_property)


def test_statements_changed_field_by_field(agreement: Agreement, record_property: Property) -> None:
    same(agreement, changed_statements(f"{SEED}", 40), record_property)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_statements_changed_field_by_field(
    agreement: Agreement, shard: int, record_property: Property
) -> None:
    same(agreement, changed_statements(f"{SEED} {shard}", 500), record_property)


def changed(seed: int, count: int) -> Iterator[Bad]:
    """Yield files that were changed at random: as bytes, and by an operator who reseals them."""
    small, large = told().trust(), two_hundred().trust()
    whole = evidence(told().ledger.source())
    part = selected(two_hundred().ledger, [50, 60, 150])
    changes = chain(
        (Bad("whole", data, small) for data in mutated(whole, seed, count)),
        (Bad("selection", data, large) for data in mutated(part, seed + 1, count)),
        (Bad("resealed", data, large) for data in resealed(seed + 2, count)),
    )
    yield from (
        Bad(f"{one.name} {number}, seed {seed}", one.data, one.trust)
        for number, one in enumerate(changes)
    )


def test_files_changed_at_random(agreement: Agreement, record_property: Property) -> None:
    agreement.verdicts.clear()
    same(agreement, changed(20261125, 25), record_property)
    assert "PASS" not in agreement.verdicts


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_files_changed_at_random(
    agreement: Agreement, shard: int, record_property: Property
) -> None:
    same(agreement, changed(SEED + 10 * shard, 500), record_property)
