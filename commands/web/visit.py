"""One request: what it asks for, and how a page is written for it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from datasette import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from commands.web.clocks import Clocks, read_clocks
from commands.web.following import Freshness, ago
from commands.web.kinds import KINDS
from commands.web.reading import About, Reading
from commands.web.sheet import page_of
from commands.web.web import Web
from ledger.verify.words import DEMONSTRATION, printable

_TEMPLATES = Path(__file__).parent / "templates"
_LETTERS_MAX = 200


class Served(Protocol):
    """What a page needs of Datasette."""

    web: Web

    async def read(self, clocks: Clocks, work: Any) -> Any:
        """Return what `work` makes of a `Reading`."""
        ...

    def sign(self, value: object, namespace: str) -> str:
        """Return a value with a signature of this server, for a cookie."""
        ...


@dataclass(slots=True)
class Page:
    """What a template makes a page of.

    Attributes:
        template: its file.
        title: of the window, and the first heading.
        values: what the template shows.
        clocks: whether the page depends on the two clocks.
        refresh: seconds after which a browser asks again, or None.
        evidence: address of evidence for what is on the page, or None.
        status: HTTP's.
    """

    template: str
    title: str
    values: dict[str, Any] = field(default_factory=dict)
    clocks: bool = True
    refresh: int | None = None
    evidence: str | None = None
    status: int = 200


@dataclass(slots=True)
class Visit:
    """One request of somebody who may come in.

    Attributes:
        served: the application.
        request: Datasette's.
        given: the query, one value each.
        path: values of the address's parts.
        clocks: as the address has them.
    """

    served: Served
    request: Any
    given: Mapping[str, str]
    path: Mapping[str, str]
    clocks: Clocks

    @property
    def web(self) -> Web:
        """What the server stands on."""
        return self.served.web

    def text(self, name: str) -> str:
        """Return a value of the query without blanks around it, cut to a reasonable length."""
        return self.given.get(name, "").strip()[:_LETTERS_MAX]

    async def read(self, work: Any) -> Any:
        """Return what `work` makes of the read models at this request's clocks."""
        return await self.served.read(self.clocks, work)

    async def show(self, make: Any) -> Response:
        """Answer with the page that `make` makes of the read models; written in their thread."""
        return await self.read(lambda now: self._timed(now, make))

    def _timed(self, now: Reading, make: Any) -> Response:
        """Write a page, and say in a header what processor time it took in its thread."""
        began = time.thread_time()
        response = self.written(now, make(now))
        response.headers["server-timing"] = f"page;dur={(time.thread_time() - began) * 1000:.0f}"
        return response

    def written(self, now: Reading | None, page: Page) -> Response:
        """Write a page."""
        html = template(page.template).render(
            **page.values,
            page=page,
            now=now,
            about=self.web.about,
            keep=self.clocks.query(),
            clocks=self.clocks,
            hidden=_hidden(self.given),
            here=self.request.path,
            announcement=_announcement(self.web.about),
            freshness=_freshness(now, self.web),
            signed_in=self.web.doors.token is not None,
            csrftoken=self.request.scope["csrftoken"],
            searched=self.text("q"),
        )
        return Response.html(html, status=page.status)


def visit_of(served: Served, request: Any) -> Visit:
    """Return a request taken apart.

    Raises:
        Malformed: ENTRY-FORM.
    """
    given = {name: request.args.get(name) for name in request.args}
    return Visit(served, request, given, dict(request.url_vars), read_clocks(given))


@cache
def environment() -> Environment:
    """Return the templates' environment: every value is escaped."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"page_of": page_of, "kinds": KINDS}
    made.filters |= {"printable": printable, "words": lambda name: name.replace("_", " ")}
    return made


def template(name: str) -> Any:
    """Return a template."""
    return environment().get_template(name)


def prepare() -> None:
    """Read the templates now, so that whoever comes first need not wait for it."""
    for name in environment().list_templates(extensions=["html"]):
        template(name)


def _announcement(about: About) -> str | None:
    return DEMONSTRATION if about.demonstration else None


def _hidden(given: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in given.items() if name not in {"as_of", "known_at", "page"}}


def _freshness(now: Reading | None, web: Web) -> str | None:
    """Return how new what a page shows is, in words."""
    if now is None:
        return None
    told = f"Made from entries 0 to {now.size - 1:,}; the newest was recorded {now.recorded_at}"
    if web.follower is None:
        return f"{told}. Evidence that was handed over: it does not grow."
    fresh: Freshness = web.follower.freshness
    if fresh.problem is not None:
        return f"{told}. The last look for newer entries failed: {fresh.problem}"
    if fresh.size > now.size:
        return f"{told}. The log has {fresh.size - now.size:,} more, which are being read."
    looked = "" if fresh.looked is None else f", looked at {ago(fresh.looked)}"
    return f"{told}. The log has no newer one{looked}."


__all__ = ["Page", "Visit", "prepare", "template", "visit_of"]
