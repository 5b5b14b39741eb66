"""`chipledger doctor`: what in this folder, this machine and its libraries needs mending."""

import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import click

from commands.context import CLOCK_AHEAD_MAX, HIGH_WATER, LEDGER_KEY, VIEW, Desk, pass_desk
from commands.keyring import KEYS
from commands.output import Format, formats, print_rows
from ledger.auditing import check_continues, check_published
from ledger.errors import EXIT_UNDECIDED, LedgerError
from ledger.occurred import parse_recorded
from ledger.signing.backends import installed
from ledger.signing.ed25519 import active_backend, backends
from ledger.signing.edge_vectors import EDGE_VECTORS
from ledger.signing.keyfile import public_path, read_public

COLUMNS = ("check", "result", "detail")
FREE_BYTES_MIN = 512 * 1024 * 1024
GOOD, MEND = "good", "mend"
Result = tuple[str, str]
"""`good` or `mend`, and what was seen."""


@click.command("doctor")
@formats
@pass_desk
def command(desk: Desk, form: Format) -> None:
    """Check folder, keys, libraries, clock, high-water file, read models and disk.

    Exit code 3 where something needs mending. It does not replace `chipledger verify`.
    """
    rows = [(name, *_result(check, desk)) for name, check in CHECKS.items()]
    print_rows(
        rows,
        COLUMNS,
        form,
        title="",
        schema="chipledger.doctor/1",
        demonstration=False,
        notes=["`chipledger verify` audits the ledger itself"],
    )
    if any(row[1] == MEND for row in rows):
        raise click.exceptions.Exit(EXIT_UNDECIDED)


def _result(check: Callable[[Desk], Result], desk: Desk) -> Result:
    try:
        return check(desk)
    except LedgerError as error:
        hint = "" if error.hint is None else f"; {error.hint}"
        return MEND, f"{error}{hint}"


def _folder(desk: Desk) -> Result:
    config = desk.config
    return GOOD, f"{desk.folder}: {config.origin}"


def _modes(desk: Desk) -> Result:
    """Look for private keys, and a ledger, that others may read or change."""
    private = [desk.folder / LEDGER_KEY, *sorted(desk.folder.glob(f"{LEDGER_KEY}.*.next"))]
    private += sorted((desk.folder / KEYS).glob("*.key"))
    others = stat.S_IRWXG | stat.S_IRWXO
    open_ones = [path for path in private if path.exists() and path.stat().st_mode & others]
    if open_ones:
        return MEND, f"chmod 600 {' '.join(str(path) for path in open_ones)}"
    return GOOD, f"{len(private)} private keys, none open to others"


def _key_pairs(desk: Desk) -> Result:
    halves = list(_halves(desk.folder))
    for half in halves:
        read_public(half)
    return GOOD, f"{len(halves)} public halves can be read"


def _halves(folder: Path) -> Iterator[Path]:
    yield public_path(folder / LEDGER_KEY)
    yield from sorted((folder / KEYS).glob("*.key.pub"))


def _sqlite(_: Desk) -> Result:
    return GOOD, f"SQLite {sqlite3.sqlite_version}"


def _signatures(_: Desk) -> Result:
    """Tell which library judges signatures, and which got an edge vector wrong."""
    used = active_backend().name
    trusted = {backend.name for backend in backends()}
    refused = [backend.name for backend in installed() if backend.name not in trusted]
    if refused:
        return MEND, f"uses {used}; wrong on an edge vector, so not used: {', '.join(refused)}"
    return GOOD, f"uses {used}; right on {len(EDGE_VECTORS)} edge vectors"


def _ledger(desk: Desk) -> Result:
    reader = desk.reader()
    return GOOD, f"{reader.size:,} entries, newest checkpoint opened: size {reader.seen().size:,}"


def _server(desk: Desk) -> Result:
    """Tell what a commit is worth: where what was answered is, once it is answered."""
    server = desk.reader().server()
    if server is None:
        return GOOD, "none: the ledger is a file"
    name = f"PostgreSQL {server.version}"
    if server.is_standby:
        return MEND, f"{name} is a standby, which takes no entries: name the primary as well"
    if not server.fsync:
        return MEND, f"{name} has fsync off: a power cut takes entries away that were answered"
    if not server.standbys:
        return GOOD, f"{name}; waits for no standby: what is answered is on its disk alone"
    if server.synchronous_commit in {"off", "local"}:
        return MEND, f"{name} has standbys that synchronous_commit does not wait for"
    return GOOD, f"{name}; waits for its standbys: {server.standbys}"


def _ledger_key(desk: Desk) -> Result:
    reader = desk.reader()
    if read_public(public_path(desk.folder / LEDGER_KEY)) != reader.authority.checkpoint_key(
        reader.size
    ):
        return MEND, f"{LEDGER_KEY} is not the key that signs the ledger's checkpoints"
    return GOOD, f"{LEDGER_KEY} signs the ledger's checkpoints"


def _clock(desk: Desk) -> Result:
    reader = desk.reader()
    newest = reader.event(reader.size - 1).entry.recorded_at
    ahead = desk.now() - parse_recorded(newest)
    if desk.demonstration:
        return GOOD, "a demonstration has a clock of its own"
    if ahead < timedelta(0):
        return MEND, f"this clock is behind the newest entry ({newest})"
    if ahead > CLOCK_AHEAD_MAX:
        return MEND, f"this clock is {ahead.days} days past the newest entry ({newest})"
    return GOOD, f"newest entry {newest}"


def _high_water(desk: Desk) -> Result:
    shown = check_continues(desk.reader(), desk.folder / HIGH_WATER)
    if shown is None:
        return MEND, "no answer was noted: an older copy of the ledger would not be noticed"
    return GOOD, f"continues the {shown[0]:,} entries that were shown"


def _published(desk: Desk) -> Result:
    folder = desk.published
    if folder is None:
        return GOOD, "published nowhere, say the settings"
    size = check_published(desk.reader(), folder)
    if size is None:
        return MEND, f"{folder} holds no published log: `chipledger publish` writes it"
    return GOOD, f"continues the {size:,} entries published in {folder}"


def _view(desk: Desk) -> Result:
    view = desk.view()
    at = f"{VIEW} at {view.position.next_idx:,} entries"
    return GOOD, f"{at}; `chipledger verify --projection` compares them with the log"


def _disk(desk: Desk) -> Result:
    free = shutil.disk_usage(desk.folder).free
    result = GOOD if free >= FREE_BYTES_MIN else MEND
    return result, f"{free // 1024 // 1024:,} MiB free"


CHECKS: dict[str, Callable[[Desk], Result]] = {
    "folder": _folder,
    "modes": _modes,
    "keys": _key_pairs,
    "SQLite": _sqlite,
    "signatures": _signatures,
    "ledger": _ledger,
    "server": _server,
    "ledger's key": _ledger_key,
    "clock": _clock,
    "high-water": _high_water,
    "published": _published,
    "read models": _view,
    "disk": _disk,
}
"""Name to check, in the order in which they are shown."""
