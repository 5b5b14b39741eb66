"""What is public: the modules that an embedding program may import from, and the names in each.

A name is added here when it is meant for others. The generated page says so, and a test holds each
name to have a docstring that tells what it raises.
"""

from typing import NamedTuple


class Module(NamedTuple):
    """A public module.

    Attributes:
        name: as it is imported.
        purpose: a sentence.
        names: what is public in it.
        hidden: methods of public classes that are not: they serve modules beside.
    """

    name: str
    purpose: str
    names: tuple[str, ...]
    hidden: frozenset[str] = frozenset()


def _module(name: str, purpose: str, names: str, hidden: str = "") -> Module:
    return Module(name, purpose, tuple(names.split()), frozenset(hidden.split()))


PUBLIC: dict[str, tuple[Module, ...]] = {
    "Writing": (
        _module(
            "ledger.application",
            "The ledger: create or open one, draft, append.",
            "Ledger",
        ),
        _module("ledger.appending", "Where entries are written.", "Appender BATCH_MAX"),
        _module(
            "ledger.writing",
            "What writing needs and what it answers.",
            "Writing Receipt Clock MEMORY system_clock",
        ),
        _module(
            "ledger.place",
            "Where a ledger is, and who may use a database.",
            "Place Roles Server place_of",
        ),
        _module("ledger.opening", "Entry 0 of a new ledger.", "Opening"),
        _module(
            "ledger.draft",
            "From what somebody wants to say to an envelope that everybody named has signed.",
            "Circumstances Document Draft Submission make_annex type_name sign_all add_signatures"
            " unsigned",
        ),
        _module(
            "ledger.errors",
            "The five families of errors, all of `LedgerError`, and the exit codes.",
            "LedgerError Malformed Refused Conflict Tampered Unavailable"
            " EXIT_PASS EXIT_FAIL EXIT_USAGE EXIT_UNDECIDED",
        ),
        _module(
            "ledger.canonical",
            "The one byte string of a struct, and the one order of a list.",
            "encode ordered",
        ),
    ),
    "Reading": (
        _module(
            "ledger.reader",
            "What an open ledger answers, also when it is open for writing.",
            "LogReader LedgerReader",
            hidden="LedgerReader.shared",
        ),
        _module(
            "ledger.entry",
            "An event as it is stored, and the tags that it is found by.",
            "Event Entry Recorder read_event decode_entry target_of content_digest idempotency_key"
            " tags_of is_control",
        ),
        _module(
            "ledger.authority",
            "Who holds which key and role at each position of the log.",
            "Authority EnrolledKey Grant public_key raw_key Voucher",
            "Authority.apply",
        ),
        _module(
            "ledger.rights",
            "Name and digest of the table of rights that new ledgers have.",
            "RIGHTS_NAME RIGHTS_SHA256",
        ),
        _module(
            "ledger.occurred",
            "Dates that carry their own precision.",
            "Interval interval check utc_text parse_recorded load_zone",
        ),
    ),
    "Statements": (
        _module(
            "ledger.events",
            "The table of event types, and statements to and from bytes.",
            "EVENT_TYPES event_type encode_statement decode_statement",
        ),
        _module("ledger.events.event_type", "A row of that table.", "EventType"),
        _module(
            "ledger.events.base",
            "The statement and what all events share.",
            "Statement EventData Signatory Target Reference DocumentRef Seen PublicKey Line Amount"
            " Annex AnnexField Basis State Qualifier IDEMPOTENCY new_id signatories"
            " check_identifier is_identifier is_code",
        ),
        _module("ledger.events.party", "The words of its events.", "Role PartyKind"),
        _module("ledger.events.ledger", "The words of its events.", "Purpose"),
    ),
    "Keys and signatures": (
        _module(
            "ledger.signing.signer",
            "What signs: implement `Signer` for a device or a service.",
            "Signer MemorySigner key_id",
        ),
        _module(
            "ledger.signing.keyfile",
            "Keys in files.",
            "write_key read_key write_public read_public public_path read_password_file",
        ),
        _module(
            "ledger.signing.envelope",
            "DSSE envelopes: who signed exactly which bytes.",
            "Envelope Signature pae sign seal decode_envelope",
        ),
        _module(
            "ledger.signing.ed25519",
            "Which keys and signatures count.",
            "verify check_public_key",
        ),
        _module(
            "ledger.signing.fingerprint",
            "A fingerprint in the form for a telephone.",
            "speakable parse_fingerprint",
        ),
    ),
    "The log": (
        _module("ledger.log.merkle", "Hashes of the tree.", "leaf_hash node_hash EMPTY_ROOT"),
        _module(
            "ledger.log.proofs",
            "Proofs, checked from nothing but themselves; `LedgerReader` makes them.",
            "verify_inclusion verify_consistency",
        ),
        _module(
            "ledger.log.checkpoint",
            "The signed size and root of the tree, and what shows an entry under it.",
            "Checkpoint Inclusion open_checkpoint parse_checkpoint_text ledger_fingerprint",
        ),
        _module(
            "ledger.log.note",
            "Signed notes, the form in which checkpoints travel.",
            "Note NoteSignature parse_note open_note verifier_key parse_verifier_key",
        ),
        _module(
            "ledger.log.cosignature",
            "What witnesses say of checkpoints.",
            "Cosigner cosign open_cosignatures parse_cosigner",
        ),
    ),
    "Auditing": (
        _module("ledger.trust", "What an auditor brings.", "Trust"),
        _module(
            "ledger.trust.policy",
            "Which logs and witnesses are known, and which cosignatures are enough.",
            "Policy KnownLog Witness Group parse_policy",
        ),
        _module(
            "ledger.trust.timestamps",
            "Roots of time-stamp authorities, and time stamps checked under them.",
            "Stamp parse_roots check_token token_in",
        ),
        _module(
            "ledger.verify.dating",
            "Between which moments an entry came into the log.",
            "Dated Bound Bounds bounds",
        ),
        _module("ledger.anchoring", "Keeping what outsiders gave for a checkpoint.", "keep_anchor"),
        _module(
            "ledger.source",
            "What can be audited: implement `Source` for another place that holds a log.",
            "Source LiveSource StoredRow Anchor",
        ),
        _module(
            "ledger.auditing",
            "A ledger's file as something to audit.",
            "open_for_audit last_shown",
        ),
        _module(
            "ledger.trust.audit_record",
            "What an audit found, signed, to go on from later.",
            "AuditRecord sign_record open_record",
        ),
        _module("ledger.verify.audit", "The audit.", "audit audit_to_record"),
        _module(
            "ledger.verify.parallel",
            "What may be told of an audit's progress, and who judges its chunks.",
            "Progress Engine Threads",
            hidden="Engine.mapped Threads.mapped",
        ),
        _module(
            "ledger.verify.conditions",
            "The steps of an audit, and all that it can find.",
            "Condition CONDITIONS STEPS Verdict",
        ),
        _module(
            "ledger.verify.report",
            "Its result.",
            "Report StepOut MarkOut KeyOut TrustOut DatedOut StepVerdict INTEGRITY_ONLY",
        ),
        _module(
            "ledger.verify.words",
            "The result in words.",
            "report_lines verdict_line printable",
        ),
    ),
    "Read models": (
        _module(
            "projections.view",
            "The file of read models; its tables are in [read models](read-models.md).",
            "View Position MEMORY",
            "View.writing View.reset View.drop_indexes View.build_indexes",
        ),
        _module(
            "projections.runner",
            "From the log to the read models.",
            "catch_up rebuild Log",
        ),
        _module(
            "projections.making",
            "Who makes the rows that are written.",
            "Engine Processes",
            hidden="Engine.made Processes.made",
        ),
        _module(
            "projections.questions",
            "Questions, one SQL file each.",
            "questions find ask sqlite_reader Question Answer Reader Rows",
        ),
        _module("projections.sql_header", "The head of such a file.", "Parameter Column KINDS"),
    ),
    "Tests": (
        _module(
            "ledger.testing",
            "A ledger in memory for the tests of an embedding program.",
            "Rehearsal ORIGIN START",
        ),
        _module("ledger.version", "The version.", "__version__"),
    ),
}
"""Public modules by what they are for."""
