"""Remembering judgements: many shipments have the same models, places and parties."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast

from projections.packs.load import Packs

P = ParamSpec("P")
R = TypeVar("R")
REMEMBERED_MAX = 100_000


def remembered(
    function: Callable[Concatenate[Packs, P], R],
) -> Callable[Concatenate[Packs, P], R]:
    """Let a pure function of packs and facts answer the same facts from memory.

    Text is compared by value, everything else by identity: facts never change, and those that an
    answer rests on are kept with it, so that no other takes their place.
    """

    @functools.wraps(function)
    def wrapped(packs: Packs, /, *given: P.args, **named: P.kwargs) -> R:
        facts = (*given, *named.values())
        key = (function, *(one if isinstance(one, str) else id(one) for one in facts))
        if key not in packs.judged:
            if len(packs.judged) >= REMEMBERED_MAX:
                packs.judged.clear()
            packs.judged[key] = (function(packs, *given, **named), facts)
        return cast("R", packs.judged[key][0])

    return wrapped
