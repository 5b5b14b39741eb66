"""Ledgers to measure on: made once, kept in `.bench/`, and copied by whoever writes to one.

One import makes them all: at each size that is asked for, the ledger that grows is copied. What
that import took is kept beside them, with what signing alone took meanwhile.
"""

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

from commands.demo.stage import Stage, demonstration_key
from ledger.application import Ledger
from ledger.writing import Writing
from tests.bench import baselines
from tests.bench.figures import Taken, taken
from tests.bench.generator import Rounds, record_story, templates

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".bench"
BATCH = 10_000
"""Events in one transaction of an import."""

_STEP = 100_000
"""After so many events, or at the end, signing alone is measured again."""


@dataclass(frozen=True, slots=True)
class Import:
    """What the import took up to a size.

    Attributes:
        size: events.
        seconds: wall time of recording them.
        cpu_seconds: processor time of the same.
        last_seconds: wall time of the last transaction of 10,000.
        bound: signatures a second that two threads make, the mean of what was measured meanwhile.
        bound_cpu: processor time of one signature.
    """

    size: int
    seconds: float
    cpu_seconds: float
    last_seconds: float
    bound: float
    bound_cpu: float


def kept(size: int) -> Path:
    """Return where the ledger of a size is kept."""
    return KEPT / _key() / f"{size}.db"


def imported(size: int) -> Import:
    """Return what making the ledger of a size took."""
    return Import(**json.loads(kept(size).with_suffix(".json").read_text()))


def make(sizes: list[int]) -> None:
    """Make the ledgers of these sizes that are not kept yet."""
    missing = sorted(size for size in sizes if not kept(size).with_suffix(".json").exists())
    if not missing:
        return
    growing = KEPT / "growing"
    shutil.rmtree(growing, ignore_errors=True)
    stage = record_story(growing)
    submissions = Rounds(templates(stage)).submissions(1, missing[-1] - stage.ledger.size)
    seconds, cpu, last, bounds = 0.0, 0.0, 0.0, [_signing()]
    story = stage.ledger.size
    for size in missing:
        while stage.ledger.size < size:
            batch = list(islice(submissions, min(BATCH, size - stage.ledger.size)))
            took = taken(stage.ledger.append_many, batch)
            seconds, cpu, last = seconds + took.wall, cpu + took.cpu, took.wall
            if stage.ledger.size % _STEP < BATCH:
                bounds.append(_signing())
                print(f"{stage.ledger.size:,} events in {seconds:.0f} s", file=sys.stderr)
        _keep(stage, Import(size - story, seconds, cpu, last, *_mean(bounds)))
    stage.ledger.close()
    shutil.rmtree(growing)


def _signing() -> Taken:
    return taken(baselines.signing, 2, BATCH)


def _mean(bounds: list[Taken]) -> tuple[float, float]:
    """Return signatures a second, and the processor time of one."""
    made = BATCH * len(bounds)
    return made / sum(one.wall for one in bounds), sum(one.cpu for one in bounds) / made


def _keep(stage: Stage, took: Import) -> None:
    path = kept(stage.ledger.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    stage.ledger.backup(path)
    path.with_suffix(".json").write_text(json.dumps(asdict(took)))


def reading(size: int) -> Ledger:
    """Open a kept ledger to read it."""
    return Ledger.open(str(kept(size)))


def writing(size: int, folder: Path, helpers: int = 0) -> tuple[Ledger, Rounds]:
    """Copy a kept ledger into a folder, and open it to write further rounds."""
    stage = record_story(folder / "story")
    rounds = Rounds(templates(stage))
    stage.ledger.close()
    path = folder / "ledger.db"
    shutil.copyfile(kept(size), path)
    signer, clock = demonstration_key("ledger"), stage._clock
    settings = Writing(
        signer=signer,
        clock=clock,
        high_water=folder / "high-water",
        installation="demonstration",
        helpers=helpers,
    )
    return Ledger.open(str(path), settings), rounds


def _key() -> str:
    """Return a digest of what such a ledger depends on."""
    digest = sha256()
    here = Path(__file__).parent
    sources = [here / "generator.py", ROOT / "ledger/store/schema.py"]
    sources += sorted((ROOT / "commands/demo").glob("*.py"))
    sources += sorted(one for one in (ROOT / "tests/golden").rglob("*") if one.suffix != ".py")
    for path in sources:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
