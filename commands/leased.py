"""What a lease has now: filled in from the book of use, so that nobody types it again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commands.act import Act
from ledger import canonical
from ledger.errors import Malformed, Unavailable
from ledger.events.base import Line
from ledger.events.lease import LeaseChanged, LeaseStarted, Pool

_IN_USE = """
    SELECT site, model, batch, rack, sum(quantity) AS quantity FROM posting
    WHERE book = 'use' AND lease = :lease AND lessee = :lessee AND event_idx IS NOT :without
    GROUP BY site, model, batch, rack HAVING sum(quantity) > 0
    ORDER BY site, model, batch, rack"""
_CHANGES = """
    SELECT event.idx, lease_change.status, lease_change.service
    FROM lease_change
    JOIN event ON event.idx = lease_change.event_idx
    JOIN counting ON counting.event_idx = event.idx AND counting.to_idx IS NULL
    WHERE lease_change.lease = :lease AND event.basis <> 'third_party_report'
      AND event.idx IS NOT :without
    ORDER BY event.valid_at, event.idx"""
_SUBLET = """
    SELECT posting.lease, posting.lessee, sum(posting.quantity) AS quantity
    FROM (SELECT DISTINCT lease, lessee FROM lease WHERE parent_lease = :lease) AS sub
    JOIN posting ON posting.lease = sub.lease AND posting.lessee = sub.lessee
    WHERE posting.book = 'use'
    GROUP BY posting.lease, posting.lessee HAVING sum(posting.quantity) > 0
    ORDER BY posting.lease"""
_NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Capacity:
    """Units of one site by rack, and a pool by quantity; either may be none."""

    site: str | None = None
    lines: tuple[Line, ...] = ()
    pool: Pool | None = None

    def __bool__(self) -> bool:
        return bool(self.lines) or self.pool is not None

    @property
    def words(self) -> str:
        """How many GPUs it is, for people."""
        quantity = None if self.pool is None else self.pool.quantity
        if self.pool is not None and quantity is None:
            return "an unknown number of GPUs"
        return f"{sum(line.total for line in self.lines) + (quantity or 0):,} GPUs"


class Leased:
    """One lease as it is recorded: its beginning, its changes, and what is used under it."""

    def __init__(self, act: Act, lease: str) -> None:
        """Look a lease up.

        Raises:
            Unavailable: NOT-RECORDED.
        """
        self._act = act
        self.begun = act.recorded("lease", lease, LeaseStarted)
        self.lease = self.begun.lease
        self._bound = {"lease": self.lease, "lessee": self.begun.lessee, "without": act.without}
        self.service = self.begun.service
        self._suspensions: list[int] = []
        for row in act.view.rows(_CHANGES, self._bound):
            self.service = row["service"] or self.service  # type: ignore[assignment]  # as signed
            if row["status"] == "suspended":
                self._suspensions.append(int(str(row["idx"])))
            elif row["status"] == "resumed" and self._suspensions:
                self._suspensions.pop()

    @property
    def lessor(self) -> str | None:
        """Who gets capacity back: of a sublease, the lessee of the lease that it is a part of."""
        parent = self.begun.parent_lease
        if parent is None:
            return self.begun.lessor
        return self._act.recorded("lease", parent, LeaseStarted).lessee

    @property
    def suspended(self) -> int | None:
        """Entry of the newest suspension that nothing has resumed, or None."""
        return self._suspensions[-1] if self._suspensions else None

    def suspension(self) -> Capacity:
        """Return what the newest suspension took away.

        Raises:
            Unavailable: LEASE-RUNNING.
        """
        if self.suspended is None:
            raise Unavailable(
                "LEASE-RUNNING",
                f"no suspension of {self.lease} is recorded that nothing has resumed",
                where=self.lease,
                hint=f"`chipledger query lease-timeline lease={self.lease}` shows its history",
            )
        data = self._act.desk.reader().event(self.suspended).statement.data
        assert isinstance(data, LeaseChanged)  # noqa: S101  its table says so
        return Capacity(data.site, data.removed, data.pool_removed)

    def now(self, site: str | None = None, model: str | None = None) -> Capacity:
        """Return what is used under the lease now, at one site.

        What posts nothing (colocation, a pool of unknown size) is as the lease named it.

        Raises:
            Unavailable: LEASE-SITES for units at several sites, or pools of several models.
        """
        begun = self.begun
        unknown = begun.pool is not None and begun.pool.quantity is None
        rows = [
            row
            for row in self._act.view.rows(_IN_USE, self._bound)
            if _is(site, row["site"]) and _is(model, row["model"])
        ]
        if not rows and self.suspended is None and (unknown or self.service == "colocation"):
            return Capacity(begun.site, begun.lines, begun.pool)
        lines = [row for row in rows if row["batch"] is not None]
        pools = [row for row in rows if row["batch"] is None]
        sites = sorted({str(row["site"] or "no site") for row in lines})
        if len(sites) > 1 or len(pools) > 1:
            places = sites if len(sites) > 1 else [f"{one['site']} {one['model']}" for one in pools]
            raise Unavailable(
                "LEASE-SITES",
                f"{self.lease} has units of {', '.join(places)}, and one change names one of them",
                where=self.lease,
                hint="record it once for each: --site SITE, or --model MODEL for a pool",
            )
        return Capacity(
            None if not lines else _text(lines[0]["site"]),
            lines_in_use(lines),
            None if not pools else _pool(pools[0]),
        )

    def racks(self, names: Sequence[str]) -> Capacity:
        """Return these racks as they are used under the lease.

        Raises:
            Unavailable: UNITS-UNKNOWN for racks that are not, LEASE-SITES.
        """
        wanted = {name.lower() for name in names}
        rows = [
            row
            for row in self._act.view.rows(_IN_USE, self._bound)
            if str(row["rack"]).lower() in wanted
        ]
        absent = wanted - {str(row["rack"]).lower() for row in rows}
        if absent:
            typed = [name for name in names if name.lower() in absent]
            shown = ", ".join(typed[:_NAMED_MAX])
            raise Unavailable(
                "UNITS-UNKNOWN",
                f"{shown} {'is' if len(absent) == 1 else 'are'} not in use under {self.lease}",
                where="racks",
                hint=f"`chipledger query use lease={self.lease}` shows what is",
            )
        sites = sorted({str(row["site"]) for row in rows})
        if len(sites) > 1:
            raise Unavailable(
                "LEASE-SITES",
                f"these racks are at {', '.join(sites)}, and one change names one site",
                where="racks",
                hint="record it once for each site",
            )
        return Capacity(_text(rows[0]["site"]), lines_in_use(rows), None)

    def tell_sublet(self) -> None:
        """Take note of capacity that is sublet, which a change of this lease leaves where it is."""
        for row in self._act.view.rows(_SUBLET, {"lease": self.lease}):
            self._act.names.doubt(
                f"{row['quantity']:,} GPUs are sublet to {row['lessee']} under {row['lease']},"
                " and stay there until that changes or ends"
            )


def lines_in_use(rows: Sequence[Mapping[str, object]]) -> tuple[Line, ...]:
    """Return the fewest lines for rows of the book of use; what is used is running."""
    racks: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
    found = []
    for row in rows:
        key = str(row["model"]), str(row["batch"]), int(str(row["quantity"]))
        if row["rack"] is None:
            found.append(_line(key))
        else:
            racks[key].append(str(row["rack"]))
    found += [_line(key, canonical.ordered(*names)) for key, names in racks.items()]
    return canonical.ordered(*found)


def pool_of(leased: Leased, model: str | None, quantity: int, site: str | None) -> Pool:
    """Return a pool of so many GPUs, of the model and site that the lease's own pool names.

    Raises:
        Malformed: POOL-MODEL where neither the lease nor the command names one.
    """
    begun = leased.begun.pool
    chip = model or (None if begun is None else begun.model)
    if chip is None:
        raise Malformed(
            "POOL-MODEL", f"{leased.lease} names no pool", where="--model", hint="name the model"
        )
    place = site or (leased.begun.site if begun is None else begun.site)
    return Pool(site=place, model=chip, quantity=quantity)


def _line(key: tuple[str, str, int], racks: tuple[str, ...] = ()) -> Line:
    model, batch, quantity = key
    return Line(model=model, batch=batch, quantity=quantity, racks=racks, state="operational")


def _pool(row: Mapping[str, Any]) -> Pool:
    return Pool(site=row["site"], model=row["model"], quantity=row["quantity"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _is(wanted: str | None, found: object) -> bool:
    return wanted is None or (found is not None and str(found).lower() == wanted.lower())
