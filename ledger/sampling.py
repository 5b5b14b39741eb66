"""The draw of a sample that nobody could have chosen: committed to first, computed afterwards."""

from collections.abc import Iterable
from hashlib import sha256

from ledger import canonical
from ledger.errors import Malformed
from ledger.events.assurance import SamplePlan


def plan_digest(plan: SamplePlan) -> str:
    """Return the SHA-256 that an auditor commits to before the custodian knows of the plan."""
    return sha256(canonical.encode(plan)).hexdigest()


def draw(plan: SamplePlan, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that the plan draws: those with the lowest SHA-256(seed, root, name).

    Args:
        plan: seed, root and count.
        names: the serial numbers at the site, and the racks of which no serial is recorded.

    Raises:
        Malformed: SAMPLE-SIZE when there are fewer names than are to be drawn.
    """
    head = bytes.fromhex(plan.seed) + bytes.fromhex(plan.root)
    ranked = sorted(set(names), key=lambda name: sha256(head + name.encode()).digest())
    if len(ranked) < plan.count:
        raise Malformed(
            "SAMPLE-SIZE", f"{plan.count} are to be drawn, but there are only {len(ranked)}"
        )
    return tuple(ranked[: plan.count])
