"""Coming in with the token, and going out; the style of all pages."""

import asyncio
import time
from functools import cache
from pathlib import Path
from typing import Any

from datasette import Response
from datasette.utils import baseconv

from commands.web.visit import Visit, template

COOKIE = "ds_actor"
"""Datasette's own cookie: signed with a secret that ends with the server, and with an hour."""
HOURS = 12
_WRONG_SECONDS = 1.0
_STYLE = Path(__file__).parent.parent / "templates" / "page.css"


async def sign_in(visit: Visit) -> Any:
    """Take the token, and remember in the browser that it was right."""
    doors = visit.web.doors
    if visit.request.method != "POST":
        return asked_to_sign_in(visit, status=200)
    given = await visit.request.post_vars()
    if doors.token is None or not doors.token.opens(given.get("token", "").strip()):
        await _wait()
        return asked_to_sign_in(visit, status=401, wrong=True, to=given.get("to", "/"))
    ends = int(time.time()) + HOURS * 3600
    value = {"a": {"id": "reader"}, "e": baseconv.base62.encode(ends)}
    answer = Response.redirect(_within(given.get("to", "/")), status=303)
    answer.set_cookie(
        COOKIE, visit.served.sign(value, "actor"), max_age=HOURS * 3600, httponly=True,
        samesite="strict", secure=doors.https,
    )  # fmt: skip
    return answer


async def sign_out(visit: Visit) -> Any:
    """Forget it."""
    answer = Response.redirect("/", status=303)
    if visit.request.method == "POST":
        answer.set_cookie(COOKIE, "", max_age=0, httponly=True, samesite="strict")
    return answer


async def style(visit: Visit) -> Any:
    """Send the style."""
    del visit
    return Response(_style(), headers={}, content_type="text/css; charset=utf-8")


def asked_to_sign_in(
    visit: Visit, status: int, *, wrong: bool = False, to: str | None = None
) -> Response:
    """Answer with the form for the token; it tells nothing of what is behind it."""
    html = template("sign_in.html").render(
        csrftoken=visit.request.scope["csrftoken"],
        wrong=wrong,
        to=_within(visit.request.full_path if to is None else to),
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004  HTTP's
    return Response.html(html, status=status, headers=headers)


def _within(address: str) -> str:
    """Return an address of this server; anything else leads to the first page."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\", "/sign-"))
    return address if plain and address.isprintable() else "/"


async def _wait() -> None:
    """Make guessing slow."""
    await asyncio.sleep(_WRONG_SECONDS)


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")
