"""The one table of everything that an audit can find: condition to step, verdict and words.

Every verifier uses it, so that two implementations say the same of the same bytes. Codes that
`ledger.rights` and `ledger.history` raise at admission stand here too: what admission refuses,
an audit fails. And what admission lets anybody record, an audit must not fail: naming a document
that nobody holds, or with a size that it does not have, leaves the verdict undecided.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["PASS", "FAIL", "UNDECIDED"]

STEPS = {
    1: "entry 0 and checkpoint: origin, key, hand-overs",
    2: "witness quorum and time stamps, as the policy asks",
    3: "tree: leaf hashes give the root",
    4: "each entry has its one spelling and is for this ledger",
    5: "control chain and authority; pins",
    6: "signatures",
    7: "rights in force at that position",
    8: "ids, identifiers, targets, what signers had seen, order of time",
    9: "the store's columns, tags, tiles and tree row agree with the bytes",
    10: "documents present and hashing",
}

UNDER_WAY = 0
"""Stands for the step that was under way when a source failed."""

_FAIL: dict[int, dict[str, str]] = {
    1: {
        "ENTRY0-MISSING": "the log has no entry 0",
        "ENTRY0-MALFORMED": "entry 0 is not a LedgerOpened in its one spelling",
        "FINGERPRINT-DIFFERS": "the ledger is not the one of the fingerprint",
        "CHECKPOINT-MALFORMED": "the checkpoint is no signed note of this ledger",
        "CHECKPOINT-SIGNATURE": "the checkpoint is not signed by the ledger's key",
        "CHECKPOINT-SIZE": "the checkpoint is of another size than the log",
        "HANDOVER-SIGNATURE": "a hand-over checkpoint lacks the signature of the old or new key",
        "HANDOVER-DIFFERS": "what a proof gives as a rotation of the ledger's key is none",
        "FORKED": "two checkpoints of one size, both signed by the ledger's key, differ",
        "ANCHOR-MALFORMED": "an anchor is no signed note of this ledger",
        "ANCHOR-DIFFERS": "an anchor has another root than the log at its size",
        "CHECKPOINT-OLD-AHEAD": "the log is shorter than a checkpoint seen earlier",
        "CHECKPOINT-OLD-DIFFERS": "the log does not extend a checkpoint seen earlier",
        "CHECKPOINT-OLD-MALFORMED": "the earlier checkpoint is no signed note of this ledger",
        "EXTENDS-DIFFERS": "the log does not hold what the file that was audited earlier holds",
        "RECORD-LEDGER": "the audit record is of another ledger",
        "RECORD-AHEAD": "the log is shorter than the audit record says",
        "RECORD-DIFFERS": "the log does not extend what the audit record is of",
        "RECORD-AUTHORITY": "keys and roles were others when the audit record was made",
        "RECORD-IDS": "ids and identifiers were others when the audit record was made",
        "RECORD-PREFIX": "an entry that the audit record covers cannot be read",
        "STORE-BEHIND": "the log is shorter than an answer already given",
        "STORE-DIFFERENT": "the log does not extend an answer already given",
    },
    2: {
        "POLICY-LOG": "the policy lists logs, and this ledger is none of them",
        "WITNESS-SIGNATURE": "a cosignature of a known witness does not verify",
        "TIMESTAMP-FORM": "a time stamp cannot be read",
        "TIMESTAMP-DIFFERS": "a time stamp is not over the text of its checkpoint",
        "TIMESTAMP-SIGNATURE": "the signature of a time stamp does not verify",
    },
    3: {
        "POSITION-GAP": "positions are not 0, 1, 2, … without gap",
        "ROOT-DIFFERS": "the leaf hashes do not give the checkpoint's root",
        "INCLUSION-DIFFERS": "an inclusion proof does not lead to the checkpoint's root",
        "CONSISTENCY-DIFFERS": "a consistency proof does not lead to the checkpoint's root",
    },
    4: {
        "ENTRY-MALFORMED": "the entry is not in its one spelling",
        "OTHER-LEDGER": "the statement is for another ledger",
    },
    5: {
        "CONTROL-CHAIN": "the entry does not name the newest control entry before it",
        "PIN-DIFFERS": "a party's key is not the one that was pinned, nor vouched for by it",
    },
    6: {
        "SIGNATURE-COUNT": "signatures are not those of the signatories, in their order",
        "SIGNATURE": "a signature does not verify",
        "KEY-UNENROLLED": "the key is not enrolled",
        "KEY-OF-ANOTHER": "the key is another party's",
        "KEY-NOT-YET": "the key was not yet in force",
        "KEY-REVOKED": "the key was revoked before",
        "KEY-NOT-CANONICAL": "a public key is not in its one encoding",
        "KEY-NOT-ON-CURVE": "a public key is no point of the curve",
        "KEY-SMALL-ORDER": "a public key is a point of small order",
        "KEY-MIXED-ORDER": "a public key has a part of small order",
    },
    7: {
        "PARTY-UNKNOWN": "the party is not registered at that position",
        "NOT-THE-OPENING": "LedgerOpened elsewhere than in entry 0, or another type there",
        "OPENING-SIGNER": "entry 0 is not signed by the registrar key that it carries, alone",
        "OPENING-KEYS": "the ledger's three keys are not different",
        "ROLE": "the party does not hold the role",
        "BASIS": "the table does not admit this basis",
        "ACTOR": "the party is not the acting party and does not act for it",
        "GRANT-EMPTY": "a grant or withdrawal of nothing",
        "ROLE-HELD": "a role is granted that the party holds",
        "ROLE-NOT-HELD": "a role is withdrawn that the party does not hold",
        "LAST-REGISTRAR": "the ledger operator's role registrar is withdrawn",
        "LAST-REGISTRAR-KEY": "the last registrar key is revoked",
        "PRINCIPAL-ABSENT": "an agency is granted without its principal's signature",
        "DOUBT-AHEAD": "a revocation doubts entries that were not there yet",
        "KEY-SELF": "the registrar revokes the key that it signs with",
        "KEY-NOT-PROVEN": "a key is enrolled that did not sign its enrolment",
        "KEY-ENROLLED-BEFORE": "a public key is enrolled twice, or is a ledger key",
    },
    8: {
        "ID-REUSED": "an id occurs twice",
        "IDEMPOTENCY-REUSED": "a party used one idempotency key twice",
        "IDENTIFIER-USED": "a party opened one identifier twice",
        "TARGET-UNKNOWN": "the target is not in the log before",
        "TARGET-DIGEST": "the target has other bytes than were signed for",
        "TARGET-FIXED": "the target can be neither corrected nor voided",
        "TARGET-TYPE": "a correction of another type than its target",
        "TARGET-NOT-NEWEST": "the target was replaced or voided before",
        "NOT-ASSERTED-BY": "a correction or void of another party's word",
        "NOT-NAMED": "a counter-signature by a party that the target does not name",
        "SEEN-AHEAD": "a signer saw more entries than there were",
        "SEEN-DIFFERS": "a signer saw another history than this one",
        "CLOCK-BACKWARDS": "recorded_at decreases",
    },
    9: {
        "COLUMN-TYPE": "the type column differs from the entry",
        "COLUMN-LEAF": "the leaf column differs from the hash of the entry",
        "TAGS-DIFFER": "the tag index differs from the entry",
        "TAGS-STRAY": "the tag index names entries that are not there",
        "TILE-DIFFERS": "a tile differs from the hashes of the entries",
        "TILE-MISSING": "a full tile is missing",
        "TILE-STRAY": "a tile is stored that is not full or not there",
        "TREE-ROW": "the tree row differs from the log",
        "ENTRY-STRAY": "an entry is stored outside the log's positions",
    },
    10: {
        "DOCUMENT-DIFFERS": "a document does not hash to its name",
        "DOCUMENT-STRAY": "a document is stored that no event names",
        "LEFT-OUT-STRAY": "a document is listed as left out that no event names",
    },
    UNDER_WAY: {
        "STORE-UNSOUND": "the store holds what no ledger writes",
        "PROOF-MALFORMED": "the file is no proof in its one spelling",
        "PUBLISHED-MALFORMED": "a file of the published log is not what its name says",
        "EVIDENCE-MALFORMED": "a line of the evidence file is none, or stands elsewhere",
    },
}

_UNDECIDED: dict[int, dict[str, str]] = {
    1: {
        "FINGERPRINT-ABSENT": "no fingerprint was given, so nobody says which ledger this is",
        "CONSISTENCY-MISSING": "nothing shows that the log continues a checkpoint shown earlier",
        "RECORD-RIGHTS": "the audit record was made by a rights table that this version lacks",
        "HANDOVER-MISSING": "the checkpoint at a hand-over of the ledger's key is missing",
        "EVIDENCE-DAMAGED": "the evidence file is not as it was written: ask for it again",
        "EXTENDS-DAMAGED": "the file audited earlier is not as it was written: it shows nothing",
    },
    2: {
        "WITNESS-QUORUM": "no checkpoint here carries the cosignatures that the policy asks for",
        "TIMESTAMP-MISSING": "no time stamp here is of an authority under the roots given",
        "TIMESTAMP-UNCHECKED": "time stamps cannot be read here: the extra is not installed",
    },
    4: {"TYPE-UNKNOWN": "the event type is not known to this version"},
    5: {
        "CHAIN-INCOMPLETE": "the last entry, or one of the control chain, is not in the selection",
        "RIGHTS-UNKNOWN": "the rights table is not known to this version",
        "PIN-UNLINKED": "nothing in the proof links a party's key with the one that was pinned",
        "PIN-MISSING": "a pin was required and is missing, or is of a party without keys here",
    },
    6: {"SIGNER-ABSENT": "the key of a signature is not in the proof"},
    8: {
        "TARGET-ABSENT": "the target is not in the selection",
        "SEEN-UNPROVEN": "nothing shows that the log continues what a signer had seen",
    },
    10: {
        "DOCUMENT-MISSING": "a document is missing",
        "DOCUMENT-SIZE": "a document has another size than its signer stated",
    },
    UNDER_WAY: {
        "SOURCE-UNREADABLE": "the source could not be read to the end",
        "PUBLISHED-MISSING": "a file of the published log is missing",
        "SOURCE-CHANGED": "the source gave other bytes when it was read again",
        "EVIDENCE-TRUNCATED": "the evidence file ends before its last line",
    },
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the table.

    Attributes:
        code: what it is called.
        step: the step that it belongs to; `UNDER_WAY` where that depends on when it was met.
        verdict: FAIL or UNDECIDED.
        words: what it means.
    """

    code: str
    step: int
    verdict: Verdict
    words: str


_TABLES: dict[Verdict, dict[int, dict[str, str]]] = {"FAIL": _FAIL, "UNDECIDED": _UNDECIDED}

CONDITIONS: dict[str, Condition] = {
    code: Condition(code, step, verdict, words)
    for verdict, table in _TABLES.items()
    for step, rows in table.items()
    for code, words in rows.items()
}
