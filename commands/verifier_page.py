"""`chipledger verifier-page`: the page that judges evidence in a browser, and its SHA-256."""

import hashlib
from pathlib import Path

import click

from commands.attachments import write_new


@click.command("verifier-page")
@click.argument("out", type=click.Path(path_type=Path))
def command(out: Path) -> None:
    """Write the verifier page to OUT, a new HTML file, and print its SHA-256.

    Opened in a browser, from the disk and without a network, it judges evidence files as `verify`
    does. Hand it over apart from the evidence, and its SHA-256 apart from both.
    """
    from commands.page.build import page  # noqa: PLC0415  no other command needs it

    data = page()
    write_new(out, data)
    click.echo(f"wrote {out}")
    click.echo(f"SHA-256 {hashlib.sha256(data).hexdigest()}")
