"""Samples that nobody could have chosen: how large, committed to first, computed afterwards.

An auditor keeps a design: where to look, how sure to be, and a secret. The SHA-256 of the design is
the seed of the plan; the SHA-256 of a text about the seed, the commitment, can be shown to anybody
and dated by others before a checkpoint fixes what is at the site. Then neither the auditor nor the
custodian chooses what the draw takes: it follows from seed and root.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from hashlib import sha256
from math import comb
from typing import Annotated, Literal

from msgspec import Meta

from ledger import canonical
from ledger.canonical import Canonical, Sha256Hex
from ledger.errors import Malformed
from ledger.events.assurance import SamplePlan
from ledger.events.base import Origin, SamplePlanId, SiteId

COMMITMENT = "chipledger.sample-commitment/1"
DESIGN_BYTES_MAX = 4096
PERCENT_PATTERN = r"^(0|[1-9][0-9]?)(\.[0-9]{0,5}[1-9])?\Z"
Racks = Literal["spread", "whole"]


class SampleDesign(Canonical, frozen=True, kw_only=True):
    """What an auditor decides before anybody knows what is at the site on the day of the draw.

    Attributes:
        origin: the ledger.
        sample: identifier of the plan to come.
        site: where.
        secret: 32 random bytes in hex, so that nobody guesses the seed.
        missing: how many units missing are to be noticed: a number, or per cent as `5%`.
        confidence: per cent, below 100: how sure one of them is to be in the sample.
        racks: `spread` takes the same number from each rack, give or take one; `whole` draws racks,
            of which all is looked at; None draws from all units alike.
    """

    origin: Origin
    sample: SamplePlanId
    site: SiteId
    secret: Sha256Hex
    missing: Annotated[str, Meta(pattern=r"^([1-9][0-9]{0,9}|[0-9.]{1,9}%)\Z")]
    confidence: Annotated[str, Meta(pattern=PERCENT_PATTERN)]
    racks: Racks | None = None

    @property
    def seed(self) -> str:
        """SHA-256 of the design's canonical bytes, which is the seed of its plan."""
        return sha256(canonical.encode(self)).hexdigest()

    @property
    def commitment(self) -> bytes:
        """The text that others can date: it tells nothing of the site, and binds all of it."""
        digest = sha256(bytes.fromhex(self.seed)).hexdigest()
        return f"{COMMITMENT}\n{self.origin}\n{digest}\n".encode()

    def count(self, population: int) -> int:
        """Return how many of a population it draws.

        Raises:
            Malformed: SAMPLE-SHARE, SAMPLE-MISSING, SAMPLE-CONFIDENCE.
        """
        missing = missing_of(self.missing, population)
        return sample_size(population, missing, percent(self.confidence))


def percent(text: str) -> Fraction:
    """Return a confidence in per cent, such as 95 or 99.9, as an exact share.

    Raises:
        Malformed: SAMPLE-CONFIDENCE.
    """
    canonical.pattern_check(
        PERCENT_PATTERN, "SAMPLE-CONFIDENCE", "a confidence in per cent, such as 95 or 99.9"
    )(text)
    return Fraction(text) / 100


def missing_of(text: str, population: int) -> int:
    """Return how many units `72` or `5%` of a population are, rounded up, at least one.

    Raises:
        Malformed: SAMPLE-SHARE.
    """
    share = text.removesuffix("%")
    canonical.pattern_check(
        r"^[0-9]{1,10}(\.[0-9]{1,6})?\Z", "SAMPLE-SHARE", "a number of units or a share such as 5%"
    )(share)
    found = Fraction(share) * population / 100 if text.endswith("%") else Fraction(share)
    if found.denominator != 1 and not text.endswith("%"):
        raise Malformed("SAMPLE-SHARE", f"{text!r} is no whole number of units")
    return max(1, -int(-found // 1))


def may_miss(population: int, missing: int, drawn: int, confidence: Fraction) -> bool:
    """Say whether a draw without replacement may take none of the missing ones.

    That is, whether the hypergeometric probability of it is above 1 - confidence; in whole numbers.
    """
    few, rest = sorted((missing, drawn))
    none, ways = comb(population - rest, few), comb(population, few)
    doubt = 1 - confidence
    return none * doubt.denominator > ways * doubt.numerator


def sample_size(population: int, missing: int, confidence: Fraction) -> int:
    """Return the fewest units to draw so that one of the missing is among them, this surely.

    Args:
        population: how many there are.
        missing: how many of them are taken to be missing.
        confidence: how likely at least one of those is to be drawn, from 0 to below 1.

    Raises:
        Malformed: SAMPLE-MISSING when more are missing than there are, or none.
    """
    if not 0 < missing <= population:
        raise Malformed(
            "SAMPLE-MISSING", f"of {population:,} units, {missing:,} cannot be the missing ones"
        )
    # More than those that are there cannot be drawn without one that is missing.
    enough = population - missing + 1
    return _first(enough, lambda drawn: not may_miss(population, missing, drawn, confidence))


def missing_at_most(population: int, drawn: int, confidence: Fraction) -> int:
    """Return the most units that may be missing where all that were drawn were found.

    With one more missing, the draw would have taken one of them this surely.
    """
    left = population - drawn
    return _first(left, lambda missing: not may_miss(population, missing + 1, drawn, confidence))


def _first(end: int, holds: Callable[[int], bool]) -> int:
    """Return the first number for which it holds, up to `end`, for which it does.

    From below, in doubled steps: binomials of large numbers are expensive.
    """
    low, high = 0, 1
    while high < end and not holds(high):
        low, high = high + 1, high * 2
    high = min(high, end)
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def plan_digest(plan: SamplePlan) -> str:
    """Return the SHA-256 that an auditor commits to before the custodian knows of the plan."""
    return sha256(canonical.encode(plan)).hexdigest()


def draw(
    plan: SamplePlan,
    names: Iterable[str],
    racks: Racks | None = None,
    *,
    rack_of: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return the names that the plan draws: those with the lowest SHA-256(seed, root, name).

    Spread over racks, the racks take turns in the order of their own digests, and each gives its
    name with the lowest digest that is left. Of whole racks, the names are the racks.

    Args:
        plan: seed, root and count.
        names: the serial numbers at the site, and the racks of which no serial is recorded.
        racks: how the design takes racks into account.
        rack_of: the rack of each name; needed with `racks`.

    Raises:
        Malformed: SAMPLE-SIZE when there are fewer names than are to be drawn.
    """
    head = bytes.fromhex(plan.seed) + bytes.fromhex(plan.root)

    def digest(name: str) -> bytes:
        return sha256(head + name.encode()).digest()

    where = rack_of or {}
    wanted = {where[name] for name in names} if racks == "whole" else set(names)
    if len(wanted) < plan.count:
        raise Malformed(
            "SAMPLE-SIZE", f"{plan.count} are to be drawn, but there are only {len(wanted)}"
        )
    ranked = sorted(wanted, key=digest)
    if racks == "spread":
        turn: dict[str, int] = {}
        places = []
        for name in ranked:
            turn[where[name]] = turn.get(where[name], 0) + 1
            places.append((turn[where[name]], digest(where[name]), name))
        ranked = [name for _, _, name in sorted(places)]
    return tuple(ranked[: plan.count])
