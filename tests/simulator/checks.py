"""What must hold after every step, and what is looked at now and then because it costs more."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import pytest

from ledger.application import Ledger
from ledger.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint_text
from ledger.log.merkle import EMPTY_FRONTIER, leaf_hash
from ledger.log.note import parse_note
from ledger.log.proofs import verify_consistency, verify_inclusion
from ledger.occurred import parse_recorded
from ledger.source import Source
from ledger.store.highwater import HighWater
from ledger.trust import Trust
from ledger.verify.audit import audit, audit_to_record
from ledger.verify.report import Report
from projections import runner
from projections.determination.tables import judging
from projections.finding_rules import find_rules, rules
from projections.finding_run import Clocks, findings
from projections.packs.load import packs
from projections.view import MEMORY, View
from tests.harness import ORIGIN, signer_of
from tests.simulator.memory import Kept
from tests.simulator.start import HIGH_WATER, VIEW
from tests.simulator.world import World, require

T = TypeVar("T")

SAMPLE = 1
LATER = "2029-01-01T00:00:00Z"
PAGES = (1, 3, 7, 1000)


def after_step(world: World) -> None:
    """Check the promises over the ledger as it is open now."""
    ledger, memory = world.ledger, world.memory
    size = ledger.size
    leaves = [leaf_hash(row.data) for row in ledger.source().rows(0, size)]
    lost = [index for index, leaf in memory.leaves.items() if leaves[index : index + 1] != [leaf]]
    require(not lost, f"acknowledged entries are lost: {lost} of {size}")
    if not world.waiting:
        require(size == len(memory.leaves), f"{size} entries, {len(memory.leaves)} were answered")
    frontier = EMPTY_FRONTIER
    for shown, (root, _) in sorted(memory.shown.items()):
        require(shown <= size, f"a checkpoint of {shown} entries was shown, there are {size}")
        frontier = frontier.extend(leaves[frontier.size : shown])
        require(frontier.root() == root, f"the first {shown} entries are not those that were shown")
    _prove_new(world, ledger)
    noted = HighWater(world.home / HIGH_WATER).last()
    if noted is not None:
        require(noted[0] <= size, f"the high-water file knows {noted[0]} entries, there are {size}")


def _prove_new(world: World, ledger: Ledger) -> None:
    """Prove what is new since the last look, and a sample of what is older."""
    memory = world.memory
    old = memory.receipts[: memory.proved]
    for kept in (*memory.receipts[memory.proved :], *_sample(world, old)):
        prove(world, ledger, kept)
    memory.proved = len(memory.receipts)
    new = sorted(memory.shown.keys() - memory.joined)
    for shown in (*new, *_sample(world, sorted(memory.joined))):
        join(world, ledger, shown)
    memory.joined.update(new)


def _sample(world: World, given: list[T]) -> list[T]:
    return world.chance.sample(given, min(SAMPLE, len(given)))


def prove(world: World, ledger: Ledger, kept: Kept) -> None:
    """Insist that a receipt's event is included, by its proof and a signed checkpoint."""
    checkpoint = opened(world, kept.checkpoint)
    leaf = leaf_hash(ledger.entry_bytes(kept.index))
    proof = ledger.prove(kept.index, kept.size)
    holds = verify_inclusion(leaf, kept.index, checkpoint.size, checkpoint.root, proof)
    require(holds, f"the proof of entry {kept.index} in {kept.size} does not hold")


def join(world: World, ledger: Ledger, shown: int) -> None:
    """Insist that the log continues a checkpoint that was shown, by a consistency proof."""
    size = ledger.size
    root, note = world.memory.shown[shown]
    require(opened(world, note).root == root, "a checkpoint shown is another")
    proof = ledger.prove_consistency(shown, size)
    holds = verify_consistency(shown, size, root, ledger.root_at(size), proof)
    require(holds, f"no proof that {size} entries continue the {shown} that were shown")


