"""Facts about models, parties and shipments, each with the word that it rests on."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from projections.packs.conditions import FigureName


class Clocks(NamedTuple):
    """As of when, and known when.

    Attributes:
        as_of: what happened before this instant counts, `YYYY-MM-DDTHH:MM:SSZ`.
        known_at: entries up to and including this index count.
        day: last day before `as_of` in the ledger's zone, `YYYY-MM-DD`: its rules are asked.
        course: what became of the shipment itself before this instant counts.
    """

    as_of: str
    known_at: int
    day: str
    course: str


class Word(NamedTuple):
    """Something said: in an entry by a party, or in a pack that names its source."""

    text: str
    entry: int | None = None
    by: str | None = None
    source: str | None = None
    reported: bool = False

    def shown(self) -> str:
        """Return it with whose word it is."""
        if self.entry is None:
            return f"{self.text} [{self.source}]"
        how = "reported by " if self.reported else ""
        return f"{self.text} [{how}{self.by}, entry {self.entry}]"


class Said(NamedTuple):
    """A value, such as a country, with the word that it rests on."""

    value: str
    word: Word
    evidenced: bool = False


class Measure(NamedTuple):
    """A figure between two bounds."""

    low: Decimal
    high: Decimal
    word: Word


class Model(NamedTuple):
    """What is said of a model.

    Attributes:
        model: identifier.
        kinds: chip or assembly, as said.
        eccns: classifications as recorded.
        figures: by name.
        contents: chips of an assembly, as said.
    """

    model: str
    kinds: tuple[Said, ...]
    eccns: tuple[Said, ...]
    figures: Mapping[FigureName, tuple[Measure, ...]]
    contents: tuple[tuple["Model", Word], ...] = ()

    def is_only(self, kind: str) -> bool:
        """Say whether everybody says that it is of this kind."""
        return bool(self.kinds) and all(one.value == kind for one in self.kinds)


class Share(NamedTuple):
    """A share of one party in another; `percent` is None where it is unknown."""

    owner: str
    owned: str
    percent: Decimal | None
    word: Word


class Party(NamedTuple):
    """What is said of a party that stands in a chain of ownership.

    Attributes:
        party: identifier.
        kind: as registered, or None.
        country: where it is registered, or None.
        headquarters: countries declared of it.
        parents: countries declared of its ultimate parent's headquarters.
        owners: shares in it, as claimed by anybody.
        checks: results of list checks of it.
        registered: the word of its registration, or None.
    """

    party: str
    kind: str | None
    country: str | None
    headquarters: tuple[Said, ...]
    parents: tuple[Said, ...]
    owners: tuple[Share, ...]
    checks: tuple[Said, ...]
    registered: Word | None


class Chain(NamedTuple):
    """A party and everybody who is said to stand above it.

    Attributes:
        party: the party asked about.
        members: it and its owners, by identifier in lower case.
        known: whether the last owners and where they are is evidenced by others.
        reason: why, or why not, in the words of the question `ownership`.
    """

    party: str
    members: Mapping[str, Party]
    known: bool
    reason: str

    @property
    def itself(self) -> Party:
        """The party asked about."""
        return self.members[self.party.lower()]


class Claimed(NamedTuple):
    """An authorization that the consignor claims for a shipment; `kind` is None if not recorded."""

    authorization: str
    kind: str | None
    word: Word


class Shipment(NamedTuple):
    """What is said of a shipment.

    Attributes:
        shipment: identifier.
        word: the dispatch.
        models: models in it: chips, and the assemblies that hold them.
        origins: countries that it leaves from.
        destinations: countries that it is to end in.
        legs: countries that it passed through.
        recipients: consignee and ultimate consignee, and whoever is said to have received.
        parties: recipients, and whom else the dispatch names.
        authorizations: claimed for it.
        users: who uses hardware at its destination, as said.
        checks: by user in lower case: what was checked of it and what it stated.
        inspections: of its destination.
        site: its destination, or None.
    """

    shipment: str
    word: Word
    models: tuple[Model, ...]
    origins: tuple[Said, ...]
    destinations: tuple[Said, ...]
    legs: tuple[Said, ...]
    recipients: tuple[Chain, ...]
    parties: tuple[Chain, ...]
    authorizations: tuple[Claimed, ...]
    users: tuple[tuple[Chain, Word], ...]
    checks: Mapping[str, tuple[Word, ...]]
    inspections: tuple[Word, ...]
    site: str | None
