"""Statements changed field by field, in logs that are otherwise sound, for both verifiers to judge.

A byte changed at random seldom makes another statement; here every field gets values of the right
and of the wrong kind, beside its bounds, in other spellings, twice, or not at all.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

from ledger.events import EVENT_TYPES
from ledger.signing.envelope import seal, sign
from tests.forger import Forger, signed_by
from tests.harness import signatory, signer_of
from tests.page_cases import Bad, as_file
from tests.test_admission_and_audit import KEYS, base, example, played
from tests.two_hundred import LEDGER_KEY

IN_A_FILE = 5
"""A report shows so many marks of one code."""

DATES = (
    *("2026-02-30", "2026-02-28", "2024-02-29", "../1066", "2026-13", "3000", "../2026-04-31"),
    *("2026-03-02T24:00:00+08:00", "2026-03-02T23:59:60+08:00", "2026-03-02T12:00:00-00:00"),
    *("2026-03-02T12:00:00+14:01", "2026-03-02T12:00:00+14:00"),
)
TEXTS = (
    *("", "x", "X" * 65, "x" * 201, "\u00e9\u4e2d\u202e\U0001f600", " x", "x ", "a..b", "B200"),
    *("-0", "1.50", "0.5", "0" * 64, "F" * 64, "US", "zz", *DATES),
)
NUMBERS = (-1, 0, 1, 6, 1_000_000_001, 2**53 - 1, 2**53, 2**64, 1.0, 1.5)
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, "null")


def changed_statements(seed: str, files: int) -> Iterator[Bad]:
    """Yield logs that end in changed statements, each signed by those whom it named before."""
    draw = random.Random(seed)
    names = sorted(EVENT_TYPES)
    for number in range(files):
        forger = Forger(played(), 0)
        forger.lines, forger.control = list(base().lines), base().control
        forger.documents, forger.anchors = base().documents, list(base().anchors)
        forger._recorder = base()._recorder
        forger.sign = signed_by(LEDGER_KEY)
        for _ in range(IN_A_FILE):
            forger.write_bytes(changed_entry(forger, draw.choice(names), draw))
        yield Bad(f"{seed} {number}", as_file(forger.source()), played().trust())


def changed_entry(forger: Forger, name: str, draw: random.Random) -> bytes:
    """Return an entry of this type in which a field of the statement is another."""
    event = example(name)
    said = json.loads(event.entry.envelope.statement_bytes())
    said["id"] = played().next_id()
    change(said, draw)
    payload = json.dumps(said, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    by_key = {signatory("x", one).key: one for one in KEYS}
    keys = [by_key[one.key] for one in event.statement.signatories]
    envelope = seal(payload, [sign(payload, signer_of(key)) for key in keys])
    return forger.entry_bytes(envelope, recorded_at="2026-12-31T00:00:00.000000Z")


def change(said: dict[str, Any], draw: random.Random) -> None:
    """Change one place of a statement."""
    places = list(_places(said))
    holder, key = draw.choice([one for one in places if one[1] not in {"id", "ledger"}])
    value = holder[key]
    match draw.randrange(6):
        case 0:
            holder[key] = draw.choice(OTHERS)
        case 1 if isinstance(holder, dict):
            del holder[key]
        case 2 if isinstance(holder, dict):
            holder[f"{key}x"] = value
        case _:
            holder[key] = _other(value, draw)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (what holds it, its name or number) of everything in a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in list(members):
        yield value, key
        if isinstance(member, dict | list):
            yield from _places(member)


def _other(value: Any, draw: random.Random) -> Any:
    if isinstance(value, str):
        return draw.choice((*TEXTS, value.upper(), value.lower(), value + "\n", value[:-1]))
    if isinstance(value, list):
        doubled = [*value, *(one.swapcase() if isinstance(one, str) else one for one in value)]
        in_order = sorted(doubled, key=json.dumps)
        return draw.choice((doubled, in_order, value[::-1], [], value * 2))
    if isinstance(value, dict):
        return draw.choice((None, [value], dict(reversed(value.items()))))
    return draw.choice((*NUMBERS, *TEXTS[:3], not value))
