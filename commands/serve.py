"""`chipledger serve`: pages for a browser, over the read models."""

import ipaddress
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.context import HIGH_WATER, LEDGER, VIEW, Desk, pass_desk
from commands.from_evidence import from_evidence
from commands.output import DEMONSTRATION, Progress, safe
from ledger.errors import Refused, Unavailable
from ledger.signing.fingerprint import speakable

if TYPE_CHECKING:
    from commands.web.token import Token
    from commands.web.web import Doors, Web

HOST, PORT = "127.0.0.1", 8001
_OWN = ("localhost", "127.0.0.1", "[::1]")


@click.command("serve")
@click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65_535))
@click.option(
    "--host-name", "names", metavar="NAME", multiple=True,
    help="A name by which browsers may call the server, beside its address; repeatable.",
)  # fmt: skip
@click.option(
    "--token-file", type=click.Path(path_type=Path),
    help="Demand the token in the first line of this file, which is its owner's alone.",
)  # fmt: skip
@click.option("--token-prompt", is_flag=True, help="Ask for the token to demand.")
@click.option("--tables", is_flag=True, help="Open Datasette's own pages of the read models too.")
@click.option(
    "--tls-certificate", "certificate", type=click.Path(path_type=Path, exists=True),
    help="Speak https with this certificate (PEM).",
)  # fmt: skip
@click.option(
    "--tls-key", "key", type=click.Path(path_type=Path, exists=True), help="The certificate's key."
)
@pass_desk
@from_evidence
def command(
    desk: Desk,
    /,
    *,
    host: str,
    port: int,
    names: tuple[str, ...],
    token_file: Path | None,
    token_prompt: bool,
    tables: bool,
    certificate: Path | None,
    key: Path | None,
) -> None:
    """Show the ledger on pages of a browser, until interrupted. Nothing can be changed there.

    Without a token it answers on this machine's own address alone.
    """
    if (certificate is None) != (key is None):
        raise click.UsageError("--tls-certificate and --tls-key go together")
    if token_file is not None and token_prompt:
        raise click.UsageError("the token comes from a file or is asked for, not both")
    app, uvicorn = _libraries()
    from commands.web.web import Doors  # noqa: PLC0415  it brings Datasette with it

    token = _token(token_file, asked=token_prompt)
    if token is None and not is_loopback(host):
        raise Refused(
            "TOKEN-MISSING",
            f"whoever reaches {host} could read the ledger",
            hint="name a token with --token-file FILE or --token-prompt, or listen on 127.0.0.1",
        )
    doors = Doors(
        token=token, hosts=allowed_hosts(host, names), tables=tables, https=key is not None
    )
    with ExitStack() as stack:
        web = web_of(desk, doors, stack)
        scheme = "http" if key is None else "https"
        click.echo(
            safe(f"serving {web.log.origin} on {scheme}://{_address(host)}:{port}/"), err=True
        )
        click.echo(f"fingerprint {speakable(web.log.fingerprint)}", err=True)
        if desk.demonstration:
            click.echo(DEMONSTRATION, err=True)
        if key is None and not is_loopback(host):
            click.echo("plain http: whoever is on the way reads along, the token too", err=True)
        click.echo("stop it with Ctrl-C", err=True)
        uvicorn.run(
            app.application(app.Pages(web)), host=host, port=port, log_level="warning",
            proxy_headers=False, server_header=False, access_log=False, ws="none",
            ssl_certfile=certificate, ssl_keyfile=key,
        )  # fmt: skip


def web_of(desk: Desk, doors: "Doors", stack: ExitStack) -> "Web":
    """Return what the pages stand on; the stack closes it.

    Raises:
        As `Desk.view` and `Desk.log`.
    """
    from commands.web.following import Follower  # noqa: PLC0415  as above
    from commands.web.reading import About  # noqa: PLC0415  as above
    from commands.web.rechecking import Checker, Place  # noqa: PLC0415  as above
    from commands.web.web import Web  # noqa: PLC0415  as above
    from projections.runner import catch_up  # noqa: PLC0415  as above
    from projections.view import View  # noqa: PLC0415  as above

    log = desk.log()
    if desk.is_evidence:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chipledger-")))
        path = folder / VIEW
        told = "Answered from evidence that was handed over and audited first"
    else:
        path = desk.folder / VIEW
        told = "Answered from the read models of this ledger's own folder"
    with View.open(path) as view:
        catch_up(view, log, Progress("reading entries"))
    about = About(
        zone=log.zone, fingerprint=log.fingerprint.hex(), purpose=log.opening.purpose,
        opened_by=log.opening.operator.party, source=told, evidence=desk.is_evidence,
    )  # fmt: skip
    if desk.is_evidence:
        web = Web(log, about, path, doors, Checker(None), audited=desk.audited)
    else:
        ledger = desk.reader()
        place = Place(desk.folder / LEDGER, desk.folder / HIGH_WATER, path, desk.config.fingerprint)
        web = Web(log, about, path, doors, Checker(place), source=ledger.source)
        web.follower = Follower(log, path, web.findings.refresh)
        stack.enter_context(web.follower)
    stack.callback(web.close)
    web.findings.refresh()
    return web


def is_loopback(host: str) -> bool:
    """Say whether an address leads to this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed_hosts(host: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return by which names browsers may call a server that listens on an address."""
    own = _OWN if is_loopback(host) or host in {"0.0.0.0", "::"} else ()  # noqa: S104  compared
    return (*own, _address(host), *names)


def _address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _token(file: Path | None, *, asked: bool) -> "Token | None":
    from commands.web.token import read_token, token_of  # noqa: PLC0415  as above

    if file is not None:
        return read_token(file)
    if asked:
        return token_of(click.prompt("Token", hide_input=True, err=True), "the prompt")
    return None


def _libraries() -> tuple[Any, Any]:
    """Return our application and uvicorn.

    Raises:
        Unavailable: WEB-MISSING.
    """
    try:
        import uvicorn  # noqa: PLC0415  no other command needs it

        from commands.web import app  # noqa: PLC0415  as above
    except ModuleNotFoundError as error:
        raise Unavailable(
            "WEB-MISSING",
            f"pages need a library that is not installed: {error.name}",
            hint="install chipledger with its extra `web`",
        ) from error
    return app, uvicorn
