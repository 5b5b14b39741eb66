"""Hypothesis strategies for what an event of any type says, made from the types of its fields.

Few names, so that events speak of the same parties, batches and racks. A new event type needs
nothing here unless a field has a form of its own.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import Meta, Struct

from ledger.authority import public_key
from ledger.canonical import DECIMAL_PATTERN, alternatives, ordered
from ledger.events import EVENT_TYPES
from ledger.events.base import (
    CODE_PATTERN,
    ORIGIN_PATTERN,
    UUID7_PATTERN,
    EventData,
    PublicKey,
    new_id,
)
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.ledger import LedgerOpened, RightsAdopted
from ledger.occurred import OCCURRED_PATTERN
from ledger.rights import RIGHTS_NAME, RIGHTS_SHA256
from ledger.signing.signer import key_id
from tests.harness import START, signer_of
from tests.posting_events import BATCHES, DATES, MODELS, NAMES, PARTIES, RACKS, SITES

SPARE = ("spare 1", "spare 2")
"""Names of keys that may be enrolled and revoked."""

INTEGER_TRIED_MAX = 80

_BY_KIND = {
    "party": PARTIES,
    "site": SITES,
    "model": MODELS,
    "batch": BATCHES,
    "rack": RACKS,
    "country": st.sampled_from(["MY", "US", "CN"]),
}
_TEXTS: dict[str | None, Sequence[str]] = {
    None: ("one", "two; \u00e9\u4e2d\u202e"),
    DECIMAL_PATTERN: ("0", "1.5", "100", "-3"),
    ORIGIN_PATTERN: ("other.test.invalid",),
    CODE_PATTERN: ("C-1", "c-1", "C 2"),
    UUID7_PATTERN: (new_id(START, bytes(10)),),
    r"^[0-9a-f]{64}\Z": tuple(key_id(signer_of(one).public_key) for one in SPARE),
    r"^[0-9A-Z]{18}[0-9]{2}\Z": ("549300AOLANIHOLD1234",),
    r"^[0-9]{4}\.[0-9.]{2,8}\Z": ("8471.80.4000",),
    r"^[A-Z]{2}[A-Z2-9]{3}\Z": ("MYJHB",),
    r"^X[0-9]{14}\Z": ("X20260302000001",),
    r"^[A-Z]{3}\Z": ("DAP", "FOB"),
}
"""Pattern to the texts that are tried; other forms are made from their pattern."""

_KEYS = st.sampled_from([public_key(signer_of(one).public_key, "desk") for one in SPARE])
_SPECIAL: dict[type, st.SearchStrategy[Any]] = {
    PublicKey: _KEYS,
    RightsAdopted: st.builds(
        RightsAdopted,
        rights=st.just(RIGHTS_NAME),
        rights_sha256=st.sampled_from([RIGHTS_SHA256, hashlib.sha256(b"other").hexdigest()]),
    ),
}

TOLD_OF_OTHERS = (LedgerOpened, EventVoided, Countersigned)
"""What opens a ledger, and what is said of another event: a history makes those itself."""


@cache
def any_of(struct: type[Struct]) -> st.SearchStrategy[Any]:
    """Return a strategy for a struct."""
    if struct in _SPECIAL:
        return _SPECIAL[struct]
    hints = get_type_hints(struct, include_extras=True)
    in_order = getattr(struct, "ordered_fields", ())
    fields = {
        name: _any(hints[name], is_set=name not in in_order) for name in struct.__struct_fields__
    }
    return st.builds(struct, **fields)


def _any(hint: Any, *, is_set: bool = True) -> st.SearchStrategy[Any]:
    """Return a strategy for a field's type; unknown is tried first."""
    parts = sorted(alternatives(hint), key=lambda part: part is not NoneType)
    return st.one_of([_one(part, is_set=is_set) for part in parts])


def _one(part: Any, *, is_set: bool) -> st.SearchStrategy[Any]:  # noqa: PLR0911  one a kind of type
    metas = [one for one in getattr(part, "__metadata__", ()) if isinstance(one, Meta)]
    bare = get_args(part)[0] if metas else part
    if bare is NoneType:
        return st.none()
    if bare is bool:
        return st.booleans()
    if get_origin(bare) is Literal:
        return st.sampled_from(get_args(bare))
    if get_origin(bare) is tuple:
        least = max((one.min_length or 0 for one in metas), default=0)
        items = st.lists(_any(get_args(bare)[0]), min_size=least, max_size=2)
        return items.map(lambda found: ordered(*found)) if is_set else items.map(tuple)
    if bare is int:
        from_ = next((int(one.ge) for one in metas if one.ge is not None), 0)
        to = next((int(one.le) for one in metas if one.le is not None), INTEGER_TRIED_MAX)
        return st.integers(from_, min(to, INTEGER_TRIED_MAX))
    if isinstance(bare, type) and issubclass(bare, Struct):
        return any_of(bare)
    return _text(metas)


def _text(metas: Sequence[Meta]) -> st.SearchStrategy[str]:
    pattern = next((one.pattern for one in metas if one.pattern), None)
    kind = next((str(one.extra["kind"]) for one in metas if one.extra), None)
    if kind is not None:
        return _BY_KIND.get(kind, NAMES)
    if pattern == OCCURRED_PATTERN:
        return DATES
    if pattern in _TEXTS:
        return st.sampled_from(_TEXTS[pattern])
    assert pattern is not None
    most = next((one.max_length for one in metas if one.max_length), 200)
    made = st.from_regex(pattern, alphabet=st.characters(codec="utf-8"))
    return made.filter(lambda text: len(text) <= most)


TELLABLE: dict[str, st.SearchStrategy[EventData]] = {
    name: any_of(row.data) for name, row in EVENT_TYPES.items() if row.data not in TOLD_OF_OTHERS
}
"""What an event of each type says, by the name of its type."""
