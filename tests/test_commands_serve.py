"""Pages for a browser: who may come in, and that nothing but reading is possible."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from datasette import Response, hookimpl
from datasette.plugins import pm

from commands.main import main
from commands.serve import allowed_hosts, is_loopback
from commands.web.gate import POLICY, POSTS
from commands.web.pages import ROUTES
from commands.web.token import read_token, token_of
from commands.web.web import Doors
from ledger.errors import LedgerError
from tests.desk_story import DeskStory
from tests.web_case import SECRET, Served, story, token

BEARER = {"Authorization": f"Bearer {SECRET}"}
OPEN = {"/sign-in", "/page.css"}


@pytest.fixture(scope="module")
def told() -> DeskStory:
    return story()


@pytest.fixture(scope="module")
def closed(told: DeskStory) -> Iterator[Served]:
    """A server that demands a token."""
    with Served(told.folder, Doors(token=token())) as served:
        yield served


@pytest.fixture(scope="module")
def opened(told: DeskStory) -> Iterator[Served]:
    """A server for whoever reaches this machine's own address, raw tables open too."""
    with Served(told.folder, Doors(tables=True)) as served:
        yield served


def test_two_addresses_alone_are_open_and_neither_shows_the_ledger() -> None:
    assert {one.example for one in ROUTES if one.open} == OPEN


@pytest.mark.parametrize("path", [one.example for one in ROUTES if not one.open])
def test_a_route_refuses_whoever_brings_no_token(closed: Served, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer another-token-of-20-letters"}):
        answer = closed.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "aolani" not in answer.text
    assert closed.get(path, headers=BEARER).status_code in {200, 303, 404}


@pytest.mark.parametrize("path", sorted(POSTS - OPEN))
def test_nothing_is_begun_or_ended_for_whoever_brings_no_token(closed: Served, path: str) -> None:
    answer = closed.ask("POST", path)
    assert answer.status_code in {401, 403}
    assert "aolani" not in answer.text
    assert closed.web.checker.running is closed.web.checker.newest is None


@pytest.mark.parametrize(
    "path",
    ["/tables", "/tables.json", "/tables/event", "/tables/event.json", "/tables/event.csv",
     "/tables/event/1", "/tables.db", "/tables?sql=select+1", "/_internal", "/-/metadata.json",
     "/-/settings.json", "/-/plugins.json", "/-/databases.json", "/-/threads.json",
     "/-/versions.json", "/-/actor.json", "/-/permissions", "/-/allow-debug", "/-/patterns",
     "/-/auth-token", "/-/logout", "/-/messages", "/favicon.ico", "/nothing", "/a%2Fb/"],
)  # fmt: skip
def test_datasettes_own_pages_are_closed_to_all(closed: Served, path: str) -> None:
    assert closed.get(path).status_code == 401
    assert closed.get(path, headers=BEARER).status_code == 404


def test_raw_tables_open_on_demand_and_never_to_sql_or_as_a_file(opened: Served) -> None:
    assert opened.get("/tables/event.json?_shape=array").json()[0]["idx"] == 0
    assert "LedgerOpened.v1" in opened.text("/tables/event")
    assert opened.get("/tables").status_code == 200
    for path in ("/tables?sql=select+1", "/tables.json?sql=select+1", "/tables.db",
                 "/tables/event?_where=1", "/_internal", "/-/settings.json"):  # fmt: skip
        assert opened.get(path).status_code in {403, 404}, path


def test_the_token_of_a_form_opens_by_a_cookie_that_scripts_and_other_sites_do_not_get(
    closed: Served,
) -> None:
    form = closed.get("/sign-in")
    match = re.search(r'name="csrftoken" value="([^"]+)"', form.text)
    assert match is not None
    cookie = {"ds_csrftoken": form.cookies["ds_csrftoken"]}
    sent = {"csrftoken": match[1], "token": SECRET, "to": "/findings"}
    answer = closed.ask("POST", "/sign-in", data=sent, cookies=cookie)
    assert (answer.status_code, answer.headers["location"]) == (303, "/findings")
    told = answer.headers["set-cookie"]
    assert "HttpOnly" in told
    assert "SameSite=strict" in told
    signed = answer.cookies["ds_actor"].strip('"')
    assert closed.get("/", cookies={"ds_actor": signed}).status_code == 200
    assert closed.get("/", cookies={"ds_actor": signed[:-1] + "A"}).status_code == 401
    out = closed.ask("POST", "/sign-out", headers=BEARER)
    assert (out.status_code, 'ds_actor=""' in out.headers["set-cookie"]) == (303, True)


def test_a_wrong_token_and_a_form_of_nobody_open_nothing(
    closed: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.web.pages.signing_in._WRONG_SECONDS", 0)
    wrong = closed.ask("POST", "/sign-in", data={"token": "x" * 30})
    assert (wrong.status_code, "That is not the token" in wrong.text) == (401, True)
    assert closed.ask("POST", "/sign-in", data={}).status_code == 401
    forged = closed.ask("POST", "/sign-in", data={"token": SECRET}, cookies={"ds_csrftoken": "x"})
    assert forged.status_code == 403


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil.example", "x",
                                "/sign-in", "/a\nb"])  # fmt: skip
