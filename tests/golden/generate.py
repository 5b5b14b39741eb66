"""Writes the golden files: for one example of every event type, the bytes of every layer.

`make golden` writes them again; `tests/test_golden.py` compares. Keys, ids and dates are fixed, so
a difference is a change of format: it belongs into one commit with its decision record.
"""

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from ledger.canonical import encode, ordered
from ledger.draft import make_annex, sign_all
from ledger.entry import Entry, Recorder, encode_entry, tags_of
from ledger.events import EVENT_TYPES
from ledger.events.base import Seen, Statement, Target, new_id, signatories
from ledger.log.merkle import leaf_hash
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.envelope import pae
from tests.examples import EXAMPLES, OPENING, Example, name_of, signing
from tests.harness import ORIGIN, signer_of

FOLDER = Path(__file__).parent
MOMENT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SEEN = Seen(size=17, root=hashlib.sha256(b"what the signer saw").hexdigest())
RECORDER = Recorder(software="chipledger", version="1.0.0", installation="golden")


def statements() -> dict[str, Statement]:
    """Return the statement of every example by type; targets are statements before."""
    made: dict[str, Statement] = {}
    for example in (OPENING, *EXAMPLES):
        statement = _statement(example, made)
        made[statement.type] = statement
    return made


def _statement(example: Example, made: dict[str, Statement]) -> Statement:
    def target(name: str) -> Target:
        payload = _payload(made[name])
        return Target(id=made[name].id, payload_sha256=hashlib.sha256(payload).hexdigest())

    data = example.said(target)
    name = name_of(data)
    given = example.circumstances(new_id(MOMENT, hashlib.sha256(name.encode()).digest()[:10]))
    by, *others = (signing(one) for one in (example.by, *example.others))
    annex = make_annex(given.sealed, given.salt) if given.sealed else None
    return Statement(
        ledger=ORIGIN,
        id=given.id or "",
        type=name,
        occurred=given.occurred,
        asserted_by=by.party,
        basis=given.basis,
        signatories=signatories(by, *others),
        references=ordered(*given.references),
        documents=ordered(*(one.reference() for one in given.documents)),
        annex=None if annex is None else hashlib.sha256(annex).hexdigest(),
        seen=None if example is OPENING else SEEN,
        data=data,
    )


def _payload(statement: Statement) -> bytes:
    return entry_of(statement).envelope.statement_bytes()


def entry_of(statement: Statement) -> Entry:
    """Return the entry of a statement that everybody named has signed."""
    names = ("operator", "aivres-2", "ledger-2", *_parties(statement))
    return Entry(
        envelope=sign_all(statement, [signer_of(name) for name in names]),
        recorded_at="2026-03-02T06:00:00.000000Z",
        recorder=RECORDER,
        control=0,
    )


def _parties(statement: Statement) -> list[str]:
    return [one.party for one in statement.signatories]


def layers(statement: Statement) -> str:
    """Return the golden text of a statement: each layer under its heading."""
    entry = entry_of(statement)
    payload, data = entry.envelope.statement_bytes(), encode_entry(entry)
    parts = {
        "statement": payload.decode(),
        "payload sha256": hashlib.sha256(payload).hexdigest(),
        "pae": pae(payload).decode(),
        "envelope": encode(entry.envelope).decode(),
        "entry": data.decode(),
        "leaf": leaf_hash(data).hex(),
        "tags": "\n".join(tags_of(statement)),
    }
    return "".join(f"# {name}\n{text}\n" for name, text in parts.items())


def table() -> str:
    """Return the golden text of the event table: who may assert what, and its digest."""
    lines = []
    for row in EVENT_TYPES.values():
        opens = "/".join(row.opens) if row.opens else "-"
        marks = ("control", "first_party_only", "updates", "fixed")
        lines += [
            row.name,
            f"  acting {row.acting or '-'}, opens {opens}",
            f"  roles {' '.join(sorted(row.roles))}",
            f"  expected {' '.join(row.expected) or '-'}, needed {' '.join(row.needed) or '-'}",
            f"  {' '.join(mark for mark in marks if getattr(row, mark)) or '-'}",
            f"  fields {' '.join(row.fields)}",
        ]
    lines.append(f"{RIGHTS_NAME} {RIGHTS_SHA256}")
    return "\n".join(lines) + "\n"


def files() -> dict[str, str]:
    """Return the text of every golden file by name."""
    found = {f"{name}.txt": layers(statement) for name, statement in statements().items()}
    return found | {"events.txt": table()}


def main() -> None:
    """Write every golden file, and remove those of types that are gone."""
    written = files()
    for path in FOLDER.glob("*.txt"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {len(written)} golden files\n")


if __name__ == "__main__":
    main()