def opened(world: World, note: bytes) -> Checkpoint:
    """Return a checkpoint that the ledger's key of that size signed; each is verified once."""
    checkpoint = parse_checkpoint_text(parse_note(note).text)
    if note not in world.verified:
        open_checkpoint(note, ORIGIN, signer_of(key_at(world, checkpoint.size)).public_key)
        world.verified.add(note)
    return checkpoint


def key_at(world: World, size: int) -> str:
    """Return the name of the ledger's key that signs a checkpoint of this size."""
    found = [name for start, name in world.handed_over.items() if start < size or start == 0]
    return found[-1]


# --- verdicts ---------------------------------------------------------------------------------


def audit_all(world: World, *, since: bool = False) -> None:
    """Audit the ledger: it is honest, so the verdict is PASS; go on from the last audit or not."""
    record = world.record if since else None
    trust = world.trust(
        checkpoints=tuple(world.memory.notes()),
        high_water=HighWater(world.home / HIGH_WATER).last(),
        record=record,
    )
    report, made = audit_to_record(world.ledger.source(), trust)
    world.note(f"  audit of {report.size} entries, {report.scope}: {report.verdict}")
    require(report.verdict == "PASS", f"an honest ledger is {report.verdict}: {words(report)}")
    require(report.size == world.ledger.size, "the audit saw another size")
    if made is not None:
        world.record = made


def expect(world: World, what: str, source: Source, trust: Trust, *verdicts: str) -> Report:
    """Insist on the verdict over something that is not the ledger itself."""
    report = audit(source, trust)
    codes = sorted({one.code for one in report.marks})
    world.note(f"  {what}: {report.verdict} {' '.join(codes)}")
    require(report.verdict in verdicts, f"{what} is {report.verdict}: {words(report)}")
    return report


def words(report: Report) -> str:
    """Return what a report found, in a line."""
    return "; ".join(f"{one.code} at {one.entry}" for one in report.marks)


# --- what follows from the log ----------------------------------------------------------------


def catch_up(world: World) -> None:
    """Bring the read models up to date, in pages of some size."""
    with View.open(world.home / VIEW) as view:
        with _pages(world.chance.choice(PAGES)):
            runner.catch_up(view, world.ledger)
        world.note(f"  read models of {view.position.next_idx} entries")


@contextmanager
def _pages(size: int) -> Iterator[None]:
    """Let read models catch up in pages of so many entries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "PAGE_ENTRIES", size)
        yield


def compare_views(world: World) -> None:
    """Insist that read models that caught up are those of a rebuild, and what they say adds up."""
    catch_up(world)
    with View.open(world.home / VIEW) as view, View.open(MEMORY) as anew:
        runner.rebuild(anew, world.ledger)
        require(view.view_hash() == anew.view_hash(), "read models differ from a rebuild")
        require(view.documents_hash() == anew.documents_hash(), "manifests differ from a rebuild")
        sql = "SELECT book, idx FROM posting GROUP BY 1, 2 HAVING sum(quantity) <> 0"
        require(not list(view.rows(sql)), "an event does not sum to zero")
        if not world.wild:
            reader = judging(view.connection, packs(), world.ledger.zone)
            clocks = Clocks(LATER, world.ledger.size - 1)
            found = [
                f"{one.about} {one.facts}"
                for one in findings(reader, find_rules(rules(), "NEG-BALANCE"), clocks)
                if one.severity == "critical"  # dates by the month leave others open
            ]
            require(not found, f"an honest balance is negative: {found}")
        world.note(f"  read models {view.view_hash()[:16]}")


def recorded(ledger: Ledger, index: int) -> datetime:
    """Return when an entry was recorded."""
    return parse_recorded(ledger.event(index).entry.recorded_at)


def at_the_end(world: World) -> None:
    """Prove everything once more, audit everything, and rebuild what follows."""
    ledger, memory = world.ledger, world.memory
    for kept in dict.fromkeys(memory.receipts):
        prove(world, ledger, kept)
    for shown in sorted(memory.shown):
        join(world, ledger, shown)
    audit_all(world)
    if world.viewed:
        compare_views(world)
