"""The form of a rule pack: what a TOML file may say, and nothing else.

Numbers are decimals in quotes, as in the ledger, so that a threshold is exact. Every rule, figure
and list of countries names its sources, and every source has a date.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

SCHEMA = "chipledger.rules/1"

Words = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
PackId = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}\Z")]
RuleId = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Za-z0-9.-]{1,39}\Z")]
SourceId = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{0,7}[a-z]?\Z")]
Day = Annotated[str, Meta(pattern=r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}\Z")]
SourceDate = Annotated[str, Meta(pattern=r"^[12][0-9]{3}(-[0-9]{2}){0,2}\Z")]
Number = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?\Z")]
Group = Annotated[str, Meta(pattern=r"^[A-Z](:[0-9])?\Z")]
Code = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
Eccn = Annotated[str, Meta(pattern=r"^[0-9A-Za-z.*]{2,12}\Z")]

Status = Literal[
    "in_force", "guidance", "published", "suspended", "not_enforced", "bill", "unknown"
]
FigureName = Literal["tpp", "performance_density", "memory_bandwidth"]
Confidence = Literal["sourced", "unchecked, high", "unchecked, medium"]
Many = Meta(min_length=1, max_length=300)


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts of a pack: a word that is not known is an error."""


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


class Bound(Form, frozen=True, kw_only=True):
    """At least the one and below the other; either may be absent."""

    at_least: Number | None = None
    below: Number | None = None


class Condition(Form, frozen=True, kw_only=True):
    """Bounds on a chip's figures, all of which must hold."""

    tpp: Bound | None = None
    performance_density: Bound | None = None
    memory_bandwidth: Bound | None = None

    def bounds(self) -> tuple[tuple[FigureName, Bound], ...]:
        """Return the bounds by the name of their figure."""
        given: tuple[tuple[FigureName, Bound | None], ...] = (
            ("tpp", self.tpp),
            ("performance_density", self.performance_density),
            ("memory_bandwidth", self.memory_bandwidth),
        )
        return tuple((name, bound) for name, bound in given if bound is not None)


class Items(Form, frozen=True, kw_only=True):
    """Which models a rule is about.

    Attributes:
        rules: rules by which a model is one of them.
        eccns: classifications, as somebody recorded them, by which it is; `*` is any text.
    """

    rules: Annotated[tuple[RuleId, ...], Many]
    eccns: tuple[Eccn, ...] = ()


class Places(Form, frozen=True, kw_only=True):
    """Country groups, countries beside them, and groups whose members are excepted."""

    groups: tuple[Group, ...] = ()
    countries: tuple[Code, ...] = ()
    except_groups: tuple[Group, ...] = ()


class Thresholds(Form, frozen=True, kw_only=True, tag="thresholds", tag_field="kind"):
    """A chip whose figures meet any of the conditions."""

    any: Annotated[tuple[Condition, ...], Many]


class Contains(Form, frozen=True, kw_only=True, tag="contains", tag_field="kind"):
    """An assembly that contains a chip to which one of the rules applies."""

    items: Items


class Destination(Form, frozen=True, kw_only=True, tag="destination", tag_field="kind"):
    """Such an item goes to such a place; `anywhere` is every place but the origin."""

    items: Items
    places: Places = Places()
    anywhere: bool = False


class Recipient(Form, frozen=True, kw_only=True, tag="recipient", tag_field="kind"):
    """Such an item goes to a party that, or whose ultimate parent, is headquartered there."""

    items: Items
    places: Places


class ListedOwners(Form, frozen=True, kw_only=True, tag="listed_owners", tag_field="kind"):
    """A foreign party is owned to this share or more by listed parties, counted together."""

    percent: Number
    home: Code


class Window(Form, frozen=True, kw_only=True, tag="window", tag_field="kind"):
    """To these countries: within the condition and from the origin, or (`outside`) not so."""

    items: Items
    places: Places
    origin: Code
    condition: Condition
    outside: bool = False


class Authorized(Form, frozen=True, kw_only=True, tag="authorized", tag_field="kind"):
    """A shipment that is said to rest on an authorization of this kind has these duties."""

    authorization: Literal["licence", "exception", "nlr", "permit", "veu"]
    duties: Annotated[tuple[Words, ...], Many]


class Passage(Form, frozen=True, kw_only=True, tag="passage", tag_field="kind"):
    """Such an item leaves or passes through a country, other than for use there."""

    items: Items
    country: Code
    notice_days: Annotated[int, Meta(ge=0, le=3650)]


class RemoteUse(Form, frozen=True, kw_only=True, tag="remote_use", tag_field="kind"):
    """Whoever uses the hardware at its destination has its parent in such a place.

    Attributes:
        places: the places.
        not_recorded: what the rule asks beside, and no record says.
        needs_knowledge: without that nothing is decided.
    """

    places: Places
    not_recorded: Words
    needs_knowledge: bool = False


class Located(Form, frozen=True, kw_only=True, tag="located", tag_field="kind"):
    """Such an item's location is to be verified within so many days of enactment."""

    items: Items
    days: Annotated[int, Meta(ge=1, le=3650)]
    not_recorded: Words


Test = (
    Thresholds
    | Contains
    | Destination
    | Recipient
    | ListedOwners
    | Window
    | Authorized
    | Passage
    | RemoteUse
    | Located
)


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
