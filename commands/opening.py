"""Stock as it is opened: racks and loose units become events, each within what one may hold."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commands.act import Act
from commands.assembly import contents_of
from commands.importers.inventory import Content, Stock
from ledger import canonical
from ledger.errors import Conflict, Malformed
from ledger.events.base import STATEMENT_BYTES_MAX, Line
from ledger.events.product import OtherEntry, StockedRack, StockOpened

HEAD_BYTES_MAX = 4_000
"""What a statement holds beside its racks, its lines, and what the common options add to it."""

_SHOWN = 5
_OPENED = """
    SELECT line.rack, line.model, line.batch, line.state, line.quantity, stock_opening.site,
        event.idx
    FROM stock_opening JOIN event ON event.idx = stock_opening.event_idx
    JOIN counting ON counting.event_idx = event.idx AND counting.to_idx IS NULL
    JOIN line ON line.event_idx = event.idx
    WHERE event.asserted_by = ? AND event.basis <> 'third_party_report'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is the same for all events of one opening; see `StockOpened`."""

    site: str
    owner: str | None = None
    supplier: str | None = None
    from_entry: OtherEntry | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """One event, and the part of the stock that it opens."""

    data: StockOpened
    stocks: tuple[Stock, ...]


def openings(
    act: Act, stocks: Sequence[Stock], facts: Facts, stock: str | None = None
) -> list[Opening]:
    """Return the fewest events, in order, that these racks and loose units fit into.

    Args:
        act: whose act it is.
        stocks: racks and loose units.
        facts: what is the same for all.
        stock: identifier of the opening, or None; derived ones begin with the first rack or batch.

    Raises:
        Malformed: STOCK-PARTS where one identifier, or one correction, is for several events.
    """
    spelled = [_spelled(act, one) for one in stocks]
    parts = list(_split(spelled, _room(act)))
    if len(parts) > 1 and (stock is not None or act.given.corrects is not None):
        raise Malformed(
            "STOCK-PARTS",
            f"this takes {len(parts)} events, as one holds {STATEMENT_BYTES_MAX:,} bytes",
            where="--id" if act.given.corrects is None else "--corrects",
            hint="open fewer racks at once",
        )
    _compare_with_models(act, spelled)
    taken: set[str] = set()
    return [_opening(act, part, facts, stock, taken) for part in parts]


def not_opened(act: Act, stocks: Sequence[Stock], site: str, where: str) -> list[Stock]:
    """Return what the speaker has not opened yet; of a correction, what its entry opened.

    Raises:
        Conflict: RACK-DIFFERS, STOCK-DIFFERS where it opened a rack, or loose units of a batch at
            the site, with other units.
    """
    rows = list(act.view.rows(_OPENED, (act.speaker,)))
    if act.given.corrects is not None and act.standing is not None:
        entry = act.standing.index
        named = {str(row["rack"] or "").lower() for row in rows if row["idx"] == entry}
        return [one for one in stocks if (one.rack or "").lower() in named]
    entries: dict[str, int] = {}
    opened: defaultdict[str, Counter[Content]] = defaultdict(Counter)
    for row in rows:
        rack = str(row["rack"] or "").lower()
        if rack or str(row["site"]).lower() == site.lower():
            entries.setdefault(rack, int(str(row["idx"])))
            content = str(row["model"]), str(row["batch"]), str(row["state"])
            opened[rack][_folded(content)] += int(str(row["quantity"]))
    new = []
    for one in (piece for stock in stocks for piece in _pieces(stock)):
        rack = (one.rack or "").lower()
        told = {_folded(content): quantity for content, quantity in one.contents.items()}
        known = opened[rack]
        before = {content: known[content] for content in (told if one.rack is None else known)}
        if not any(before.values()):
            new.append(one)
        elif before != told:
            raise _differs(one, entries[rack], f"{where}:{one.line}")
    return new


def _folded(content: Content) -> Content:
    chip, batch, state = content
    return chip.lower(), batch.lower(), state


def _differs(stock: Stock, entry: int, where: str) -> Conflict:
    hint = f"correct it: the same command with --corrects {entry}; or take it out of the file"
    if stock.rack is not None:
        told = f"rack {stock.rack} was opened by entry {entry} with other units"
        return Conflict("RACK-DIFFERS", told, where=where, hint=hint)
    batch = stock.units[0].content[1]
    told = f"loose units of {batch} were opened by entry {entry} in another number"
    return Conflict("STOCK-DIFFERS", told, where=where, hint=hint)


def _spelled(act: Act, stock: Stock) -> Stock:
    """Return the same units in the recorded spelling; new names are what an opening is for."""
    names = act.names
    rack = None if stock.rack is None else names.as_recorded("rack", stock.rack)
    model = None if stock.model is None else names.as_recorded("model", stock.model)
    units = []
    for unit in stock.units:
        chip, batch, state = unit.content
        content = names.as_recorded("model", chip), names.as_recorded("batch", batch), state
        units.append(unit.containing(content))
    return Stock(rack, stock.line, model, stock.chassis, tuple(units))


def _room(act: Act) -> int:
    """Return how many bytes of racks and lines a statement has room for."""
    beside = [document.reference() for document in act.given.documents]
    taken = sum(len(canonical.encode(one)) + 1 for one in (*beside, *act.given.references))
    return STATEMENT_BYTES_MAX - HEAD_BYTES_MAX - taken


def _split(stocks: Iterable[Stock], room: int) -> Iterable[tuple[Stock, ...]]:
    """Yield parts of the stock that each fit into one statement."""
    part: list[Stock] = []
    seen: set[tuple[Content, int]] = set()
    size = 0
    for stock in (piece for one in stocks for piece in _pieces(one)):
        costs = _size(stock, seen)
        if part and size + costs > room:
            yield tuple(part)
            part, seen, size = [], set(), 0
            costs = _size(stock, seen)
        part.append(stock)
        seen.update(stock.contents.items())
        size += costs
    yield tuple(part)


def _pieces(stock: Stock) -> Iterable[Stock]:
    """Yield what must stay together: a rack, or the loose units of one content."""
    if stock.rack is not None:
        yield stock
        return
    for content in stock.contents:
        units = tuple(unit for unit in stock.units if unit.content == content)
        yield Stock(None, stock.line, None, None, units)


def _size(stock: Stock, seen: set[tuple[Content, int]]) -> int:
    """Return the bytes that a piece adds to a statement with these lines, or a little more."""
    size = 0 if stock.rack is None else len(canonical.encode(_rack(stock))) + 1
    for content, quantity in stock.contents.items():
        if (content, quantity) not in seen or stock.rack is None:
            size += len(canonical.encode(_line(content, quantity, ()))) + 1
        if stock.rack is not None:
            size += len(stock.rack) + 3
    return size


def _opening(
    act: Act, part: tuple[Stock, ...], facts: Facts, stock: str | None, taken: set[str]
) -> Opening:
    racks: defaultdict[tuple[Content, int], list[str]] = defaultdict(list)
    lines = []
    for one in part:
        for content, quantity in one.contents.items():
            if one.rack is None:
                lines.append(_line(content, quantity, ()))
            else:
                racks[content, quantity].append(one.rack)
    lines += [_line(*key, names) for key, names in racks.items()]
    stem = part[0].rack or part[0].units[0].content[1]
    identifier = act.identifier("stock", stock, stem)
    while identifier.lower() in taken:  # two parts of one batch's loose units
        identifier += "-2"
    taken.add(identifier.lower())
    data = StockOpened(
        holder=act.actor,
        stock=identifier,
        site=facts.site,
        owner=facts.owner,
        supplier=facts.supplier,
        racks=canonical.ordered(*(_rack(one) for one in part if one.rack is not None)),
        lines=canonical.ordered(*lines),
        from_entry=facts.from_entry,
    )
    return Opening(data, part)


def _rack(stock: Stock) -> StockedRack:
    return StockedRack(rack=str(stock.rack), model=str(stock.model), chassis_serial=stock.chassis)


def _line(content: Content, quantity: int, racks: Sequence[str]) -> Line:
    chip, batch, state = content
    return Line(
        model=chip,
        batch=batch,
        quantity=quantity,
        racks=canonical.ordered(*racks),
        state=state,  # type: ignore[arg-type]  # one of its literals, as checked
    )


def _compare_with_models(act: Act, stocks: Sequence[Stock]) -> None:
    """Take note of racks with another number of GPUs than their model contains."""
    models = {one.model for one in stocks if one.model is not None}
    for model in sorted(models):
        usual = contents_of(act, model)
        counted = [(one.rack, sum(one.contents.values())) for one in stocks if one.model == model]
        other = [f"{rack} ({count:,})" for rack, count in counted if count != usual]
        if usual is not None and other:
            more = f" and {len(other) - _SHOWN:,} more" if len(other) > _SHOWN else ""
            act.names.doubt(f"{model} contains {usual:,}, unlike {', '.join(other[:_SHOWN])}{more}")
