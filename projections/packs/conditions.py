"""When a rule applies: the kinds of test that a pack may choose, with their parameters."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Words = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
RuleId = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Za-z0-9.-]{1,39}\Z")]
Number = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?\Z")]
Group = Annotated[str, Meta(pattern=r"^[A-Z](:[0-9])?\Z")]
Code = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
Eccn = Annotated[str, Meta(pattern=r"^[0-9A-Za-z.*]{2,12}\Z")]
FigureName = Literal["tpp", "performance_density", "memory_bandwidth"]
Many = Meta(min_length=1, max_length=300)


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts of a pack: a word that is not known is an error."""


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
