"""What the one table says of each event type."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct

from ledger.canonical import alternatives
from ledger.events.base import EventData, Statement

TRADE_ROLES = frozenset(
    {
        "registrar",
        "maker",
        "integrator",
        "exporter",
        "forwarder",
        "operator",
        "owner",
        "lessee",
        "certifier",
        "authority",
    }
)
ROLES = TRADE_ROLES | {"auditor", "reporter"}
ANY_PARTY = ROLES | {"-"}
"""The pseudo-role `-` stands for a party without any role."""
OPERATOR = "ledger-operator"
"""The pseudo-role of the party that opened the ledger; nobody can grant it."""


@dataclass(frozen=True)
class EventType:
    """One row of the table.

    Attributes:
        name: stable name with version.
        noun: the file it is in, and the command that records it.
        data: its struct.
        summary: one sentence for people.
        acting: field that names the party whose act it is; None where whoever asserts acts.
        roles: roles of which the asserting party holds one where it speaks of its own act.
        relational: words of the vocabulary that stand for "any trade role", for the reference.
        expected: fields that name parties whose signature is expected beside `asserted_by`.
        needed: fields that name parties whose signature is demanded for admission.
        opens: (kind, field) of the identifier that it opens, or None.
        control: whether it changes authority or ends another event.
        first_party_only: whether any other basis is refused.
        updates: whether the same party may open the same identifier again, as an update.
        fixed: whether it can be neither corrected nor voided.
    """

    name: str
    noun: str
    data: type[EventData]
    summary: str
    acting: str | None = None
    roles: frozenset[str] = frozenset()
    relational: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    opens: tuple[str, str] | None = None
    control: bool = False
    first_party_only: bool = False
    updates: bool = False
    fixed: bool = False

    def actor(self, data: EventData) -> str | None:
        """Return the acting party that the event names, or None."""
        return None if self.acting is None else getattr(data, self.acting)

    def opened(self, data: EventData) -> str | None:
        """Return the identifier that the event opens as `kind/value` in lower case, or None."""
        if self.opens is None:
            return None
        kind, name = self.opens
        return f"{kind}/{getattr(data, name)}".lower()

    def expected_signers(self, statement: Statement) -> tuple[str, ...]:
        """Return the parties beside `asserted_by` whose signature the event leads one to expect.

        A third-party report expects none. A counterparty's word expects the acting party's too.
        """
        data = statement.data
        found = [getattr(data, name) for name in self.expected]
        if statement.basis == "third_party_report":
            return ()
        if statement.basis == "counterparty":
            found.append(self.actor(data))
        by = statement.asserted_by.lower()
        return tuple(dict.fromkeys(one for one in found if one and one.lower() != by))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the data fields, in the order of the struct."""
        return self.data.__struct_fields__


def named(value: Struct) -> list[tuple[str, str]]:
    """Return (kind, value) of every identifier and country that a struct holds, at any depth."""
    found: list[tuple[str, str]] = []
    _gather(value, found)
    return found


def _gather(value: Struct, found: list[tuple[str, str]]) -> None:
    for name, kind, is_tuple in named_fields(type(value)):
        member = getattr(value, name)
        if member is None:
            continue
        if kind is None:
            for item in member if is_tuple else (member,):
                _gather(item, found)
        elif is_tuple:
            found += [(kind, item) for item in member]
        else:
            found.append((kind, member))


@lru_cache(maxsize=256)
def named_fields(struct: type[Struct]) -> tuple[tuple[str, str | None, bool], ...]:
    """Return (field, kind or None for a nested struct, is a tuple) of the fields that name."""
    return tuple(one[:3] for one in naming_fields(struct))


@lru_cache(maxsize=256)
def naming_fields(struct: type[Struct]) -> tuple[tuple[str, str | None, bool, Any], ...]:
    """Return, beside what `named_fields` does, the type of each field or of its items."""
    hints = get_type_hints(struct, include_extras=True)
    found: list[tuple[str, str | None, bool, Any]] = []
    for name in struct.__struct_fields__:
        for part in alternatives(hints[name]):
            bare = get_args(part)[0] if _is_annotated(part) else part
            is_tuple = get_origin(bare) is tuple
            item = get_args(bare)[0] if is_tuple else part
            kind = _kind(item)
            if kind is not None:
                found.append((name, kind, is_tuple, item))
            elif isinstance(item, type) and issubclass(item, Struct):
                found.append((name, None, is_tuple, item))
    return tuple(found)


def _is_annotated(hint: Any) -> bool:
    return hasattr(hint, "__metadata__")


def _kind(hint: Any) -> str | None:
    metas = getattr(hint, "__metadata__", ())
    for meta in metas:
        if isinstance(meta, Meta) and meta.extra is not None:
            return str(meta.extra["kind"])
    return None
