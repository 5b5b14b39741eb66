"""What both verifiers share, from the Python sources: conditions, types, rights, limits, words.

The page holds this as one object, `TABLES`. Nothing of it is written twice: a new condition, type
or rights table is in the next page that is built.
"""

from typing import Any

from commands.page.schema import Schema, plain
from ledger import rights
from ledger.canonical import DEPTH_MAX
from ledger.entry import ENTRY_BYTES_MAX, Entry
from ledger.events import EVENT_TYPES
from ledger.events.base import (
    IDEMPOTENCY,
    IDENTIFIER_PATTERN,
    STATEMENT_BYTES_MAX,
    WireStatement,
)
from ledger.events.event_type import OPERATOR, ROLES, TRADE_ROLES, EventType
from ledger.evidence import lines
from ledger.log.note import NOTE_SIZE_MAX, SIGNATURES_MAX, VERIFIER_KEY_SIZE_MAX
from ledger.signing.ed25519 import SIGNED_ZERO, SMALL_ORDER
from ledger.signing.edge_vectors import EDGE_VECTORS
from ledger.signing.envelope import PAYLOAD_TYPE
from ledger.trust.policy import POLICY_BYTES_MAX
from ledger.verify.conditions import CONDITIONS, STEPS
from ledger.verify.report import INTEGRITY_ONLY, SHOWN_PER_CODE, TEXT_MAX
from ledger.verify.words import DEMONSTRATION

Table = dict[str, Any]


def tables() -> bytes:
    """Return the tables as JSON that a script may hold."""
    schema = Schema()
    types = {row.name: _row(row, schema) for row in EVENT_TYPES.values()}
    schema.struct(WireStatement)
    schema.struct(Entry)
    found: Table = {
        "lines": [schema.struct(kind) for kind in lines.ORDER],
        "types": types,
        "structs": schema.structs,
        "targets": _targets(types, schema),
        **_judged_by(),
        **_signed_by(),
    }
    return plain(found)


def _row(row: EventType, schema: Schema) -> Table:
    return {
        "data": schema.struct(row.data),
        "summary": row.summary,
        "acting": row.acting,
        "roles": sorted(row.roles),
        "opens": row.opens,
        "control": row.control,
        "firstPartyOnly": row.first_party_only,
        "updates": row.updates,
        "fixed": row.fixed,
    }


def _targets(types: Table, schema: Schema) -> dict[str, str]:
    """Return the field of each type that names an earlier event."""
    return {
        name: field["name"]
        for name, row in types.items()
        for field in schema.structs[row["data"]]["fields"]
        if field.get("struct") == "Target"
    }


def _judged_by() -> Table:
    return {
        "steps": {str(number): title for number, title in STEPS.items()},
        "conditions": {
            code: {"step": row.step, "verdict": row.verdict, "words": row.words}
            for code, row in CONDITIONS.items()
        },
        "roles": sorted(ROLES),
        "tradeRoles": sorted(TRADE_ROLES),
        "operatorRole": OPERATOR,
        "knownRights": rights.KNOWN_RIGHTS,
        "idempotency": IDEMPOTENCY,
        "identifier": IDENTIFIER_PATTERN,
        "words": {"demonstration": DEMONSTRATION, "integrityOnly": INTEGRITY_ONLY},
        "limits": {
            "line": lines.LINE_BYTES_MAX,
            "part": lines.PART_BYTES,
            "token": lines.TOKEN_BYTES_MAX,
            "entryLine": lines.ENTRY_BYTES_MIN,
            "names": lines.NAMES_MAX,
            "anchors": lines.ANCHORS_BYTES_MAX,
            "earlier": lines.EARLIER_MAX,
            "proofHashes": lines.PROOF_HASHES_MAX,
            "entry": ENTRY_BYTES_MAX,
            "depth": DEPTH_MAX,
            "statement": STATEMENT_BYTES_MAX,
            "noteBytes": NOTE_SIZE_MAX,
            "noteSignatures": SIGNATURES_MAX,
            "verifierKey": VERIFIER_KEY_SIZE_MAX,
            "policy": POLICY_BYTES_MAX,
            "shownPerCode": SHOWN_PER_CODE,
            "text": TEXT_MAX,
        },
    }


def _signed_by() -> Table:
    return {
        "payloadType": PAYLOAD_TYPE,
        "smallOrder": sorted(point.hex() for point in SMALL_ORDER),
        "signedZero": sorted(point.hex() for point in SIGNED_ZERO),
        "edgeVectors": [
            {
                "name": vector.name,
                "key": vector.public_key.hex(),
                "message": vector.message.hex(),
                "signature": vector.signature.hex(),
                "counts": vector.counts,
            }
            for vector in EDGE_VECTORS
        ],
    }
