"""What another ledger exported as EPCIS, recorded here: on whose word, on which basis, only once.

An EPCIS document is signed by nobody. Whoever imports it signs for what it says of its own acts,
and tells what it says of others as their counterparty, marked as one party's word; without a trade
role it reports them, and they move nothing (docs/decisions/0037).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from commands.act import Act
from commands.importers.own_epcis import OwnDocument, OwnEvent
from commands.importers.packing_list import manifest_text
from commands.importers.serial_list import manifest_of
from commands.lookup import find_event
from commands.recording import Item, record_all
from ledger.appending import BATCH_MAX
from ledger.draft import Circumstances, Document
from ledger.entry import Event
from ledger.errors import Refused
from ledger.events import EVENT_TYPES
from ledger.events.base import Basis, EventData, Reference, Signatory
from ledger.events.correction import EventVoided
from ledger.events.party import PartyRegistered
from ledger.events.product import BatchCommissioned, ModelClassified
from ledger.events.rack import RackAssembled
from ledger.events.site import SiteRegistered
from ledger.rights import may

REFERENCE = "epcis"
"""Type of the reference that names the event of EPCIS that an entry was taken from."""

_BASES: tuple[Basis, ...] = ("first_party", "authority", "counterparty", "third_party_report")
_TAKEN = """
    SELECT reference.value AS uri, max(event.idx) AS idx FROM reference
    JOIN event ON event.idx = reference.event_idx
    WHERE reference.type = 'epcis' AND event.asserted_by = ? GROUP BY reference.value"""
_HERE = "SELECT id FROM event"
_OPENED = "SELECT opened FROM event WHERE asserted_by = ? AND opened IS NOT NULL"
_VOIDED = "SELECT 1 AS one FROM event WHERE voids_idx = ? LIMIT 1"
_NAMES = {PartyRegistered: "party", SiteRegistered: "site", ModelClassified: "model"}
_BASIS_WORDS: dict[Basis, str] = {
    "first_party": "as its own acts",
    "authority": "as an authority",
    "counterparty": "as counterparty, on one party's word",
    "third_party_report": "as reports, which move nothing",
}


@dataclass(slots=True)
class Import:
    """One import of such a document, and what came of its events.

    Attributes:
        act: what is about to be recorded.
        paper: the document as evidence.
        told: events by type and basis, for people.
        left: events that were left out, by why.
        others: events that this party may not assert: they become claims.
    """

    act: Act
    paper: Document
    told: Counter[tuple[str, Basis]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    others: list[OwnEvent] = field(default_factory=list)
    _bases: dict[tuple[type[EventData], str], Basis | None] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _ids: set[str] = field(default_factory=set)
    _opened: set[str] = field(default_factory=set)

    def record(self, document: OwnDocument, *, names: bool) -> None:
        """Record what is new of a document, in its order, each correction after its target."""
        view = self.act.view
        self._taken = {str(row["uri"]) for row in view.rows(_TAKEN, (self.act.speaker,))}
        self._ids = {str(row["id"]) for row in view.rows(_HERE, ())}
        opened = view.rows(_OPENED, (self.act.speaker,))
        self._opened = {str(row["opened"]).lower() for row in opened}
        pending = list(self._named(document.names)) if names else []
        first = len(pending)
        for event, is_void in _steps(document.events):
            if is_void or event.corrects is not None:
                if self.act.given.dry_run:
                    self.left["corrections and voids, which follow the rest"] += 1
                    continue
                first = self._flush(pending, first, document)
                pending = []
            item = self._void(event) if is_void else self._item(event)
            if item is not None:
                pending.append(item)
        self._flush(pending, first, document)

    def unnamed(self, names: Sequence[OwnEvent]) -> list[str]:
        """Return the kinds and number of names that are not known here."""
        found = Counter(_NAMES[type(one.data)] for one in names if not self._knows(one))
        return [f"{count:,} {kind}" for kind, count in found.items()]

    def _flush(self, items: Sequence[Item], done: int, document: OwnDocument) -> int:
        """Record what is pending; return how many were recorded in all."""
        for start in range(0, len(items), BATCH_MAX):
            part = items[start : start + BATCH_MAX]
            given, key = self.act.given, self.act.given.idempotency_key
            if key is not None:
                given = replace(given, idempotency_key=f"{key}/from-{done + 1}")
            record_all(
                self.act.desk,
                given,
                part,
                summary=[*self._summary(document), *self.act.names.doubts],
                next_command="chipledger where",
            )
            self.told.clear()
            self.act.desk.view()
            done += len(part)
        return done

    def _summary(self, document: OwnDocument) -> Iterator[str]:
        yield f"{sum(self.told.values()):,} events of {document.ledger}, as its EPCIS tells them"
        for (kind, basis), count in self.told.items():
            yield f"  {kind} {count:,}, {_BASIS_WORDS[basis]}"

    def _named(self, names: Sequence[OwnEvent]) -> Iterator[Item]:
        """Yield the registration of each name that is not known here and that may be registered."""
        for one in names:
            if self._knows(one):
                continue
            basis = self._basis(one)
            if basis is None or basis == "third_party_report":
                self.left[f"{_NAMES[type(one.data)]} that {self.act.speaker} may not register"] += 1
                continue
            self.told[one.type, basis] += 1
            yield Item(one.data, (self.paper,), occurred=one.occurred, basis=basis)

    def _knows(self, one: OwnEvent) -> bool:
        kind = _NAMES[type(one.data)]
        return self.act.names.knows(kind, str(getattr(one.data, kind)))  # type: ignore[arg-type]  # as in the table

    def _item(self, event: OwnEvent) -> Item | None:
        """Return an event as it is to be recorded, or None where it is left out."""
        if event.id in self._ids:
            self.left["recorded here already, as this ledger's own"] += 1
            return None
        if event.uri in self._taken:
            self.left["recorded already"] += 1
            return None
        basis = self._basis(event)
        if basis is None:
            self.others.append(event)
            return None
        target = None
        if event.corrects is not None:
            found = self._found(event.corrects)
            if found is None:
                self.left["corrections of what is not recorded yet"] += 1
                return None
            target = found.target
        opens = EVENT_TYPES[event.type].opens
        if opens is not None and target is None:
            opened = f"{opens[0]}/{getattr(event.data, opens[1])}".lower()
            if opened in self._opened:
                self.left[f"{opens[0]} that {self.act.speaker} recorded otherwise already"] += 1
                return None
            self._opened.add(opened)
        self.told[event.type, basis] += 1
        return Item(
            event.data,
            (*_manifest(event), self.paper),
            occurred=event.occurred,
            basis=basis,
            corrects=target,
            references=(*event.references, Reference(type=REFERENCE, value=event.uri)),
        )

    def _void(self, event: OwnEvent) -> Item | None:
        """Return the void of an event that was taken from the document, or None."""
        found = self._found(event.uri)
        if found is None or list(self.act.view.rows(_VOIDED, (found.index,))):
            return None
        at, reason = event.voided or ("", "")
        self.told["EventVoided.v1", "first_party"] += 1
        return Item(
            EventVoided(target=found.target, reason=reason),
            (self.paper,),
            occurred=_seconds(at),
            basis="first_party",
        )

    def _found(self, uri: str) -> Event | None:
        """Return the entry that an event of EPCIS became here."""
        for row in self.act.view.rows(_TAKEN, (self.act.speaker,)):
            if row["uri"] == uri:
                return find_event(self.act.desk.reader(), str(row["idx"]))
        return None

    def _basis(self, event: OwnEvent) -> Basis | None:
        """Return the strongest basis on which this party may assert an event, or None."""
        row = EVENT_TYPES[event.type]
        actor = row.actor(event.data)
        if row.acting is None and type(event.data) not in _NAMES:
            actor = event.asserted_by  # whoever asserts acts: its word is nobody else's
            if actor.lower() != self.act.speaker.lower():
                return None
        key = (type(event.data), str(actor).lower())
        if key not in self._bases:
            may_be = [one for one in _BASES if self._may(event, one)]
            self._bases[key] = may_be[0] if may_be else None
        return self._bases[key]

    def _may(self, event: OwnEvent, basis: Basis) -> bool:
        desk = self.act.desk
        hand = desk.hand(self.act.speaker, self.act.given.key)
        reader = desk.reader()
        paper = Document(b"", self.paper.kind, self.paper.title, self.paper.media_type)
        given = Circumstances(occurred=event.occurred, basis=basis, documents=(paper,))
        by = Signatory(party=hand.party, key=hand.key)
        try:
            may(reader.authority, reader.draft(event.data, by, given).statement, reader.size)
        except Refused:
            return False
        return True


def _steps(events: Sequence[OwnEvent]) -> Iterator[tuple[OwnEvent, bool]]:
    """Yield each event, and, once it is declared, that it did not occur."""
    voids = sorted(
        (one for one in events if one.voided is not None), key=lambda one: str(one.voided)
    )
    for event in events:
        while voids and str(voids[0].voided and voids[0].voided[0]) < event.recorded:
            yield voids.pop(0), True
        yield event, False
    yield from ((one, True) for one in voids)


def _manifest(event: OwnEvent) -> Iterator[Document]:
    """Yield the manifest that names the units of an event, as the read models take it in."""
    data, units = event.data, event.units
    if not units:
        return
    if isinstance(data, BatchCommissioned):
        yield manifest_of(data.batch, [one.serial for one in units])
        return
    rows = [(one.rack, one.tray, one.slot, one.serial, one.batch) for one in units]
    kind, title = "inventory", "Units, as EPCIS names them"
    if isinstance(data, RackAssembled):
        kind, title = "build_manifest", f"Build of {data.rack}"
    yield Document(manifest_text(rows).encode(), kind, title, "text/csv")


def _seconds(text: str) -> str:
    """Return an instant in UTC in whole seconds, as events carry it."""
    return f"{text[:19]}+00:00"
