"""Submitting, and what follows from an answer: it is remembered, and must have been right."""

from collections.abc import Sequence

from ledger.application import Ledger
from ledger.draft import Submission
from ledger.entry import read_event
from ledger.errors import LedgerError, Unavailable
from ledger.log.merkle import leaf_hash
from ledger.writing import Receipt
from tests.harness import signer_of
from tests.simulator.memory import Memory, Sending
from tests.simulator.world import World, require

UNKNOWN = frozenset({"ANSWER-WITHHELD", "COMMIT-UNKNOWN"})
"""With these codes something may be recorded although nothing is answered."""


def submit(world: World, *submissions: Submission, process: str = "desk") -> bool:
    """Send something new, and return whether it was answered; else it waits to be sent again."""
    return send(world, Sending(submissions), process)


def send(world: World, sending: Sending, process: str = "desk") -> bool:
    """Send, and return whether it was answered."""
    if sending not in world.waiting:
        world.waiting.append(sending)
    behind = world.clock_is_behind()
    ledger = world.ledger_of(process)
    size = ledger.size
    new_key = None if sending.new_key is None else signer_of(sending.new_key)
    try:
        with world.disk.acting(process):
            receipts = ledger.append_many(sending.submissions, new_key=new_key)
    except LedgerError as error:
        if not world.disk.is_dead(process):
            _refused(world, error, behind=behind)
            if error.code not in UNKNOWN:
                require(ledger.size == size, f"{error.code}: recorded although it was refused")
        world.note(f"  not answered: {error.code}")
        return False
    if world.disk.is_dead(process):
        world.note("  nobody was there to answer")
        return False
    require(not behind, "recorded with a clock that is behind the log")
    acknowledge(world, sending, receipts, ledger)
    return True


def _refused(world: World, error: LedgerError, *, behind: bool) -> None:
    """Insist that an honest submission was refused for a reason that the world gave."""
    if behind:
        require(error.code == "CLOCK-BEHIND", f"refused with {error}, while the clock is behind")
        return
    trouble = world.disk.trouble
    fair = isinstance(error, Unavailable) and trouble is not None and trouble.met
    require(fair, f"an honest submission was refused: {error}")


def acknowledge(
    world: World, sending: Sending, receipts: Sequence[Receipt], ledger: Ledger
) -> None:
    """Take in what was answered."""
    memory = world.memory
    require(len(receipts) == len(sending.submissions), "not every submission was answered")
    kinds = {one.repeated for one in receipts}
    require(len(kinds) == 1, "half a transaction was recorded")
    for submission, receipt in zip(sending.submissions, receipts, strict=True):
        identifier = Memory.id_of(submission)
        require(receipt.id == identifier, "a receipt is for another event")
        known = memory.indexes.get(identifier)
        if known is not None:
            require(receipt.repeated, f"{identifier} was recorded twice")
            require(receipt.index == known, f"{identifier} was moved from entry {known}")
        data = ledger.entry_bytes(receipt.index)
        envelope = read_event(receipt.index, data).entry.envelope
        same = envelope.statement_bytes() == submission.envelope.statement_bytes()
        require(same, f"entry {receipt.index} is not what was submitted")
        taken = memory.leaves.get(receipt.index)
        require(taken in {None, leaf_hash(data)}, f"entry {receipt.index} had been another")
        memory.keep(receipt, leaf_hash(data))
        memory.show(receipt.checkpoint)
        world.note(f"  entry {receipt.index} {leaf_hash(data).hex()[:16]} of {receipt.size}")
    world.waiting.remove(sending)
    for party, new in sending.keys.items():
        if world.keys[party] != new:
            world.stolen.append((party, world.keys[party]))
            world.keys[party] = new
    if sending.new_key is not None and sending.new_key not in world.ledger_keys:
        world.ledger_keys.append(sending.new_key)
        world.handed_over[receipts[-1].index] = sending.new_key


def settle(world: World) -> None:
    """Send again what is not answered, in the order in which it was sent first."""
    while world.waiting:
        if not send(world, world.waiting[0]):
            require(world.clock_is_behind(), "nothing is wrong, and there is no answer")
            world.now = world.newest()
