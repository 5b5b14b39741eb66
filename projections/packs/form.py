"""The form of a rule pack: what a TOML file may say, and nothing else.

Numbers are decimals in quotes, as in the ledger, so that a threshold is exact. Every rule, figure
and list of countries names its sources, and every source has a date.
"""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from projections.packs.conditions import (
    Code,
    FigureName,
    Form,
    Group,
    Many,
    Number,
    RuleId,
    Test,
    Words,
)

SCHEMA = "chipledger.rules/1"

PackId = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}\Z")]
SourceId = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{0,7}[a-z]?\Z")]
Day = Annotated[str, Meta(pattern=r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}\Z")]
SourceDate = Annotated[str, Meta(pattern=r"^[12][0-9]{3}(-[0-9]{2}){0,2}\Z")]

Status = Literal[
    "in_force", "guidance", "published", "suspended", "not_enforced", "bill", "unknown"
]
Confidence = Literal["sourced", "unchecked, high", "unchecked, medium"]


class Source(Form, frozen=True, kw_only=True):
    """Where a fact is from.

    Attributes:
        id: how the pack's facts name it.
        text: what it is, so that somebody can find it.
        dated: when it was published or, where that is not known, read.
        dating: which of the two `dated` is.
    """

    id: SourceId
    text: Words
    dated: SourceDate
    dating: Literal["published", "read"] = "published"


class Sourced(Form, frozen=True, kw_only=True):
    """A fact with its sources.

    Attributes:
        sources: ids of the pack's sources.
        confidence: `sourced`, or how sure it is where no source was checked for it.
    """

    sources: Annotated[tuple[SourceId, ...], Many]
    confidence: Confidence = "sourced"


class Period(Form, frozen=True, kw_only=True):
    """What a rule's status was from the first to the last of these days (None: still)."""

    status: Status
    since: Day
    until: Day | None = None


class Rule(Sourced, frozen=True, kw_only=True):
    """One rule.

    Attributes:
        rule: identifier, unique among all packs.
        title: a few words.
        text: what it asks, in our own words.
        says: what follows where it applies, the rest of "the pack says …".
        citation: where the rule stands.
        periods: its status over time, in order.
        test: when it applies.
        remarks: what is not known of the rule itself.
    """

    rule: RuleId
    title: Words
    text: Words
    says: Words
    citation: Words
    periods: Annotated[tuple[Period, ...], Many]
    test: Test
    remarks: tuple[Words, ...] = ()


class Membership(Sourced, frozen=True, kw_only=True):
    """Countries that are, or are not, in country groups.

    Attributes:
        groups: the groups.
        countries: ISO 3166-1 codes.
        member: False: these countries are in none of these groups.
        complete: no other country is in these groups.
        listed: date of the list; what was before it was not checked.
        since: first day, where it is known.
        until: last day, or None: still.
    """

    groups: Annotated[tuple[Group, ...], Many]
    countries: Annotated[tuple[Code, ...], Many]
    member: bool = True
    complete: bool = False
    listed: SourceDate
    since: Day | None = None
    until: Day | None = None


class PartOf(Sourced, frozen=True, kw_only=True):
    """A territory with a code of its own that counts as part of a country."""

    country: Code
    of: Code


class Figure(Sourced, frozen=True, kw_only=True):
    """A figure of a chip.

    Attributes:
        figure: which.
        value: the figure; the smallest where sources differ.
        to: the largest where sources differ.
        about: whether it is an estimate.
        basis: what it is reckoned from, all of it dense.
    """

    figure: FigureName
    value: Number
    to: Number | None = None
    about: bool = False
    basis: Words

    @property
    def low(self) -> Decimal:
        """The smallest that it may be."""
        return Decimal(self.value)

    @property
    def high(self) -> Decimal:
        """The largest that it may be."""
        return Decimal(self.to or self.value)


class Part(Sourced, frozen=True, kw_only=True):
    """How many of something an assembly has, or what it weighs or draws."""

    part: Words
    quantity: Number
    unit: Words
    about: bool = False


class Hardware(Form, frozen=True, kw_only=True):
    """A chip or an assembly of the catalogue.

    Attributes:
        name: what the catalogue calls it.
        names: what else it is called; case, blanks and hyphens do not matter.
        kind: chip or assembly.
        figures: of a chip.
        parts: of an assembly.
        contains: catalogue name of the chip in an assembly.
        remark: what must be known to read the figures, or None.
    """

    name: Words
    names: tuple[Words, ...] = ()
    kind: Literal["chip", "assembly"]
    figures: tuple[Figure, ...] = ()
    parts: tuple[Part, ...] = ()
    contains: Words | None = None
    remark: Words | None = None


class Pack(Form, frozen=True, kw_only=True):
    """One file.

    Attributes:
        schema: name of this form.
        pack: identifier.
        title: a few words.
        jurisdiction: whose rules: a country's code, or `-` for facts of hardware.
        dated: date of this version of the pack.
        note: what it leaves out.
    """

    schema: str
    pack: PackId
    title: Words
    jurisdiction: Annotated[str, Meta(pattern=r"^([A-Z]{2}|-)\Z")]
    dated: Day
    note: Words
    sources: Annotated[tuple[Source, ...], Many]
    rules: Annotated[tuple[Rule, ...], Meta(max_length=100)] = ()
    memberships: Annotated[tuple[Membership, ...], Meta(max_length=300)] = ()
    part_of: Annotated[tuple[PartOf, ...], Meta(max_length=100)] = ()
    hardware: Annotated[tuple[Hardware, ...], Meta(max_length=500)] = ()

    @property
    def cited(self) -> str:
        """The pack as a report names it."""
        return f"{self.pack} of {self.dated}"