def test_nobody_is_led_elsewhere_after_signing_in(closed: Served, to: str) -> None:
    answer = closed.ask("POST", "/sign-in", data={"token": SECRET, "to": to})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "localhost.evil.example",
                                  "", "127.0.0.1.nip.io", "[::2]"])  # fmt: skip
def test_another_name_for_this_machine_is_refused(opened: Served, host: str) -> None:
    assert opened.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8001", "127.0.0.1:9", "[::1]", "[::1]:80"]
)
def test_this_machines_own_names_are_answered(opened: Served, host: str) -> None:
    assert opened.get("/page.css", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "POST"])
def test_nothing_is_changed_by_any_method(opened: Served, method: str) -> None:
    for path in ("/", "/rack/R0001", "/tables/event", "/evidence?all=1"):
        assert opened.ask(method, path).status_code == 405


def test_a_form_of_another_site_or_a_long_one_is_refused(opened: Served) -> None:
    for headers in (
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):  # fmt: skip
        assert opened.ask("POST", "/verification", headers=headers).status_code == 403
    long = opened.ask("POST", "/sign-in", data={"token": "x" * 20_000})
    assert long.status_code == 413


def test_other_plugins_that_are_installed_open_nothing(told: DeskStory) -> None:
    class Stranger:
        __name__ = "stranger"

        @hookimpl  # type: ignore[untyped-decorator]  # it brings no types
        def register_routes(self) -> list[tuple[str, object]]:
            return [("/-/stranger", lambda: Response.text("in"))]

    pm.register(Stranger())
    with Served(told.folder) as served:
        assert served.get("/-/stranger").status_code == 404


def test_a_connection_to_the_read_models_cannot_write(opened: Served) -> None:
    async def write() -> None:
        database = opened.pages.databases[opened.pages._name]
        for sql in ("DELETE FROM event", "PRAGMA writable_schema = ON; DELETE FROM event"):
            await database.execute_fn(lambda connection: connection.executescript(sql))  # noqa: B023  at once

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        asyncio.run(write())


def test_every_answer_forbids_scripts_frames_and_what_comes_from_elsewhere(opened: Served) -> None:
    for path in ("/", "/rack/R0003", "/nothing", "/evidence?kind=rack&name=R0003", "/page.css"):
        answer = opened.get(path)
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers.get_list("cache-control") == ["private, no-store"]
        assert "<script" not in answer.text
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", answer.text)
    assert "script-src" not in POLICY
    assert "default-src 'none'" in POLICY


