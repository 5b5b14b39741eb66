"""The plugin of Datasette: its hooks. Every one of them leaves any other Datasette alone."""

import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from datasette import Forbidden, NotFound, Response, hookimpl

from commands.web.clocks import Clocks
from commands.web.gate import App, Gate
from commands.web.pages import ROUTES, Route
from commands.web.pages.signing_in import asked_to_sign_in
from commands.web.visit import Page, Visit, visit_of
from ledger.errors import LedgerError, Malformed, Refused

F = TypeVar("F", bound=Callable[..., Any])
hook: Callable[..., Callable[[F], F]] = hookimpl

MAY: Final = "view-instance"
"""Datasette's own name of the permission that every page asks for."""
READER: Final = {"id": "reader"}
_TABLES: Final = frozenset({"view-instance", "view-database", "view-table"})
_TABLES_DATABASE = "tables-"
_FAILED: Final = (
    "the server failed at this page", "INTERNAL", "try again; what the server printed says more",
)  # fmt: skip


def _is_ours(datasette: Any) -> bool:
    return hasattr(datasette, "web")


@hook()
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """Our pages, and then everything else, which nobody finds unless tables are open."""
    if not _is_ours(datasette):
        return []
    ours = [(rf"{one.pattern}$", _guarded(one)) for one in ROUTES]
    beside = r"/(?!tables[/.?]|tables$|-/static/)" if datasette.web.doors.tables else r"/"
    return [*ours, (beside, _guarded(Route(beside, _nothing, "/-/nothing")))]


@hook()
def actor_from_request(datasette: Any, request: Any) -> dict[str, str] | None:
    """Whoever brings the token; where none is demanded, whoever reaches this machine's own name.

    A browser that signed in carries Datasette's own signed cookie, which Datasette reads.
    """
    if not _is_ours(datasette):
        return None
    token = datasette.web.doors.token
    if token is None or token.opens_header(request.headers.get("authorization")):
        return dict(READER)
    return None


@hook(trylast=True)
def permission_allowed(datasette: Any, actor: Any, action: str, resource: Any) -> bool | None:
    """Say yes to reading, no to everything that is not named; Datasette takes the last word."""
    if not _is_ours(datasette):
        return None
    if actor is None:
        return False
    if action == MAY:
        return True
    if action not in _TABLES or not datasette.web.doors.tables:
        return False
    database = resource[0] if isinstance(resource, tuple) else resource
    return str(database).startswith(_TABLES_DATABASE)


@hook()
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    """Give a connection to the read models, which Datasette opens to read alone, a large cache."""
    if _is_ours(datasette) and database.startswith(_TABLES_DATABASE):
        conn.execute("PRAGMA cache_size = -65536")


@hook(trylast=True)
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Put the gate before everything."""

    def wrapped(app: App) -> App:
        return Gate(app, datasette.web.doors.hosts) if _is_ours(datasette) else app

    return wrapped


@hook(tryfirst=True)
def forbidden(datasette: Any, request: Any, message: str) -> Awaitable[Any] | None:
    """Ask whoever is not let in for the token."""
    del message
    if not _is_ours(datasette):
        return None

    async def answer() -> Any:
        if request.actor is not None:
            return _problem(datasette, request, 403, ("this is not open", "CLOSED", None))
        return asked_to_sign_in(Visit(datasette, request, {}, {}, Clocks()), status=401)

    return answer()


@hook(tryfirst=True)
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    """Tell of what nobody foresaw; Datasette prints its traceback where the server runs."""
    if not _is_ours(datasette):
        return None
    status = getattr(exception, "status", 500)
    if status == 500:  # noqa: PLR2004  HTTP's
        hint = "try again; what the server printed says more"
        return _problem(
            datasette, request, 500, ("the server failed at this page", "INTERNAL", hint)
        )
    return _problem(datasette, request, status, ("this is not open, or not here", "CLOSED", None))


def _guarded(route: Route) -> Callable[..., Any]:
    """Return a view that looks first whether the actor may see anything here."""

    async def view(datasette: Any, request: Any) -> Any:
        if not route.open:
            allowed = await datasette.permission_allowed(request.actor, MAY, default=False)
            if not allowed:
                raise Forbidden(MAY)
        try:
            return await route.view(visit_of(datasette, request))
        except LedgerError as error:
            status = 400 if isinstance(error, Malformed | Refused) else 503
            return _problem(datasette, request, status, (error.message, error.code, error.hint))
        except NotFound as error:
            hint = "search for what is printed on the box or the paper"
            return _problem(datasette, request, 404, (str(error), "NOT-FOUND", hint))
        except Exception:  # noqa: BLE001  Datasette's own handler prints what variables hold
            traceback.print_exc()
            return _problem(datasette, request, 500, _FAILED)

    return view


async def _nothing(visit: Visit) -> Response:
    raise NotFound(f"there is no page {visit.request.path[:80]}")


def _problem(
    datasette: Any, request: Any, status: int, told: tuple[str, str, str | None]
) -> Response:
    """Return a page that says what went wrong: message, code, and how to mend it or None."""
    visit = Visit(datasette, request, {}, {}, Clocks())
    if request.actor is None:  # not even what is wrong is for everybody
        return asked_to_sign_in(visit, status=401)
    values = dict(zip(("message", "code", "hint"), told, strict=True))
    return visit.written(None, Page("problem.html", "Not shown", values, False, status=status))
