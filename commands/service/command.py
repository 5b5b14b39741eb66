"""`chipledger service`: take signed events from other parties over HTTP."""

import logging
import signal
import sys
from typing import Any

import click

from commands.context import Desk, pass_desk, password_option
from commands.witness.server import parse_address
from ledger.errors import Unavailable


@click.command("service")
@click.option("--listen", default="127.0.0.1:8470", show_default=True, metavar="HOST:PORT")
@click.option(
    "--rate", default=100.0, show_default=True, help="Events a second that each key may submit."
)
@click.option(
    "--burst", default=10_000, show_default=True, help="Events that it may submit after a pause."
)
@click.option(
    "--waiting", default=10_000, show_default=True, help="Events that wait for their commit."
)
@password_option
@pass_desk
def command(desk: Desk, *, listen: str, rate: float, burst: int, waiting: int) -> None:
    """Take signed events from other parties, record them, and answer with receipts.

    Whoever may sign may submit: who sends an event does not matter, its signatures do. Put a proxy
    with TLS in front of it where it answers others than this machine. It also serves checkpoint,
    tiles and proofs. It stops at SIGTERM, when all that it took is recorded and answered.
    """
    if rate <= 0 or burst < 1 or waiting < 1:
        raise click.UsageError("--rate, --burst and --waiting are greater than 0")
    address = parse_address(listen)
    try:
        import uvicorn  # noqa: PLC0415  an extra

        from commands.service.app import make_app  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable(
            "EXTRA-MISSING",
            f"the service needs a package that is not installed: {error.name}",
            hint="pip install 'chipledger[service]'",
        ) from error
    from commands.service.connections import HEAD_BYTES_MAX  # noqa: PLC0415
    from commands.service.group import Group  # noqa: PLC0415
    from commands.service.limits import Rate  # noqa: PLC0415
    from commands.service.request_log import RequestLog  # noqa: PLC0415
    from commands.service.service import Service  # noqa: PLC0415
    from commands.service.spool import Spool  # noqa: PLC0415

    ledger = desk.writer()
    log = RequestLog()
    service = Service(
        ledger=ledger,
        group=Group(ledger, waiting_max=waiting),
        spool=Spool(),
        by_key=Rate(rate, burst),
        by_address=Rate(10 * rate, 10 * burst),
    )
    service.group.committed = service.metrics.committed
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    server = _announcing(uvicorn)(
        uvicorn.Config(
            make_app(service, log),
            host=address[0],
            port=address[1],
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=60,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
            http=_connection(),
            ws="none",
            lifespan="on",
        )
    )
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _ended)
    try:
        server.run()
    except SystemExit as error:  # as uvicorn ends where it cannot listen
        raise Unavailable(
            "LISTEN",
            "nobody can listen there",
            where=listen,
            hint="choose an address of this machine and a free port",
        ) from error
    finally:
        service.group.stop()
        service.spool.close()


def _connection() -> Any:
    """Return what reads requests: the faster of two, where it is installed."""
    try:
        from commands.service.fast_connections import FastConnection  # noqa: PLC0415
    except ImportError:
        from commands.service.connections import Connection  # noqa: PLC0415

        return Connection
    return FastConnection


def _ended(*_: object) -> None:
    """Do nothing: uvicorn has stopped by the time that it passes the signal on."""


def _announcing(uvicorn: Any) -> Any:
    """Return uvicorn's server, which tells where it answers."""

    class Announcing(uvicorn.Server):  # type: ignore[misc]
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            for server in self.servers:
                host, port = server.sockets[0].getsockname()[:2]
                click.echo(f"submissions are taken at http://{host}:{port}/")
                sys.stdout.flush()

    return Announcing
