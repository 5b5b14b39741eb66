"""What honest people do in a step: tell, correct, take back, sign, rotate keys, publish, audit."""

import io
import shutil

from msgspec.structs import replace

from ledger.draft import Document, Submission
from ledger.entry import parties_of
from ledger.events import EVENT_TYPES, decode_statement
from ledger.events.assurance import IncidentReported
from ledger.events.base import EventData
from ledger.events.claim import ClaimReported
from ledger.events.correction import Countersigned, EventVoided
from ledger.events.ledger import LedgerKeyRotated
from ledger.events.party import HeadquartersDeclared, KeyEnrolled, KeyRevoked
from ledger.evidence.folder import Folder
from ledger.evidence.published import PublishedSource
from ledger.evidence.publishing import publish as publish_log
from ledger.evidence.reader import EvidenceSource
from ledger.evidence.writer import write_evidence
from ledger.signing.signer import key_id
from projections import runner
from projections.view import View
from tests.harness import signatory, signer_of
from tests.simulator import checks
from tests.simulator.client import send, submit
from tests.simulator.memory import Sending
from tests.simulator.start import VIEW
from tests.simulator.stories import CAST, OPERATOR, Saying, about, speaker
from tests.simulator.world import World

BULK = (3, 16)
COUNTRIES = ("MY", "SG", "US", "TH")


# --- telling ----------------------------------------------------------------------------------


def next_sayings(world: World, count: int) -> list[Submission]:
    """Return the next events of the story, signed; `targets` then knows them."""
    taken, world.story = world.story[:count], world.story[count:]
    return [_signed(world, one) for one in taken]


def _signed(world: World, saying: Saying) -> Submission:
    told, who = saying.told, speaker(saying)
    others = [one.party for one in told.signatories[1:]]
    statement = replace(
        world.statement(about(told.data, world.targets), who, *others),
        occurred=told.occurred,
        basis=told.basis,
        corrects=None if told.corrects is None else world.targets[told.corrects.id],
        references=told.references,
        documents=told.documents,
    )
    submission = world.signed(statement, documents=saying.documents)
    world.targets[told.id] = world.target_of(submission)
    return submission


def tell(world: World) -> None:
    """The next event of the story is told, or something beside it."""
    if world.story and world.chance.random() < 0.75:
        submit(world, *next_sayings(world, 1))
    else:
        submit(world, aside(world))


def tell_many(world: World) -> None:
    """Many events are told in one transaction."""
    given = next_sayings(world, world.chance.randint(*BULK))
    submit(world, *given, *(aside(world) for _ in range(0 if given else 3)))


def aside(world: World) -> Submission:
    """Return something that moves nothing, said by anybody; it may be taken back later."""
    who, submission = remark(world)
    statement = decode_statement(submission.envelope.statement_bytes())
    if not EVENT_TYPES[statement.type].fixed:
        world.told.append((who, world.target_of(submission)))
    return submission


def remark(world: World) -> tuple[str, Submission]:
    """Return who says something that moves nothing, and what, with or without a document."""
    chance = world.chance
    who = chance.choice((*CAST, OPERATOR))
    number = chance.randrange(2**32)
    data: EventData
    kind = chance.randrange(3)
    if kind == 0:
        data = HeadquartersDeclared(
            party=chance.choice(list(CAST)), country=chance.choice(COUNTRIES)
        )
    elif kind == 1:
        data = IncidentReported(incident=f"INC-{number}", kind="loss", party=who)
    else:
        who = "auditor"
        data = ClaimReported(claim=f"CLAIM-{number}", quotation=f"said {number}", publisher="press")
    papers = (b"paper %d" % number,) if chance.random() < 0.3 else ()
    named = tuple(Document(one, "note", "a paper").reference() for one in papers)
    statement = world.statement(data, who, documents=named)
    return who, world.signed(statement, documents=papers)


# --- taking back, signing beside --------------------------------------------------------------


def correct(world: World) -> None:
    """Somebody corrects what it said beside the story; in a wild world the newest of the story."""
    who, target = world.told.pop(world.chance.randrange(len(world.told)))
    old = world.ledger.event(world.memory.indexes[target.id]).statement
    data = old.data
    if isinstance(data, ClaimReported):
        data = replace(data, quotation=f"{data.quotation}, they say")
    elif isinstance(data, IncidentReported):
        data = replace(data, kind=world.chance.choice(("loss", "theft")))
    statement = replace(
        world.statement(data, who), occurred=old.occurred, basis=old.basis, corrects=target,
        documents=old.documents, references=old.references,
    )  # fmt: skip
    submission = world.signed(statement)
    world.told.append((who, world.target_of(submission)))
    submit(world, submission)


def void(world: World) -> None:
    """Somebody takes back what it said."""
    who, target = world.told.pop(world.chance.randrange(len(world.told)))
    data = EventVoided(target=target, reason="it did not occur")
    submit(world, world.signed(world.statement(data, who)))


