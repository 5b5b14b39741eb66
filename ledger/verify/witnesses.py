"""Step 2, witnesses: whether a checkpoint carries the cosignatures that the policy asks for.

Notes over one text are one checkpoint: its cosignatures are put together, whichever note has them.
The newest checkpoint with the quorum counts; what came behind it no witness has seen yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.authority import Authority
from ledger.errors import LedgerError, Refused
from ledger.log.checkpoint import parse_checkpoint_text
from ledger.log.cosignature import Cosigner, open_cosignatures
from ledger.log.note import parse_note
from ledger.trust.policy import NONE, Policy
from ledger.verify.dating import Dated
from ledger.verify.report import Mark


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What the policy's witnesses said.

    Attributes:
        marks: conditions met.
        size: entries in the newest checkpoint with the quorum, or None.
        dated: every checkpoint with the quorum, and when it had it.
    """

    marks: tuple[Mark, ...]
    size: int | None
    dated: tuple[Dated, ...]


def judge_witnesses(policy: Policy, authority: Authority, notes: Sequence[bytes]) -> Cosigned:
    """Judge the notes of a ledger by a policy.

    Args:
        policy: what the auditor asks for.
        authority: names the ledger and its checkpoint keys.
        notes: the newest checkpoint and the anchors; whether they are this ledger's, step 1 says.
    """
    marks = list(_log_marks(policy, authority))
    said: dict[str, dict[Cosigner, int]] = defaultdict(dict)
    for note in notes:
        try:
            text, times = parse_note(note).text, open_cosignatures(note, policy.cosigners)
        except Refused as error:
            expected = "a cosignature that verifies, or none"
            marks.append(Mark("WITNESS-SIGNATURE", None, expected, error.message))
            continue
        except LedgerError:  # no note: step 1 marks it
            continue
        for cosigner, at in times.items():
            said[text][cosigner] = min(at, said[text].get(cosigner, at))
    dated = tuple(dated_by_quorum(policy, said.items()))
    size = max((one.size for one in dated), default=None)
    if size is None and policy.quorum != NONE:
        names = {who.name for times in said.values() for who in times}
        found = f"cosignatures of {', '.join(sorted(names))}" if names else "no cosignature"
        marks.append(Mark("WITNESS-QUORUM", None, f"the quorum {policy.quorum_shown}", found))
    return Cosigned(tuple(marks), size, dated)


def dated_by_quorum(
    policy: Policy,
    said: Iterable[tuple[str, dict[Cosigner, int]]],
    entry: int | None = None,
) -> Iterator[Dated]:
    """Yield the checkpoints that the quorum cosigned, with their moments.

    Args:
        policy: what a quorum is.
        said: text of each checkpoint, and who cosigned it when.
        entry: where the log holds the cosignatures, or None.
    """
    for text, times in said:
        earliest, latest = policy.lower_bound(times), policy.upper_bound(times)
        if earliest is not None and latest is not None:
            size = parse_checkpoint_text(text).size
            yield Dated(size, earliest, latest, f"witnesses, over {size:,} entries", entry)


def _log_marks(policy: Policy, authority: Authority) -> Iterator[Mark]:
    """Compare the ledger with the logs that the policy lists, if it lists any.

    A key that was rotated is followed in the log, as with the fingerprint.
    """
    origin = authority.opened.origin
    own = {(origin, key) for _, key in authority.checkpoint_keys}
    if policy.logs and own.isdisjoint((one.origin, one.public_key) for one in policy.logs):
        listed = ", ".join(sorted({one.origin for one in policy.logs}))
        yield Mark("POLICY-LOG", None, f"one of {listed}, with its key", origin)
