"""Events for measuring: the case's own, repeated with other names.

Round 0 is the demonstration itself. Every further round records the same story again, its
batches, racks, shipments, leases, papers and serial numbers renamed, so that the mix of types,
tags and documents stays that of the case at any size.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from commands.demo.cast import AOLANI
from commands.demo.stage import Stage, demonstration_key
from commands.demo.story import ACTS
from ledger.canonical import ordered
from ledger.draft import Document, Submission
from ledger.entry import Event
from ledger.events.base import EventData, Reference, Target
from ledger.events.event_type import named_fields

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
_NAMES = re.compile(rb"\b(R[0-9]{4}|B-[0-9]{2}|RMA-01)\b")


@dataclass(frozen=True, slots=True)
class Act:
    """One event of the story, ready to be said again under other names."""

    data: EventData
    by: str
    others: tuple[str, ...]
    on: str
    given: dict[str, Any]
    corrects: int | None
    index: int


def record_story(folder: Path) -> tuple[Stage, list[Act]]:
    """Play the demonstration in a folder; return its stage and what every further round says."""
    stage = Stage(folder, AOLANI)
    for _, act in ACTS:
        act(stage)
        stage.flush()
    return stage, [_act(stage, event) for event in stage.ledger.read() if _repeats(event)]


def _repeats(event: Event) -> bool:
    return not event.statement.type.startswith(SETUP)


def _act(stage: Stage, event: Event) -> Act:
    statement = event.statement
    documents = tuple(
        Document(stage.ledger.document(one.sha256) or b"", one.kind, one.title, one.media_type)
        for one in statement.documents
    )
    corrected = None
    if statement.corrects is not None:
        [target] = stage.ledger.tagged(f"id:{statement.corrects.id}")
        corrected = target.index
    given = {
        "basis": statement.basis,
        "references": statement.references,
        "documents": documents,
        "sealed": {"price_usd": "100000000"} if statement.annex is not None else None,
    }
    others = tuple(one.party for one in statement.signatories[1:])
    return Act(
        statement.data, statement.asserted_by, others, statement.occurred, given, corrected,
        event.index,
    )  # fmt: skip


class Rounds:
    """Signed submissions of further rounds, without end."""

    def __init__(self, stage: Stage, acts: list[Act]) -> None:
        self._stage = stage
        self._acts = acts

    def submissions(self, first: int, count: int) -> Iterator[Submission]:
        """Yield `count` signed submissions, starting with the round `first`."""
        number = first
        while count > 0:
            for submission in self._round(number):
                if count == 0:
                    return
                count -= 1
                yield submission
            number += 1

    def _round(self, number: int) -> Iterator[Submission]:
        suffix = f"-{number}"
        targets: dict[int, Target] = {}
        for act in self._acts:
            target = None if act.corrects is None else targets[act.corrects]
            submission, own = self._sign(act, suffix, number, target)
            targets[act.index] = own
            yield submission

    def _sign(
        self, act: Act, suffix: str, number: int, target: Target | None
    ) -> tuple[Submission, Target]:
        given = dict(act.given)
        given["references"] = tuple(
            Reference(type=one.type, value=one.value + suffix) for one in given["references"]
        )
        given["documents"] = tuple(_renamed_document(one, number) for one in given["documents"])
        draft = self._stage.draft(
            renamed(act.data, suffix), act.by, *act.others, on=act.on, corrects=target, **given
        )
        keys = [demonstration_key(self._stage.keys[one]) for one in (act.by, *act.others)]
        submission = draft.sign(*keys)
        payload = submission.envelope.statement_bytes()
        own = Target(id=draft.statement.id, payload_sha256=sha256(payload).hexdigest())
        return submission, own


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


def _renamed_document(document: Document, number: int) -> Document:
    if document.media_type != "text/csv":
        return document
    data = _NAMES.sub(rb"\1-%d" % number, document.data)
    return replace(document, data=data.replace(b"165", b"%d" % (1000 + number)))


def fresh(size: int, folder: Path | None = None) -> tuple[Stage, Rounds]:
    """Return a ledger of exactly `size` events (at least the story's) and what comes next."""
    stage, acts = record_story(folder or Path(tempfile.mkdtemp()) / "ledger")
    rounds = Rounds(stage, acts)
    batch: list[Submission] = []
    for submission in rounds.submissions(1, max(0, size - stage.ledger.size)):
        batch.append(submission)
        if len(batch) == 10_000:
            stage.ledger.append_many(batch)
            batch = []
    if batch:
        stage.ledger.append_many(batch)
    return stage, rounds