def test_a_failure_shows_no_traceback(
    opened: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a secret")

    monkeypatch.setattr("commands.web.pages.search._found", broken)
    text = opened.text("/search?q=R0001", status=500)
    assert "INTERNAL" in text
    assert "secret" not in text
    assert "a secret" in capsys.readouterr().err


# ---- the token


@pytest.mark.parametrize("text", ["short", "x" * 19, "two words of twenty letters", "ä" * 30, ""])
def test_a_token_that_could_be_guessed_is_refused(text: str) -> None:
    with pytest.raises(LedgerError) as raised:
        token_of(text, "here")
    assert raised.value.code == "TOKEN-FORM"


def test_a_token_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{SECRET}\nmore\n")
    path.chmod(0o640)
    codes = []
    for one in (path, tmp_path / "none", tmp_path):
        with pytest.raises(LedgerError) as raised:
            read_token(one)
        codes.append(raised.value.code)
    assert codes == ["TOKEN-OPEN", "TOKEN-UNREADABLE", "TOKEN-UNREADABLE"]
    path.chmod(0o600)
    assert read_token(path).opens(SECRET)
    assert not read_token(path).opens_header(f"Basic {SECRET}")
    assert not read_token(path).opens_header(None)


# ---- the command


def serve(told: DeskStory, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["-C", str(told.folder), "serve", *arguments])
    return result.output


def test_other_addresses_than_this_machines_demand_a_token(told: DeskStory) -> None:
    for host in ("0.0.0.0", "192.0.2.7", "::", "ledger.example"):  # noqa: S104  refused
        assert "code: TOKEN-MISSING" in serve(told, "--host", host)


def test_the_command_refuses_halves(told: DeskStory, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(SECRET)
    assert "go together" in serve(told, "--tls-key", str(path))
    assert "not both" in serve(told, "--token-file", str(path), "--token-prompt")


def test_addresses() -> None:
    loops = ("127.0.0.1", "127.9.9.9", "::1", "localhost")
    assert all(map(is_loopback, loops))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "::", "a.example")))  # noqa: S104  no
    assert allowed_hosts("::1", ("a.example",)) == ("localhost", "127.0.0.1", "[::1]", "[::1]",
                                                    "a.example")  # fmt: skip
    assert allowed_hosts("192.0.2.7", ()) == ("192.0.2.7",)


def test_the_command_serves_until_it_is_stopped(
    told: DeskStory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **given: asked.update(given, app=app))
    path = tmp_path / "token"
    path.write_text(SECRET)
    path.chmod(0o600)
    printed = serve(told, "--host", "0.0.0.0", "--token-file", str(path))  # noqa: S104  with a token
    assert "serving" in printed
    assert "DEMONSTRATION" in printed
    assert "plain http" in printed
    assert asked["host"] == "0.0.0.0"  # noqa: S104  as asked
    assert asked["proxy_headers"] is False
    prompted = CliRunner().invoke(
        main, ["-C", str(told.folder), "serve", "--token-prompt"], input=f"{SECRET}\n"
    )
    assert (prompted.exit_code, SECRET in prompted.output) == (0, False)


def test_evidence_that_was_handed_over_is_shown_after_its_audit(
    told: DeskStory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "evidence.jsonl"
    told.run(f"export {file}")
    seen: list[httpx.Response] = []

    def look(app: object, **_: object) -> None:
        async def ask() -> None:
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Datasette's
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as one:
                paths = ("/", "/rack/R0003", "/verification", "/entry/3", "/evidence?all=1")
                seen.extend([await one.get(path) for path in paths])

        asyncio.run(ask())

    monkeypatch.setattr("uvicorn.run", look)
    assert "PASS" in serve(told, "--from", str(file))
    assert [one.status_code for one in seen] == [200, 200, 200, 200, 503]
    assert "handed over" in seen[0].text
    assert "The audit before anything was shown" in seen[2].text
    assert "EVIDENCE-HERE" in seen[4].text
