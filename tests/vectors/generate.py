"""Writes the vectors: evidence files, good and bad, with what an auditor must say of each.

`python -m tests.vectors.generate` writes them again; `tests/test_vectors.py` compares byte for byte
and judges every file. Keys, ids and dates are fixed, so a difference is a change of format or of
what an audit finds: it belongs into one commit with its reason.
"""

import json
import sys
from functools import cache
from pathlib import Path

from ledger.trust import Trust
from ledger.trust.audit_record import sign_record
from ledger.trust.policy import parse_policy
from ledger.trust.timestamps import parse_roots
from ledger.verify.audit import audit
from ledger.verify.conditions import CONDITIONS, UNDER_WAY
from ledger.verify.report import Report
from ledger.verify.single import judge_proof
from tests.selections import opened
from tests.vectors import (  # noqa: F401  they enter their files into the table
    continued,
    damage,
    good,
    history,
    notes,
    outside,
    proofs,
    selections,
    signers,
    spellings,
)
from tests.vectors.table import ENDINGS, VECTORS, Brought, Made, Vector

FOLDER = Path(__file__).parent
FORMAT = "chipledger-vectors-v1"
LIVE = "it is of a live store's columns and tables; an evidence file has none"
PUBLISHED = "it is of a published log, a folder of files (tests/forgeries_published.py makes some)"
WITHOUT_FILE = {
    "COLUMN-TYPE": LIVE,
    "TAGS-DIFFER": LIVE,
    "TAGS-STRAY": LIVE,
    "TILE-DIFFERS": LIVE,
    "TILE-MISSING": LIVE,
    "TILE-STRAY": LIVE,
    "TREE-ROW": LIVE,
    "ENTRY-STRAY": LIVE,
    "STORE-UNSOUND": LIVE,
    "STORE-BEHIND": "it compares with the operator's own high-water file, which no stranger has",
    "STORE-DIFFERENT": "it compares with the operator's own high-water file, which no stranger has",
    "POSITION-GAP": "an evidence file with a gap is no evidence file: EVIDENCE-MALFORMED",
    "PUBLISHED-MALFORMED": PUBLISHED,
    "PUBLISHED-MISSING": PUBLISHED,
    "TIMESTAMP-UNCHECKED": "it is of a verifier that cannot read time stamps at all",
    "SOURCE-UNREADABLE": "it is of a file that the system does not let read",
    "SOURCE-CHANGED": "it is of a file that changes while it is read",
}
"""Conditions that no evidence file by itself can meet, and why."""
TOO_LARGE = (
    "lines of more than 2 MiB, documents of more than one part, tokens of more than 1 MiB, and"
    " 1,000,000 documents make files too large to keep: tests/test_evidence_file.py makes them"
)


def trust_of(brought: Brought) -> Trust:
    """Return what the auditor brings, as the audit takes it."""
    return Trust(
        fingerprint=brought.fingerprint,
        pins=brought.pins,
        required_pins=tuple(brought.required_pins),
        checkpoints=tuple(brought.checkpoints),
        extends=None if brought.extends is None else opened(brought.extends),
        record=brought.record,
        policy=None if brought.policy is None else parse_policy(brought.policy),
        tsa_roots=() if brought.tsa_roots is None else parse_roots(brought.tsa_roots),
    )


def judged(made: Made) -> Report:
    """Return the report of the Python verifier."""
    if made.kind != "evidence":
        return judge_proof(made.data, trust_of(made.brought), "proof").report
    return audit(opened(made.data), trust_of(made.brought))


@cache
def made_of(name: str) -> Made:
    """Return a vector's file, made once."""
    return VECTORS[name].make()


def files() -> dict[str, bytes]:
    """Return the bytes of every file by its place in the folder, the index among them."""
    found: dict[str, bytes] = {}
    rows = []
    for one in sorted(VECTORS.values(), key=lambda vector: vector.stem):
        made = made_of(one.name)
        name = f"{one.stem}.{ENDINGS[made.kind]}"
        row, beside = _row(one, name, made)
        rows.append(row)
        found |= {name: made.data, **beside}
    found["index.json"] = index(rows)
    return found


def _row(one: Vector, name: str, made: Made) -> tuple[dict[str, object], dict[str, bytes]]:
    """Return a row of the index, and the files that the auditor brings."""
    trust, beside = _trust(one.name, made.brought)
    report = judged(made)
    return {
        "file": name,
        "kind": made.kind,
        "topic": one.topic,
        "what": one.what,
        "trust": trust,
        "verdict": one.verdict,
        "scope": report.scope,
        "conditions": [_condition(code, report) for code in one.codes],
        "steps": [step.verdict for step in report.steps],
    }, beside


def _trust(name: str, brought: Brought) -> tuple[dict[str, object], dict[str, bytes]]:
    """Return how the index tells what an auditor brings, and the files that belong to it."""
    beside: dict[str, bytes] = {}
    trust: dict[str, object] = {}

    def keep(ending: str, data: bytes) -> str:
        beside[f"trust/{name}.{ending}"] = data
        return f"trust/{name}.{ending}"

    if brought.fingerprint is not None:
        trust["key"] = brought.fingerprint.hex()
    if brought.pins:
        trust["pins"] = dict(brought.pins)
    if brought.required_pins:
        trust["require_pins"] = list(brought.required_pins)
    if brought.checkpoints:
        [note] = brought.checkpoints
        trust["checkpoints"] = [keep("note", note)]
    if brought.policy is not None:
        trust["policy"] = keep("policy", brought.policy)
    if brought.tsa_roots is not None:
        trust["tsa_roots"] = [keep("pem", brought.tsa_roots)]
    if brought.extends is not None:
        trust["extends"] = keep("jsonl", brought.extends)
    if brought.record is not None:
        record = keep("record", sign_record(brought.record, continued.AUDITOR))
        trust["record"] = {"file": record, "key": continued.AUDITOR.public_key.hex()}
    return trust, beside


def _condition(code: str, report: Report) -> dict[str, object]:
    """Return a condition as the table has it; step and entry of those met under way, as found."""
    row = CONDITIONS[code]
    marks = [mark for mark in report.marks if mark.code == code]
    step = row.step if row.step != UNDER_WAY or not marks else marks[0].step
    entry = marks[0].entry if marks else None
    return {"code": code, "step": step, "verdict": row.verdict, "entry": entry}


def index(rows: list[dict[str, object]]) -> bytes:
    """Return the index: one vector a line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    without = json.dumps(WITHOUT_FILE, ensure_ascii=False, indent=1)
    head = f'"format": "{FORMAT}"'
    text = f'{{\n{head},\n"without_file": {without},\n"too_large": {json.dumps(TOO_LARGE)},\n'
    return f'{text}"vectors": [\n{lines}\n]\n}}\n'.encode()


def written() -> set[str]:
    """Return the names of the files that stand in the folder now."""
    kinds = ("good/*", "bad/*", "trust/*", "index.json")
    return {path.relative_to(FOLDER).as_posix() for kind in kinds for path in FOLDER.glob(kind)}


def main() -> None:
    """Write every file, and remove those that are gone."""
    found = files()
    for name in written() - found.keys():
        (FOLDER / name).unlink()
    for name, data in found.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_bytes(data)
    sys.stdout.write(f"wrote {len(found)} files of {len(VECTORS)} vectors\n")


if __name__ == "__main__":
    main()
