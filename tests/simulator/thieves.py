"""Thieves and an operator gone wrong: what may not be signed so, or not be recorded.

It is refused where it is submitted; and where it is written past admission into a copy of the
store, under a true tree and checkpoint, no audit passes.
"""

from collections.abc import Callable

from msgspec.structs import replace

from ledger import canonical
from ledger.draft import Submission
from ledger.entry import Entry, encode_entry, is_control, tags_of
from ledger.errors import LedgerError
from ledger.events import decode_statement
from ledger.events.base import Statement
from ledger.events.party import HeadquartersDeclared, RoleGranted
from ledger.events.rack import RackAssembled
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.signing.envelope import Envelope, seal, sign
from ledger.store.source import StoreSource
from ledger.store.sqlite import SQLiteRecorder
from ledger.store.transaction import NewEntry, Transaction
from tests.harness import ORIGIN, signatory, signer_of
from tests.memory_log import line
from tests.simulator import checks, steps
from tests.simulator.tampering import copied
from tests.simulator.world import World, require


def thief(world: World) -> None:
    """Somebody signs with a stolen key: refused; and where it is forced in, no audit passes."""
    party, key = world.chance.choice(world.stolen)
    data = HeadquartersDeclared(party=party, country="TH")
    _try_and_force(world, world.statement_of(data, [signatory(party, key)]), (key,), "KEY-REVOKED")


def usurper(world: World) -> None:
    """Somebody with a key signs what it may not: another's word, another's act, a grant."""
    thefts: tuple[Callable[[], tuple[Statement, str, str]], ...] = (
        lambda: (
            world.statement_of(
                HeadquartersDeclared(party="aolani", country="TH"),
                [signatory("aolani", world.keys["carrier"])],
            ),
            world.keys["carrier"],
            "KEY-OF-ANOTHER",
        ),
        lambda: (
            world.statement(RoleGranted(party="bytedance", role="maker"), "bytedance"),
            world.keys["bytedance"],
            "ROLE",
        ),
        lambda: (world.statement(_rack(world), "bytedance"), world.keys["bytedance"], "ACTOR"),
    )
    statement, key, code = world.chance.choice(thefts)()
    _try_and_force(world, statement, (key,), code)


def impostor(world: World) -> None:
    """The operator forges a signature: of a key that it does not have."""
    data = HeadquartersDeclared(party="nvidia", country="TH")
    payload = canonical.encode(world.statement(data, "nvidia"))
    wrong = sign(payload, signer_of("somebody"))
    right = world.statement(data, "nvidia").signatories[0].key
    envelope = seal(payload, [replace(wrong, keyid=right)])
    _try_and_force_envelope(world, envelope, "SIGNATURE")


def stranger(world: World) -> None:
    """Somebody submits what was signed for another ledger."""
    statement = replace(
        world.statement(HeadquartersDeclared(party="nvidia", country="TH"), "nvidia"),
        ledger="another.example/2026", seen=None,
    )  # fmt: skip
    _try_and_force(world, statement, (world.keys["nvidia"],), "OTHER-LEDGER")


def concealer(world: World) -> None:
    """The operator writes an entry that leaves out the newest control entry; a true one follows."""
    wrong, right = (steps.remark(world)[1].envelope for _ in range(2))
    _force(world, wrong, "a link left out", control=0, then=right)


def repeater(world: World) -> None:
    """The operator records an event twice."""
    index = world.chance.randrange(1, world.ledger.size)
    _force(world, world.ledger.event(index).entry.envelope, "an event told twice")


def _rack(world: World) -> RackAssembled:
    number = world.chance.randrange(2**32)
    return RackAssembled(
        integrator="aivres", assembly=f"A-{number}", rack=f"R-{number}", model="NVL4",
        chassis_serial=f"CH-{number}", site="PLANT", lines=(line("B1", 4),),
    )  # fmt: skip


def _try_and_force(world: World, statement: Statement, keys: tuple[str, ...], code: str) -> None:
    _try_and_force_envelope(world, world.signed(statement, *keys).envelope, code)


def _try_and_force_envelope(world: World, envelope: Envelope, code: str) -> None:
    size = world.ledger.size
    try:
        world.ledger.append(Submission(envelope))
    except LedgerError as error:
        behind = error.code == "CLOCK-BEHIND" and world.clock_is_behind()  # asked first of all
        require(behind or error.code == code, f"refused with {error}, not {code}")
    else:
        require(holds=False, what=f"recorded without {code}")
    require(world.ledger.size == size, "a refused event was recorded")
    _force(world, envelope, f"what was refused with {code}")


def _force(
    world: World, envelope: Envelope, what: str, control: int | None = None,
    then: Envelope | None = None,
) -> None:  # fmt: skip
    """Write an envelope into a copy past admission, under a true tree and checkpoint."""
    with copied(world) as path:
        recorder = SQLiteRecorder.open(path)
        with recorder:
            recorder.transact(lambda turn: _write(world, turn, envelope, control))
            for one in () if then is None else (then,):
                recorder.transact(lambda turn, one=one: _write(world, turn, one, None))  # type: ignore[misc]  # bound at once
            checks.expect(world, what, StoreSource(recorder, path), world.trust(), "FAIL")


def _write(world: World, turn: Transaction, envelope: Envelope, wrong_control: int | None) -> None:
    statement = decode_statement(envelope.statement_bytes())
    event = world.ledger.event(world.ledger.size - 1)
    control, recorded_at = turn.head.control, event.entry.recorded_at
    entry = Entry(
        envelope=envelope, recorded_at=recorded_at, recorder=event.entry.recorder,
        control=control if wrong_control is None else wrong_control,
    )  # fmt: skip
    if is_control(statement):
        control = turn.head.size
    new = NewEntry(statement.type, encode_entry(entry), tags_of(statement))
    turn.append([new], recorded_at=recorded_at, control=control)
    signer = signer_of(world.ledger_keys[-1])
    turn.seal(lambda size, root: sign_checkpoint(Checkpoint(ORIGIN, size, root), [signer]))
