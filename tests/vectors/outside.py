"""Witnesses and time stamps: what outsiders said of a checkpoint, by the auditor's policy."""

from ledger.log.cosignature import Cosigner, cosign
from ledger.log.note import Note, NoteSignature, format_note, parse_note, verifier_key
from ledger.store.reader import Anchor
from tests.forgeries import witness
from tests.harness import ORIGIN, signer_of
from tests.vectors import stamps
from tests.vectors.log import Log
from tests.vectors.table import Made, made, vector

WITNESSED_AT = 1_767_600_000


def _known(*names: str, quorum: str, log: str = "") -> bytes:
    """Return a policy that knows these witnesses."""
    lines = [f"witness {name} {witness(name).verifier_key}\n" for name in names]
    return f"{log}{''.join(lines)}{quorum}".encode()


ONE = _known("w1", quorum="quorum w1\n")
TWO_OF_THREE = _known("w1", "w2", "w3", quorum="group two 2 w1 w2 w3\nquorum two\n")


def _line(text: str, name: str, at: int = WITNESSED_AT) -> NoteSignature:
    who: Cosigner = witness(name)
    return cosign(text, who.name, signer_of(name), at)


def _cosigned(log: Log, *lines: NoteSignature) -> Log:
    """Return the log, its newest checkpoint with these lines too."""
    note = parse_note(log.note())
    signed = format_note(Note(note.text, (*note.signatures, *lines)))
    log.sign = lambda _size, _root: signed
    return log


def _by(*names: str) -> Log:
    log = stamps.dated()
    return _cosigned(log, *(_line(parse_note(log.note()).text, name) for name in names))


@vector("good")
def good_witnessed() -> Made:
    """Two of three witnesses whom the auditor knows have cosigned the newest checkpoint."""
    return made(_by("w1", "w3"), policy=TWO_OF_THREE)


@vector("good")
def good_witnessed_in_an_anchor() -> Made:
    """A witness has cosigned an earlier checkpoint, which is kept as an anchor."""
    log = stamps.dated()
    note = parse_note(log.note(1))
    signed = format_note(Note(note.text, (*note.signatures, _line(note.text, "w1"))))
    log.anchors.append(Anchor(1, signed, b""))
    return made(log, policy=ONE)


@vector("good")
def good_policy_that_lists_the_log() -> Made:
    """The policy lists this ledger among its logs, and asks for no witness."""
    key = verifier_key(ORIGIN, signer_of("ledger").public_key)
    return made(stamps.dated(), policy=_known(quorum="quorum none\n", log=f"log {key}\n"))


@vector("policy", "POLICY-LOG")
def policy_of_another_log() -> Made:
    """The auditor's policy lists another ledger under the same name, and not this one."""
    key = verifier_key(ORIGIN, signer_of("impostor").public_key)
    return made(stamps.dated(), policy=_known(quorum="quorum none\n", log=f"log {key}\n"))


@vector("policy", "WITNESS-QUORUM")
def policy_that_nobody_meets() -> Made:
    """No witness has cosigned, and the policy asks for one."""
    return made(stamps.dated(), policy=ONE)


@vector("policy", "WITNESS-QUORUM")
def policy_that_one_of_two_meets() -> Made:
    """One witness has cosigned, and the policy asks for two."""
    return made(_by("w2"), policy=TWO_OF_THREE)


@vector("policy", "WITNESS-QUORUM")
def policy_met_by_one_witness_twice() -> Made:
    """One witness has cosigned at two times, which makes no two witnesses."""
    log = stamps.dated()
    text = parse_note(log.note()).text
    lines = [_line(text, "w2"), _line(text, "w2", WITNESSED_AT + 1)]
    return made(_cosigned(log, *lines), policy=TWO_OF_THREE)


@vector("policy", "WITNESS-QUORUM")
def policy_met_by_strangers() -> Made:
    """Two witnesses have cosigned whom the policy does not know."""
    return made(_by("w4", "w5"), policy=TWO_OF_THREE)


@vector("policy", "WITNESS-SIGNATURE", "WITNESS-QUORUM")
def policy_with_a_cosignature_of_another_checkpoint() -> Made:
    """The cosignature of an earlier checkpoint stands under the newest."""
    log = stamps.dated()
    return made(_cosigned(log, _line(parse_note(log.note(1)).text, "w1")), policy=ONE)


def _altered(change: int) -> Made:
    """Return a log whose cosignature has one byte changed."""
    log = stamps.dated()
    line = _line(parse_note(log.note()).text, "w1")
    value = bytearray(line.signature)
    value[change] ^= 1
    return made(_cosigned(log, NoteSignature(line.name, line.key_hash, bytes(value))), policy=ONE)


@vector("policy", "WITNESS-SIGNATURE", "WITNESS-QUORUM")
def policy_with_another_time_in_the_cosignature() -> Made:
    """The operator changes the time at which the witness cosigned."""
    return _altered(7)


@vector("policy", "WITNESS-SIGNATURE", "WITNESS-QUORUM")
def policy_with_a_bit_changed_in_the_cosignature() -> Made:
    """One bit of a witness's signature is another."""
    return _altered(20)


@vector("policy", "WITNESS-SIGNATURE", "WITNESS-QUORUM")
def policy_with_a_note_signature_for_a_cosignature() -> Made:
    """The witness signed the checkpoint's text as a log does, without a time."""
    log = stamps.dated()
    who: Cosigner = witness("w1")
    raw = signer_of("w1").sign(parse_note(log.note()).text.encode())
    return made(_cosigned(log, NoteSignature(who.name, who.key_hash, raw)), policy=ONE)


# --- time stamps --------------------------------------------------------------------------------


def _stamped(token: bytes, size: int = 2) -> Made:
    log = stamps.dated()
    log.anchors.append(Anchor(size, log.note(size), token))
    return made(log, tsa_roots=stamps.ROOT.read_bytes())


@vector("good")
def good_time_stamp() -> Made:
    """An authority under the auditor's root has dated the newest checkpoint."""
    return _stamped(stamps.TOKEN.read_bytes())


@vector("time stamp", "TIMESTAMP-MISSING")
def time_stamp_missing() -> Made:
    """The auditor brings the root of an authority, and nothing was dated."""
    return made(stamps.dated(), tsa_roots=stamps.ROOT.read_bytes())


@vector("time stamp", "TIMESTAMP-FORM", "TIMESTAMP-MISSING")
def time_stamp_that_is_none() -> Made:
    """In the time stamp's place stand a few words."""
    return _stamped(b"three o'clock")


@vector("time stamp", "TIMESTAMP-DIFFERS", "TIMESTAMP-MISSING")
def time_stamp_of_another_checkpoint() -> Made:
    """The time stamp of the newest checkpoint stands beside an earlier one."""
    return _stamped(stamps.TOKEN.read_bytes(), 1)


@vector("time stamp", "TIMESTAMP-SIGNATURE", "TIMESTAMP-MISSING")
def time_stamp_with_a_bit_changed() -> Made:
    """One bit of the authority's signature is another."""
    token = bytearray(stamps.TOKEN.read_bytes())
    token[-1] ^= 1
    return _stamped(bytes(token))
