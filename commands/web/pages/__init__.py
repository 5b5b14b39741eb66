"""The pages: their addresses, in one table, which the tests walk."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from commands.web.kinds import KINDS
from commands.web.pages import (
    asking,
    entry,
    evidence,
    findings,
    overview,
    search,
    signing_in,
    thing,
    verification,
)
from commands.web.visit import Visit

View = Callable[[Visit], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """An address.

    Attributes:
        pattern: regular expression of its path.
        view: answers.
        example: a path of it, for tests.
        open: whether it is answered without asking who asks; of no page that shows the ledger.
    """

    pattern: str
    view: View
    example: str
    open: bool = False


_KINDS = "|".join(sorted(KINDS))

ROUTES: Final = (
    Route(r"/", overview.overview, "/"),
    Route(r"/search", search.search, "/search?q=R0056"),
    Route(rf"/(?P<kind>{_KINDS})/(?P<name>[^/]+)", thing.thing, "/rack/R0056"),
    Route(r"/entry/(?P<index>[^/]+)", entry.entry, "/entry/0"),
    Route(r"/entries", entry.entries, "/entries"),
    Route(r"/document/(?P<sha256>[^/]+)", evidence.document, "/document/" + "0" * 64),
    Route(r"/findings", findings.findings, "/findings"),
    Route(r"/findings/(?P<code>[^/]+)", findings.rule, "/findings/OWNERSHIP-UNKNOWN"),
    Route(r"/ask", asking.questions, "/ask"),
    Route(r"/ask/(?P<question>[^/]+)", asking.answer, "/ask/where"),
    Route(r"/verification", verification.verification, "/verification"),
    Route(r"/evidence", evidence.evidence, "/evidence?kind=rack&name=R0056"),
    Route(r"/sign-out", signing_in.sign_out, "/sign-out"),
    Route(r"/sign-in", signing_in.sign_in, "/sign-in", open=True),
    Route(r"/page\.css", signing_in.style, "/page.css", open=True),
)