def void_of_story(world: World) -> None:
    """In a wild world somebody takes back an event on which others may rest."""
    index = world.chance.randrange(world.ledger.size)
    event = world.ledger.event(index)
    statement = event.statement
    replaced = world.ledger.tagged(f"target:{statement.id}")
    if EVENT_TYPES[statement.type].fixed or replaced or statement.id in world.lost_targets:
        return
    world.lost_targets.add(statement.id)
    world.told = [one for one in world.told if one[1].id != statement.id]
    world.story = [one for one in world.story if not one.targets]
    data = EventVoided(target=event.target, reason="it did not occur")
    submit(world, world.signed(world.statement(data, statement.asserted_by)))


def countersign(world: World) -> None:
    """A party that an event names signs beside it, or disputes it."""
    event = world.ledger.event(world.chance.randrange(world.ledger.size))
    if isinstance(event.statement.data, Countersigned):
        return
    named = sorted(parties_of(event.statement) & world.keys.keys())
    stance = world.chance.choice(("accepts", "disputes"))
    data = Countersigned(target=event.target, stance=stance, text="so it is")  # type: ignore[arg-type]  # from a literal
    submit(world, world.signed(world.statement(data, world.chance.choice(named))))


# --- keys -------------------------------------------------------------------------------------


def rotate_party(world: World) -> None:
    """A party gets a new key, and its old one is revoked; the old one is stolen."""
    party = world.chance.choice(sorted(CAST))
    old, new = world.keys[party], f"{party}-{world.chance.randrange(2**32)}"
    enrolled = KeyEnrolled(party=party, key=world.public_key(new))
    signing = [signatory(party, new), signatory(party, old)]
    by = signatory(OPERATOR, world.keys[OPERATOR])
    statement = world.statement_of(enrolled, [by, *signing])
    names = {key_id(signer_of(one).public_key): one for one in (new, old, world.keys[OPERATOR])}
    keys = [names[one.key] for one in statement.signatories]
    revoked = KeyRevoked(
        party=party,
        key=key_id(signer_of(old).public_key),
        reason=world.chance.choice(("superseded", "compromised")),
        doubted_since=world.chance.choice((None, 0, world.ledger.size - 1)),
    )
    both = (
        world.signed(statement, *keys),
        world.signed(world.statement(revoked, OPERATOR)),
    )
    send(world, Sending(both, keys={party: new}))


def rotate_ledger(world: World) -> None:
    """The ledger gets a new key."""
    new = f"ledger-{len(world.ledger_keys) + 1}"
    data = LedgerKeyRotated(checkpoint_key=world.public_key(new), reason="once a year")
    submission = world.signed(world.statement(data, OPERATOR))
    send(world, Sending((submission,), new_key=new))


# --- what leaves the house --------------------------------------------------------------------


def publish(world: World) -> None:
    """The log is published, and somebody audits what lies there."""
    done = publish_log(world.ledger.source(), world.public)
    note = (world.public / "checkpoint").read_bytes()
    world.memory.show(note)
    world.published = done.size
    world.note(f"  {done.before} to {done.size} entries are published")
    if world.chance.random() < 0.3:
        source = PublishedSource(Folder(world.public))
        trust = world.trust(checkpoints=tuple(world.memory.notes()))
        checks.expect(world, "the published log", source, trust, "PASS")


def export(world: World) -> None:
    """An evidence file is written, and somebody audits it."""
    stream = io.BytesIO()
    write_evidence(world.ledger.source(), stream)
    world.memory.show(world.ledger.checkpoint())
    stream.seek(0)
    with EvidenceSource.of_stream(stream) as source:
        trust = world.trust(checkpoints=tuple(world.memory.notes()))
        checks.expect(world, "an evidence file", source, trust, "PASS")


def audit(world: World) -> None:
    """An auditor comes."""
    world.memory.show(world.ledger.checkpoint())
    checks.audit_all(world, since=world.chance.random() < 0.7)


def back_up(world: World) -> None:
    """Somebody makes a backup, and keeps the high-water file of then beside it."""
    folder = world.away / f"backup-{len(world.backups)}"
    folder.mkdir()
    world.ledger.backup(folder / "ledger.db")
    shutil.copyfile(world.home / "high-water", folder / "high-water")
    world.backups.append((folder, world.ledger.size))


def project(world: World) -> None:
    """The read models catch up, or are made anew."""
    checks.catch_up(world)
    if world.chance.random() < 0.3:
        with View.open(world.home / VIEW) as view:
            runner.rebuild(view, world.ledger)


def compare(world: World) -> None:
    """The read models are compared with a rebuild."""
    checks.compare_views(world)


# --- time -------------------------------------------------------------------------------------


def set_clock(world: World) -> None:
    """Somebody sets the clock: ahead, back a little, back a lot; or it stops."""
    chance = world.chance
    kind = chance.choice(("ahead", "back", "far back", "stopped", "right"))
    world.set_clock(kind, chance.random())
