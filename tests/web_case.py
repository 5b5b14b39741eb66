"""A small ledger to look at on pages, and an application over it without a network."""

import asyncio
import atexit
import functools
import shutil
import tempfile
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from commands.context import Desk
from commands.serve import web_of
from commands.web.app import Pages
from commands.web.token import Token, token_of
from commands.web.web import Doors, Web
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

SECRET = "a-token-of-more-than-twenty-letters"  # noqa: S105  of the tests alone
SERIALS = [f"SN-{number:04}" for number in range(72)]
HOSTILE_FIRM = "<script>alert(1)</script> & \"Sons\" 'Ltd' \u202egnp.exe"


def token() -> Token:
    return token_of(SECRET, "the tests")


@functools.cache
def story() -> DeskStory:
    """Tell it once for all tests, which only read."""
    folder = Path(tempfile.mkdtemp(prefix="chipledger-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return tell(folder / "ledger")


def tell(folder: Path) -> DeskStory:
    """Two racks delivered and running, one with serial numbers, a lease, papers, a finding."""
    desk = open_desk(folder, furnish, build, deliver)
    rows = "".join(f"{serial}\n" for serial in SERIALS)
    serials = desk.file("serials.csv", f"serial\n{rows}")
    nvidia = "--as nvidia --on 2026-01-05 --yes"
    desk.run(f"batch commission B-03 --model gpu --site NV-WH --serials {serials} {nvidia}")
    desk.run(f"shipment dispatch N-B-03 --batch B-03 --to aivres --to-site PLANT {nvidia}")
    desk.run("shipment receive N-B-03 --as aivres --on 2026-01-08 --yes")
    listed = "".join(
        f"R0003,{at // 4 + 1},{at % 4 + 1},{serial},B-03\n" for at, serial in enumerate(SERIALS)
    )
    built = desk.file("built.csv", f"rack,tray,slot,serial,batch\n{listed}")
    desk.run(
        f"rack assemble R0003 --model NVL72 --site PLANT --manifest {built} --chassis CH-0003"
        " --as aivres --on 2026-01-10 --yes"
    )
    paper = desk.file("bill.pdf", b"%PDF <script>alert(1)</script>")
    desk.run(
        "shipment dispatch SHP-02 --racks R0003 --to aolani --to-site JHR-1 --carrier swift"
        f" --due 2026-02-20 --as aivres --with swift --on 2026-02-11 --ref bol:BL-2291 --yes"
        f" --attach {paper}=bill_of_lading:Bill --sealed price=5000000"
    )
    desk.run("shipment receive SHP-02 --on 2026-02-18 --yes")
    desk.run("rack energize --racks R0003 --on 2026-02-19 --yes")
    desk.run(
        "lease start L-1 --to bytedance --racks R0001..R0002 --service iaas --on 2026-03-01"
        " --with bytedance --yes"
    )
    desk.run(
        "certification grant TIER1 --to aolani --scheme programme --level tier-1 --as nvidia"
        " --on 2026-01-02 --yes"
    )
    desk.run("party add hostile --name", HOSTILE_FIRM, "--kind", "private", "--yes")
    return desk


@dataclass
class Served:
    """An application over a ledger's folder; `get` asks it as a browser does."""

    folder: Path
    doors: Doors = field(default_factory=Doors)
    follow: bool = True
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        desk = Desk(self.folder)
        self._stack.callback(desk.close)
        self.web: Web = web_of(desk, self.doors, self._stack)
        self.pages = Pages(self.web)
        self._stack.callback(self._close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._stack.__exit__(kind, error, trace)

    def _close(self) -> None:
        self.pages.executor.shutdown()
        for database in self.pages.databases.values():
            database.close()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, path, **more))

    async def _ask(
        self, method: str, path: str, cookies: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        async with AsyncExitStack() as stack:
            transport = httpx.ASGITransport(app=self.pages.client.app)
            client = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies)
            )
            return await client.request(method, path, **more)

    def text(self, path: str, status: int = 200, **more: Any) -> str:
        """Return a page's text, and insist on its status."""
        answer = self.get(path, **more)
        assert answer.status_code == status, answer.text
        return answer.text
