"""Events for measuring: the case's own, repeated with other names.

Round 0 is the demonstration itself. Every further round records the same story again, its
batches, racks, shipments, leases, papers and serial numbers renamed, so that the mix of types,
tags and documents stays that of the case at any size. Each event is drafted once, as a template;
a round puts its own number, ids and digests into the bytes and signs them, which is quick enough
for a million.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from commands.demo.cast import AOLANI
from commands.demo.stage import Stage, demonstration_key
from commands.demo.story import ACTS
from ledger import canonical
from ledger.canonical import ordered
from ledger.draft import Document, Submission
from ledger.entry import Event
from ledger.events import decode_statement
from ledger.events.base import Reference, Target
from ledger.events.event_type import named_fields
from ledger.signing.envelope import seal, sign
from ledger.signing.signer import MemorySigner

_S = TypeVar("_S", bound=msgspec.Struct)
RENAMED = frozenset(
    {
        "batch", "rack", "assembly", "placement", "replacement", "shipment", "leg", "receipt",
        "title", "authorization", "filing", "lease", "plan", "claim", "sample", "inspection",
        "certification",
    }
)  # fmt: skip
SETUP = (
    "Ledger", "PartyRegistered", "Key", "Role", "Headquarters", "Ownership", "Model", "Site",
    "DocumentAttached",
)  # fmt: skip
"""Recorded once: parties, keys, models and sites are the same in every round."""
TEMPLATE_ROUND = 999_999
_MARK = b"-%06d"
_SERIAL = b"1%06d4"
_NAMES = re.compile(rb"\b(R[0-9]{4}|B-[0-9]{2}|RMA-01)\b")
_SERIALS = re.compile(rb"\b1654(?=[0-9]{9}\b)")


@dataclass(frozen=True, slots=True)
class Template:
    """One event of the story under the names of the template round.

    Attributes:
        index: its position in the story.
        payload: the statement.
        id: the id in it.
        papers: documents and annex that belong to it.
        signers: who signs.
        corrects: position of the event that it corrects, or None.
    """

    index: int
    payload: bytes
    id: bytes
    papers: tuple[bytes, ...]
    signers: tuple[MemorySigner, ...]
    corrects: int | None

    @property
    def digest(self) -> bytes:
        """Hex SHA-256 of the statement, as a correction names it."""
        return sha256(self.payload).hexdigest().encode()


def record_story(folder: Path) -> Stage:
    """Play the demonstration in a folder, and return its stage."""
    stage = Stage(folder, AOLANI)
    for _, act in ACTS:
        act(stage)
        stage.flush()
    return stage


def templates(stage: Stage) -> list[Template]:
    """Return what every further round says again."""
    made: dict[int, Template] = {}
    for event in stage.ledger.read():
        if not event.statement.type.startswith(SETUP):
            made[event.index] = _template(stage, event, made)
    return list(made.values())


def _template(stage: Stage, event: Event, made: dict[int, Template]) -> Template:
    statement = event.statement
    corrects, target = None, None
    if statement.corrects is not None:
        [corrected] = stage.ledger.tagged(f"id:{statement.corrects.id}")
        corrects = corrected.index
        named = made[corrects]
        target = Target(id=named.id.decode(), payload_sha256=named.digest.decode())
    suffix = (_MARK % TEMPLATE_ROUND).decode()
    given: dict[str, Any] = {
        "basis": statement.basis,
        "references": tuple(
            Reference(type=one.type, value=one.value + suffix) for one in statement.references
        ),
        "documents": tuple(
            _renamed(
                Document(
                    stage.ledger.document(one.sha256) or b"", one.kind, one.title, one.media_type
                )
            )
            for one in statement.documents
        ),
        "sealed": {"price_usd": "100000000"} if statement.annex is not None else None,
    }
    others = tuple(one.party for one in statement.signatories[1:])
    draft = stage.draft(
        renamed(statement.data, suffix), statement.asserted_by, *others,
        on=statement.occurred, corrects=target, **given,
    )  # fmt: skip
    payload = _SERIALS.sub(_SERIAL % TEMPLATE_ROUND, canonical.encode(draft.statement))
    keys = (stage.keys[one] for one in (statement.asserted_by, *others))
    return Template(
        event.index,
        canonical.encode(decode_statement(payload)),
        draft.statement.id.encode(),
        draft.documents,
        tuple(demonstration_key(key) for key in keys),
        corrects,
    )


def renamed(data: _S, suffix: str) -> _S:
    """Return a struct with every identifier of the renamed kinds given the suffix."""
    changes = {}
    for name, kind, is_tuple in named_fields(type(data)):
        value = getattr(data, name)
        if value is None or (kind is not None and kind not in RENAMED):
            continue
        if kind is None:
            items = [renamed(one, suffix) for one in (value if is_tuple else (value,))]
        else:
            items = [one + suffix for one in (value if is_tuple else (value,))]
        changes[name] = ordered(*items) if is_tuple else items[0]
    return msgspec.structs.replace(data, **changes) if changes else data


def _renamed(document: Document) -> Document:
    """Return a document under the names of the template round; each paper gets a place for them."""
    if document.media_type != "text/csv":
        return replace(document, data=document.data + _MARK % TEMPLATE_ROUND + b"\n")
    data = _NAMES.sub(rb"\1" + _MARK % TEMPLATE_ROUND, document.data)
    return replace(document, data=_SERIALS.sub(_SERIAL % TEMPLATE_ROUND, data))


@dataclass(slots=True)
class Rounds:
    """Signed submissions of further rounds, without end."""

    acts: list[Template]
    own: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)

    def submissions(self, first: int, count: int) -> Iterator[Submission]:
        """Yield `count` signed submissions, starting with the round `first`."""
        number = first
        while count > 0:
            for act in self.acts[:count]:
                yield self._sign(act, number)
            count -= len(self.acts)
            number += 1

    def _sign(self, act: Template, number: int) -> Submission:
        """Return an event as a round says it. All numbers have one width, so sets stay sorted."""
        swaps = [
            (_MARK % TEMPLATE_ROUND, _MARK % number),
            (_SERIAL % TEMPLATE_ROUND, _SERIAL % number),
        ]
        papers = tuple(_swapped(one, swaps) for one in act.papers)
        swaps += [
            (sha256(old).hexdigest().encode(), sha256(new).hexdigest().encode())
            for old, new in zip(act.papers, papers, strict=True)
        ]
        identifier = b"%08x-%04x-7000-8000-000000000000" % (number, act.index)
        swaps.append((act.id, identifier))
        if act.corrects is not None:
            target = next(one for one in self.acts if one.index == act.corrects)
            swaps += zip((target.id, target.digest), self.own[act.corrects], strict=True)
        payload = _swapped(act.payload, swaps)
        self.own[act.index] = identifier, sha256(payload).hexdigest().encode()
        return Submission(seal(payload, [sign(payload, one) for one in act.signers]), papers)


def _swapped(data: bytes, swaps: list[tuple[bytes, bytes]]) -> bytes:
    for old, new in swaps:
        data = data.replace(old, new)
    return data
