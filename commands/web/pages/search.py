"""Search by whatever is printed on a box or a paper."""

import json
import re
from typing import Any

from datasette import Response

from commands.web.kinds import KINDS
from commands.web.reading import Reading
from commands.web.sheet import page_of
from commands.web.visit import Page, Visit
from ledger.verify.words import printable

MOST = 40
_DIGEST = re.compile(r"[0-9a-f]{8,64}\Z")
_LAST = "\U0010ffff"
_IDENTIFIED = (
    *(one for one in KINDS if one != "serial"), "claim", "leg", "placement", "receipt",
    "replacement", "stock", "title",
)  # fmt: skip
"""Kinds of identifiers that are looked through; some have no page, and lead to their entries."""
_ENTRY_OF = """
    SELECT event_idx FROM named WHERE kind = :kind AND value = :name ORDER BY event_idx LIMIT 1"""


async def search(visit: Visit) -> Any:
    """Show what is called so; where one thing alone is, lead to it."""
    text = visit.text("q")
    found: list[dict[str, Any]] = await visit.read(lambda now: _found(now, text)) if text else []
    exact = {one["address"] for one in found if one["exact"]}
    if len(exact) == 1 and "list" not in visit.given:
        return Response.redirect(exact.pop(), status=303)
    values = {"text": printable(text), "found": found, "most": MOST}
    return await visit.show(lambda _: Page("search.html", "Search", values))


def _found(now: Reading, text: str) -> list[dict[str, Any]]:
    digest = text.lower() if _DIGEST.match(text.lower()) else None
    answer = now.select(
        "search.sql", text=text, until=text + _LAST, digest=digest, most=MOST,
        kinds=json.dumps(_IDENTIFIED),
    )  # fmt: skip
    found = []
    if text.isascii() and text.isdigit() and len(text) < 16 and int(text) < now.size:  # noqa: PLR2004  within 2**53
        address = page_of("entry", text.lstrip("0") or "0", now.keep)
        found.append({"kind": "entry", "name": text, "because": "entry of this number",
                      "exact": False, "address": address})  # fmt: skip
    for kind, name, because, exact in answer.rows:
        found.append(
            {
                "kind": str(kind),
                "name": printable(str(name)),
                "because": printable(str(because)),
                "exact": bool(exact),
                "address": _address(now, str(kind), str(name)),
            }
        )
    return found


def _address(now: Reading, kind: str, name: str) -> str:
    if kind in KINDS or kind == "entry":
        return page_of(kind, name, now.keep)
    _, rows = now.reader(_ENTRY_OF, {"kind": kind, "name": name})
    return page_of("entry", rows[0][0], now.keep)
