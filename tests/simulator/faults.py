"""What goes wrong on an honest machine: the disk, the power, processes, answers, other writers."""

from collections.abc import Callable, Sequence

from ledger.application import Ledger
from ledger.draft import Submission
from ledger.errors import LedgerError
from ledger.store.transaction import Transaction
from projections import runner
from projections.view import View
from tests.model_disk import CUTS
from tests.simulator import steps
from tests.simulator.client import send, submit
from tests.simulator.disk import Kind, Trouble
from tests.simulator.memory import Sending
from tests.simulator.start import VIEW
from tests.simulator.world import World, require

CALLS = 24
"""An append makes about fifteen calls that change a file; a larger one, or a checkpoint, more."""

OTHER = "other"
"""Name of a second process with the ledger's key."""


def disk_fails(world: World) -> None:
    """The disk is full, or fails, at some call, once or for a while; then all is well again."""
    kind: Kind = world.chance.choice(("io", "full"))
    trouble = Trouble(kind, world.chance.randrange(CALLS), lasting=world.chance.random() < 0.5)
    with world.disk.in_trouble(trouble):
        _work(world)
    world.note(f"  disk: {kind} {'met' if trouble.met else 'not met'}")


def killed(world: World) -> None:
    """The process is killed at some call, and begun again."""
    trouble = Trouble("kill", world.chance.randrange(CALLS))
    with world.disk.in_trouble(trouble):
        _work(world)
    world.disk.kill("desk")
    world.note(f"  killed {'in the middle' if trouble.met else 'afterwards'}")
    _begin_again(world)


def power_cut(world: World) -> None:
    """The power goes at some call, or after all; what was not waited for may be there or not."""
    cut = world.chance.choice(CUTS)
    trouble = Trouble("power", world.chance.randrange(CALLS), cut=cut)
    with world.disk.in_trouble(trouble):
        _work(world)
    if not world.disk.is_off:
        world.disk.cut_power(cut)
    world.note(f"  the power went {'in the middle' if trouble.met else 'afterwards'}: {cut}")
    _begin_again(world)


def restart(world: World) -> None:
    """The program ends as it should, and begins again."""
    world.close()
    world.open()


def _work(world: World) -> None:
    """Do something that writes, on a disk that may fail."""
    if world.viewed and world.chance.random() < 0.2:
        _project(world)
        return
    doing = (steps.tell, steps.tell, steps.tell_many, steps.rotate_party, steps.rotate_ledger)
    world.chance.choice(doing)(world)


def _project(world: World) -> None:
    """Bring the read models up to date; where the disk fails they may be left behind, no more."""
    try:
        with View.open(world.home / VIEW) as view:
            runner.catch_up(view, world.ledger)
    except LedgerError as error:
        trouble = world.disk.trouble
        require(trouble is not None and trouble.met, f"read models: {error}")
        world.note(f"  read models: {error.code}")


def _begin_again(world: World) -> None:
    """Bury what was killed, switch on, and open the ledger, which must be possible."""
    world.close_all()
    world.disk.restart()
    world.open()


# --- answers that get lost --------------------------------------------------------------------


def answer_lost(world: World) -> None:
    """What was recorded is sent again, with the same bytes, as nobody heard the answer."""
    sent = Sending((steps.aside(world), *steps.next_sayings(world, world.chance.randrange(4))))
    if not send(world, sent):
        return
    for _ in range(world.chance.randint(1, 2)):
        if world.chance.random() < 0.3:
            restart(world)
        require(send(world, sent), "what is recorded is not answered when it is sent again")
    alone = world.chance.choice(sent.submissions)
    require(submit(world, alone), "what is recorded is not answered when it is sent alone")


# --- other writers ----------------------------------------------------------------------------


def race(world: World) -> None:
    """Two processes write to one ledger; the second gets in at some point of the first's append."""
    ours = Sending((steps.aside(world),))
    theirs = [Sending((steps.aside(world),)) for _ in range(2)]
    if world.clock_is_behind():
        world.now = world.newest()
    world.open(OTHER)
    when = world.chance.choice(("before", "within", "after", "noting"))
    world.note(f"  the other gets in {when}")

    def intrude() -> None:
        if when == "within":
            _must_wait(world, theirs[0].submissions)
        else:
            require(send(world, theirs.pop(), OTHER), "the other was not answered")

    with _Interposed(world.ledger, when, intrude):
        require(send(world, ours), "who was first was not answered")
    while theirs:
        require(send(world, theirs.pop(), OTHER), "the other was not answered")
    if world.chance.random() < 0.3:
        world.disk.kill(OTHER)
    world.close(OTHER)
    world.disk.bury(OTHER)


def _must_wait(world: World, submissions: tuple[Submission, ...]) -> None:
    """While one writes, another who does not wait is refused and records nothing."""
    other = world.ledger_of(OTHER)
    other._recorder._db.run("PRAGMA busy_timeout = 0")  # type: ignore[attr-defined]  # of SQLite
    try:
        with world.disk.acting(OTHER):
            other.append_many(submissions)
    except LedgerError as error:
        require(error.code == "STORE-BUSY", f"while another writes: {error}")
    else:
        require(holds=False, what="two transactions were open at one time")


class _Interposed:
    """Another's act at one point of this process's next append; a context manager."""

    def __init__(self, ledger: Ledger, when: str, intrude: Callable[[], None]) -> None:
        assert ledger._high_water is not None
        self._recorder, self._high_water = ledger._recorder, ledger._high_water
        self._transact, self._note = self._recorder.transact, self._high_water.append
        self._when, self._intrude = when, intrude
        self._came = False

    def __enter__(self) -> None:
        self._recorder.transact = self._transacting  # type: ignore[method-assign,assignment]  # for one append
        self._high_water.append = self._noting  # type: ignore[method-assign]  # for one append

    def __exit__(self, *_: object) -> None:
        del self._recorder.transact, self._high_water.append

    def _point(self, name: str) -> None:
        """Let the other in, once, if this is where it comes."""
        if self._when == name and not self._came:
            self._came = True
            self._intrude()

    def _transacting(
        self, work: Callable[[Transaction], object], asked: Sequence[str] = ()
    ) -> object:
        def worked(turn: Transaction) -> object:
            result = work(turn)
            self._point("within")
            return result

        self._point("before")
        result = self._transact(worked, asked)
        self._point("after")
        return result

    def _noting(self, size: int, root: bytes) -> None:
        self._point("noting")
        self._note(size, root)
