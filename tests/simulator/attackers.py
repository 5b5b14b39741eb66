"""Who shows another history: stale copies put back, a forking operator; and the witness.

Each act is on a copy, or is undone. It must be refused where it is tried, and must not pass an
audit by somebody who was shown more.
"""

import shutil
from http import HTTPStatus
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from commands.witness.witness import Answer
from ledger.anchoring import keep_anchor
from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError
from ledger.events.party import HeadquartersDeclared
from ledger.log.add_checkpoint import AddCheckpoint
from ledger.log.note import verifier_key
from ledger.source import Anchor
from ledger.store.highwater import HighWater
from ledger.trust.policy import Policy, parse_policy
from ledger.writing import Writing
from tests.harness import ORIGIN, signatory, signer_of
from tests.simulator import checks
from tests.simulator.start import HIGH_WATER, LEDGER
from tests.simulator.stories import OPERATOR
from tests.simulator.world import World, require

# --- the witness ------------------------------------------------------------------------------


def witness(world: World) -> None:
    """The witness cosigns the newest checkpoint, and the ledger keeps that."""
    ledger = world.ledger
    note, size = ledger.checkpoint(), ledger.size
    proof = ledger.prove_consistency(world.witnessed) if world.witnessed else ()
    answer = ask(world, world.witnessed, proof, note)
    require(answer.status == HTTPStatus.OK, f"the witness refuses an honest log: {answer.body}")
    world.witnessed = size
    world.memory.show(note)
    with world.disk.acting("desk"):
        keep_anchor(world.home / LEDGER, Anchor(size, note + answer.body.encode(), None))
    if world.chance.random() < 0.3:
        trust = world.trust(policy=policy(world))
        report = checks.expect(world, "with witnesses", ledger.source(), trust, "PASS")
        require(report.cosigned == size, "the witness's word does not count")


def ask(world: World, old: int, proof: tuple[bytes, ...], note: bytes) -> Answer:
    """Ask the witness."""
    return world.witness().add_checkpoint(AddCheckpoint(old, proof, note).to_bytes())


def policy(world: World) -> Policy:
    """Return the policy of an auditor who wants the witness's word."""
    log = verifier_key(ORIGIN, signer_of(world.ledger_keys[0]).public_key)
    return parse_policy(
        f"log {log}\nwitness w1 {world.cosigner.verifier_key}\nquorum w1\n".encode()
    )


# --- older copies -----------------------------------------------------------------------------


def stale(world: World) -> list[tuple[Path, int]]:
    """Return the backups that lack entries which were shown."""
    return [one for one in world.backups if one[1] < world.ledger.size]


def stale_restore(world: World) -> None:
    """A backup is put back: refused. With the high-water file of then: others remember."""
    folder, size = world.chance.choice(stale(world))
    with world.maintenance():
        (world.home / LEDGER).write_bytes((folder / LEDGER).read_bytes())
        _take_away_beside(world.home)
        noted = HighWater(world.home / HIGH_WATER).last()
        if noted is not None and noted[0] > size:  # lines are lost with the power
            _must_refuse(world, "STORE-BEHIND", {})
        (world.home / HIGH_WATER).write_bytes((folder / HIGH_WATER).read_bytes())
        if world.published > size:
            _must_refuse(world, "PUBLISHED-AHEAD", {"published": world.public})
        key = checks.key_at(world, size)
        with Ledger.open(str(world.home / LEDGER), world.writing(key)) as old:
            trust = world.trust(checkpoints=tuple(world.memory.notes()))
            checks.expect(world, "a stale copy", old.source(), trust, "FAIL", "UNDECIDED")
            if world.witnessed > size:
                answer = ask(world, old.size, (), old.checkpoint())
                require(answer.status == HTTPStatus.CONFLICT, "the witness takes a stale copy")
        _take_away_beside(world.home)


def _must_refuse(world: World, code: str, more: dict[str, Any]) -> None:
    """Insist that the ledger is not opened for writing."""
    writing = world.writing(world.ledger_keys[-1])
    if more:
        writing = Writing(
            signer=writing.signer, high_water=writing.high_water, clock=writing.clock,
            installation=writing.installation, **more,
        )  # fmt: skip
    try:
        Ledger.open(str(world.home / LEDGER), writing).close()
    except LedgerError as error:
        require(error.code == code, f"a stale copy is refused with {error}, not {code}")
        world.note(f"  refused: {code}")
    else:
        require(holds=False, what=f"a stale copy was opened for writing, without {code}")


def _take_away_beside(folder: Path) -> None:
    for name in (f"{LEDGER}-wal", f"{LEDGER}-shm"):
        (folder / name).unlink(missing_ok=True)


# --- another history --------------------------------------------------------------------------


def fork(world: World) -> None:
    """The operator goes on from an older copy with the true key: two checkpoints prove it."""
    folder, size = world.chance.choice(stale(world))
    copy = world.away / "fork.db"
    shutil.copyfile(folder / LEDGER, copy)
    key = checks.key_at(world, size)
    writing = Writing(
        signer=signer_of(key), clock=world.clock if world.demonstration else None,
        installation="simulator",
    )  # fmt: skip
    keep = world.now
    with Ledger.open(str(copy), writing) as other:
        world.now = max(world.now, checks.recorded(other, size - 1))
        wanted = max(one for one in world.memory.shown if one > size)
        count = world.chance.choice((1, wanted - size, wanted - size + 1))
        for _ in range(min(count, 12)):
            other.append(_other_word(world, other))
        _judge_fork(world, other, size)
    world.now = keep
    copy.unlink()


def _other_word(world: World, other: Ledger) -> Submission:
    """Return what the forking operator has to say, signed with the key that is in force there."""
    data = HeadquartersDeclared(party="aolani", country="TH")
    statement = replace(
        world.statement_of(data, [signatory(OPERATOR, OPERATOR)]), seen=other.seen()
    )
    return world.signed(statement, OPERATOR)


def _judge_fork(world: World, other: Ledger, size: int) -> None:
    """A fork is proved by what was shown of the ledger, and the ledger by what it shows."""
    forked, notes = other.checkpoint(), tuple(world.memory.notes(beyond=size))
    trust = world.trust(checkpoints=notes)
    verdict = checks.expect(world, "a fork", other.source(), trust, "FAIL", "UNDECIDED").verdict
    shorter = [one for one in world.memory.shown if size < one <= other.size]
    require(verdict == "FAIL" or not shorter, "two checkpoints do not prove a fork")
    trust = world.trust(checkpoints=(forked,))
    report = checks.expect(
        world, "the ledger, to who saw a fork", world.ledger.source(), trust, "FAIL", "UNDECIDED"
    )
    require(report.verdict == "FAIL" or other.size > world.ledger.size, "no proof of a fork")
    if world.witnessed > size:
        # every proof that the other history can give: from where it is, and from where they part
        at = min(world.witnessed, other.size)
        for old in {size, at}:
            answer = ask(world, old, other.prove_consistency(old), forked)
            require(answer.status != HTTPStatus.OK, "the witness cosigned two histories")
        if world.witnessed < other.size:
            answer = ask(world, world.witnessed, other.prove_consistency(world.witnessed), forked)
            require(answer.status != HTTPStatus.OK, "the witness cosigned two histories")
