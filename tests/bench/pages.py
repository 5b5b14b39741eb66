"""How long a page of `chipledger serve` takes: each kind of page, first and again.

    python tests/bench/pages.py FOLDER            a ledger's folder, such as the demonstration's
    python tests/bench/pages.py --models VIEW.DB  read models alone; no entries, no evidence

What a page asks about is what an entry in the middle of the ledger names. Figures are processor
time of the thread that makes the page, as the server tells it in a header; what Datasette adds is a
millisecond or two. Findings of everything, and parts that take too long, are made in other threads.
"""

import argparse
import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from commands.context import Desk
from commands.serve import web_of
from commands.web.app import Pages
from commands.web.kinds import KINDS
from commands.web.reading import About
from commands.web.rechecking import Checker
from commands.web.web import Doors, Web
from ledger.occurred import load_zone

BAR_CASE, BAR_MILLION = 0.100, 0.500
_NAMES = """
    SELECT kind, value FROM named WHERE kind = ?1 AND event_idx >= ?2
    ORDER BY event_idx LIMIT 1"""
_ANY = "SELECT kind, value FROM named WHERE kind = ? LIMIT 1"
_ZONE = "Asia/Kuala_Lumpur"


def paths_of(view: Path) -> Iterator[str]:
    """Yield an address of each kind of page."""
    connection = sqlite3.connect(f"{view.absolute().as_uri()}?mode=ro", uri=True)
    (size,) = connection.execute("SELECT next_idx FROM position").fetchone()
    yield from ("/", "/entries", "/ask", "/verification", "/search?q=R00&list=1")
    for kind in KINDS:
        if kind == "serial":
            row = connection.execute("SELECT 'serial', serial FROM unit LIMIT 1").fetchone()
        else:
            found = connection.execute(_NAMES, (kind, size // 2)).fetchone()
            row = found or connection.execute(_ANY, (kind,)).fetchone()
        if row is not None:
            yield f"/{row[0]}/{row[1]}"
            yield f"/{row[0]}/{row[1]}?known_at={size // 2}"
    connection.close()


async def measured(pages: Pages, path: str) -> tuple[float, float, int, int]:
    """Return processor time of the first time and the best of three, bytes, and late parts."""
    took = []
    text = ""
    for _ in range(4):
        answer = await pages.client.get(path)
        told = answer.headers.get("server-timing", "page;dur=0")
        took.append(int(told.removeprefix("page;dur=")) / 1000)
        text = answer.text
        if answer.status_code != 200:
            print(f"{path}: {answer.status_code}")
    return took[0], min(took[1:]), len(text), text.count("takes longer than a page may")


def web_of_models(view: Path) -> Web:
    """Return what pages of read models alone stand on."""
    connection = sqlite3.connect(f"{view.absolute().as_uri()}?mode=ro", uri=True)
    connection.close()
    about = About(load_zone(_ZONE), "0" * 64, "demonstration", "aolani", "Read models", True)
    log = cast("Any", SimpleNamespace(size=0))
    return Web(log, about, view, Doors(), Checker(None))


async def run(web: Web, view: Path) -> None:
    """Measure and print."""
    pages = Pages(web)
    print(f"{'first':>8} {'again':>8} {'bytes':>9}  late parts, page")
    for path in paths_of(view):
        first, again, size, late = await measured(pages, path)
        print(
            f"{first * 1000:>6.0f}ms {again * 1000:>6.0f}ms {size:>9,}  {late} {path}", flush=True
        )


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--models", type=Path)
    given = parser.parse_args()
    if given.models is not None:
        asyncio.run(run(web_of_models(given.models), given.models))
        return
    with ExitStack() as stack:
        desk = Desk(given.folder)
        stack.callback(desk.close)
        web = web_of(desk, Doors(), stack)
        web.findings._worker.submit(lambda: None).result()
        asyncio.run(run(web, web.path))


if __name__ == "__main__":
    main()
