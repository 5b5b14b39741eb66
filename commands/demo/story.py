"""The story in its order; each act is a function of its own."""

from collections.abc import Callable
from pathlib import Path

from commands.demo import delivery, opening, repair, supply
from commands.demo.cast import AOLANI
from commands.demo.stage import Stage

AS_OF = "2026-10-31"
"""The end of the story; the answers are given as of this day."""

ACTS: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("the ledger opens: parties, keys, roles, models, sites", opening.open_ledger),
    ("checks, end use, tier-1 certification", opening.check_parties),
    ("nine batches of 4,000 commissioned and sold to Aivres", supply.make_and_sell_chips),
    ("500 racks of 72 assembled", supply.assemble_racks),
    ("what was reported, recorded as claims", opening.report_claims),
    ("authorization claimed for the destination", delivery.authorize),
    (
        "25 shipments of 20 racks installed in Johor; a receipt corrected, Aivres' key rotated",
        delivery.ship_and_install,
    ),
    ("480 racks leased to ByteDance", delivery.lease_capacity),
    ("four spares sent ahead", repair.send_spares),
    ("a tray of R0490 swapped", repair.swap_tray),
    ("permit noticed 30 days before the old tray leaves", repair.give_notice),
    ("a committed sample inspected", repair.inspect),
    ("usage reported month by month", delivery.report_usage),
    ("the old tray returned", repair.return_tray),
)


def play(folder: Path, tell: Callable[[str], None]) -> Stage:
    """Record the whole story in a new folder and return the stage, its ledger open."""
    stage = Stage(folder, AOLANI)
    for title, act in ACTS:
        act(stage)
        stage.flush()
        tell(f"{title}: {stage.ledger.size:,} entries")
    return stage
