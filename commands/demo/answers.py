"""The questions that the story must answer, each asked of the read models by its query."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from commands.demo.story import AS_OF
from ledger.occurred import interval, load_zone, utc_text
from projections.questions import Answer, Reader, ask, questions

FOREVER = 2**53 - 1
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question of the story.

    Attributes:
        words: the question, for people.
        query: the file that answers it.
        given: its parameters.
        tell: turns its rows into one line.
        as_of: day at whose end the answer holds, in the ledger's zone.
        before_correction: whether only what was known before the first correction counts.
    """

    words: str
    query: str
    given: Mapping[str, object]
    tell: Callable[[list[Row]], str]
    as_of: str = AS_OF
    before_correction: bool = False


def _reconciled(rows: list[Row]) -> str:
    commissioned = next(row for row in rows if str(row["compared"]).startswith("commissioned"))
    books = "every book sums to zero" if all(row["holds"] for row in rows) else "BOOKS DISAGREE"
    return f"{commissioned['left_side']:,}; {books}"


def _held(rows: list[Row]) -> str:
    sums: Counter[str] = Counter()
    for row in rows:
        place = f" in {row['country']} at {row['holder']}" if row["country"] else " in transit"
        sums[f"{row['state']}{place}"] += int(str(row["quantity"]))
    moving = "" if any("in transit" in key for key in sums) else "; 0 in transit"
    return "; ".join(f"{n:,} {key}" for key, n in sums.most_common()) + moving


def _by(name: str, nobody: str = "nobody") -> Callable[[list[Row]], str]:
    def tell(rows: list[Row]) -> str:
        sums: Counter[str] = Counter()
        for row in rows:
            sums[str(row[name] or nobody)] += int(str(row["quantity"]))
        return "; ".join(f"{key} {n:,}" for key, n in sums.most_common())

    return tell


def _by_country(rows: list[Row]) -> str:
    return "; ".join(
        f"{row['parent_country']} {row['quantity']:,} by {row['lessee']} "
        f"(a due-diligence line, no violation; on the word of {row['on_whose_word']})"
        for row in rows
    )


def _ownership(rows: list[Row]) -> str:
    return f"{rows[0]['result']}: {rows[0]['reason']}"


def _plan(row: Row) -> str:
    quantity = f"{str(row['qualifier']).replace('_', ' ')} {row['planned']:,}"
    place = row["site"] or f"{row['country']}, no site"
    linked = f"{row['linked']:,} recorded and linked, not added; {row['held_there']:,} held"
    return f"{place}: {quantity} {row['stage']}, {row['word']}; {linked}"


def _plans(rows: list[Row]) -> str:
    return "; ".join(_plan(row) for row in rows)


def _lease(rows: list[Row]) -> str:
    row = rows[0]
    stated = "quantity unknown" if row["stated"] is None else f"{row['stated']:,}"
    parties = {row["lessee"], row["lessor"]} - {None}
    signed = parties & set(str(row["signed_by"] or "").split(", "))
    by = ", ".join(sorted(map(str, signed))) or "nobody named in it"
    return f"{row['word']}, {stated}, signed by {by}"


def _moving(rows: list[Row]) -> str:
    return "; ".join(f"{row['quantity']:,} in transit with {row['shipment']}" for row in rows)


def _custody(rows: list[Row]) -> str:
    links = []
    for row in rows:
        what = str(row["link"])
        if row["book"] == "possession" or what == "LeaseStarted":
            papers = ", ".join(str(row[name]) for name in ("numbers", "papers") if row[name])
            where = row["to_place"] or row["to_party"]
            signed = f"signed by {row['signed_by']}" + (f"; {papers}" if papers else "")
            links.append(f"{row['occurred']} {what} at {where} ({signed})")
    return "\n    ".join(["", *links])


INQUIRIES = (
    Inquiry("How many GPUs were commissioned?", "reconcile", {}, _reconciled),
    Inquiry("Who holds them, where, in which state?", "where", {}, _held),
    Inquiry("Who owns them?", "title", {}, _by("owner")),
    Inquiry("Who uses them?", "use", {}, _by("lessee", "unallocated")),
    Inquiry("Use by the lessee's parent country?", "users-by-parent-country", {}, _by_country),
    Inquiry("Who stands behind the recipient?", "ownership", {"party": "aolani"}, _ownership),
    Inquiry("Plans against what is recorded?", "plans", {}, _plans),
    Inquiry("The H100 lease of 2025?", "lease-book", {"lease": "H100-2025"}, _lease),
    Inquiry("Before the first export?", "where", {}, _held, as_of="2026-05-03"),
    Inquiry("After the first dispatch?", "in-transit", {}, _moving, as_of="2026-05-04"),
    Inquiry(
        "In transit of SHP-13, as known before its receipt was corrected?",
        "in-transit",
        {"shipment": "SHP-13"},
        _moving,
        before_correction=True,
    ),
    Inquiry(
        "The chain of one GPU of the mixed rack R0056?",
        "custody",
        {"serial": "1654000003999"},
        _custody,
    ),
)


def answers(reader: Reader, zone: str) -> Iterable[tuple[str, str]]:
    """Yield each question of the story with its answer in words."""
    found = questions()
    corrected = ask(reader, found["corrections"], {}, as_of=_bound(AS_OF, zone), known_at=FOREVER)
    before = min(int(str(row["by_entry"])) for row in rows_of(corrected)) - 1
    for one in INQUIRIES:
        answer = ask(
            reader,
            found[one.query],
            one.given,
            as_of=_bound(one.as_of, zone),
            known_at=before if one.before_correction else FOREVER,
        )
        yield one.words, one.tell(rows_of(answer))


def rows_of(answer: Answer) -> list[Row]:
    """Return an answer's rows by column name."""
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _bound(day: str, zone: str) -> str:
    """Return the instant at which a day ends in the ledger's zone."""
    return utc_text(interval(day, load_zone(zone)).end)
