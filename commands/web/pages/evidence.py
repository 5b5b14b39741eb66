"""What is taken away: evidence for what is on the screen, and documents."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from datasette import NotFound

from commands.selecting import Asked, with_serial
from commands.web.kinds import KINDS
from commands.web.streaming import Download, Out
from commands.web.visit import Visit
from ledger.errors import Malformed, Unavailable
from ledger.evidence.selection import Part, with_what_belongs
from ledger.evidence.writer import Choice, write_evidence
from ledger.reader import LogReader

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,14})\Z")
_NAMED = "SELECT 1 FROM document_ref WHERE sha256 = :sha256 LIMIT 1"
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


async def document(visit: Visit) -> Any:
    """Send a document that an entry names, to be saved: its media type is whatever somebody said.

    A sealed annex is no document: no page sends it.
    """
    digest = unquote(visit.path["sha256"])
    named = False
    if _DIGEST.match(digest):
        named = bool(await visit.read(lambda now: now.reader(_NAMED, {"sha256": digest})[1]))
    with visit.web.log_lock:
        data = visit.web.log.document(digest) if named else None
    if data is None:
        raise NotFound("no such document is here; one may be left out by choice, or given up")
    return Download(
        lambda out: out.write(data), visit.web.downloads, _headers(f"{digest[:16]}.bin")
    )


async def evidence(visit: Visit) -> Any:
    """Send evidence: of all, or what names a thing or belongs to entries, whatever the clocks."""
    web = visit.web
    if web.source is None:
        raise Unavailable(
            "EVIDENCE-HERE", "this server answers from evidence that was handed over",
            hint="hand on the file itself",
        )  # fmt: skip
    args = visit.request.args
    if args.get("all"):
        asked: list[Asked] = []
        name = "evidence-all"
    elif args.get("kind"):
        kind, thing = visit.text("kind"), visit.text("name")
        asked = [await _of_thing(visit, kind, thing)]
        name = f"evidence-{kind}-{_PLAIN.sub('-', thing)}"
    else:
        asked = [Asked(f"entry:{one}", [one]) for one in _entries(args.getlist("entry"))]
        name = "evidence-entries"
    if name != "evidence-all" and not any(one.positions for one in asked):
        raise NotFound("no entry names it")
    make = web.source

    def write(out: Out) -> None:
        source = make()
        size = source.size()
        part = None
        if asked:
            wanted = {index for one in asked for index in one.positions}
            ledger = web.log
            positions = with_what_belongs(ledger, wanted, size)
            part = Part([one.text for one in asked], positions, [], ledger)
        write_evidence(source, out, Choice(documents=None, annexes=()), part)

    return Download(write, web.downloads, _headers(f"{name}.jsonl"))


async def _of_thing(visit: Visit, kind: str, name: str) -> Asked:
    if kind not in KINDS:
        raise NotFound(f"there is no kind {kind[:40]}")
    log: LogReader = visit.web.log
    if kind == "serial":
        asked: Asked = await visit.read(lambda now: with_serial(name, log, now.reader))
        return asked
    tag = f"{kind}:{name.lower()}"
    return Asked(tag, [one.index for one in log.tagged(tag)])


def _entries(given: Iterable[str]) -> list[int]:
    """Return positions.

    Raises:
        Malformed: ENTRY-FORM.
    """
    found = set()
    for text in given:
        if not _NUMBER.match(text):
            raise Malformed("ENTRY-FORM", f"{text[:40]!r} is no number of an entry")
        found.add(int(text))
    return sorted(found)


def _headers(name: str) -> dict[str, str]:
    return {
        "content-type": "application/octet-stream",
        "content-disposition": f'attachment; filename="{name}"',
    }
