"""A supplier's ship notice becomes the dispatch, or says by segment why it does not."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.importers import segments
from commands.importers.ship_notice import ShipNotice, read_ship_notice
from ledger.errors import LedgerError, Malformed
from tests.desk_story import DeskStory, furnish, open_desk

ISA = (
    "ISA*00*          *00*          *ZZ*AIVRES         *ZZ*AOLANI         "
    "*260601*0900*U*00401*000000001*0*P*>~"
)
HEAD = ("BSN*00*SHP-77*20260601*0900", "HL*1**S", "REF*BM*MAEU1", "DTM*011*20260531", "REF*ZZ*x")
ORDER = ("HL*2*1*O", "PRF*PO-9")
ITEM = ("HL*3*2*I", "LIN*1*VP*900-2G548*LT*B-01*UP*7", "SN1*1*2.0*EA", "REF*SE*S1", "REF*SE*S2")
OTHER = ("HL*4*2*I", "LIN*2*VP*CABLE", "SN1*2*10*EA", "MAN*GM*00301")
DESADV = (
    "UNA:+.? '",
    "UNB+UNOA:3+AIVRES+AOLANI+260601:0900+1'",
    "UNH+1+DESADV:D:01B:UN'",
    "BGM+351+SHP-77+9'",
    "DTM+137:202606010900:203'",
    "DTM+11:20260531:102'",
    "RFF+AAS:WB?'1'",
    "RFF+XX:1'",
    "LIN+1++900-2G548:VP'",
    "PIA+1+B-01:NB'",
    "PIA+5+7:UP'",
    "QTY+12:2'",
    "QTY+59:1'",
    "GIN+BN+S1:S2'",
    "GIN+BJ+9'",
    "UNT+14+1''",
    "UNZ+1+1'",
)
OPTIONS = (
    "--to aolani --from-site PLANT --to-site JHR-1 --part 900-2g548=GPU --by aivres"
    " --basis counterparty --yes"
)


def x12(*parts: str, count: int | None = None) -> bytes:
    inside = "".join(f"{one}~\n" for one in parts)
    end = f"SE*{len(parts) + 2 if count is None else count}*0001~GE*1*1~IEA*1*000000001~"
    return f"{ISA}GS*SH*A*B*20260601*0900*1*X*004010~ST*856*0001~{inside}{end}".encode()


def desadv(**changed: str) -> bytes:
    return "\r\n".join(changed.get(one[:3], one) for one in DESADV).encode()


WHOLE = x12(*HEAD, *ORDER, *ITEM, *OTHER)


def read(content: bytes) -> ShipNotice:
    return read_ship_notice(content, "n.edi")


def test_an_856_says_what_was_sent() -> None:
    notice = read(WHOLE)
    assert (notice.number, notice.sent_on) == ("SHP-77", "2026-05-31")
    assert notice.references == [("bol", "MAEU1"), ("po", "PO-9")]
    first, second = notice.items
    assert (first.part, first.batch, first.count, first.serials) == (
        "900-2G548",
        "B-01",
        2,
        ["S1", "S2"],
    )
    assert (second.part, second.count) == ("CABLE", 10)
    assert notice.unread == {"REF": 1, "MAN": 1}


def test_a_desadv_says_the_same() -> None:
    notice = read(desadv())
    assert (notice.number, notice.sent_on) == ("SHP-77", "2026-05-31")
    assert notice.references == [("waybill", "WB'1")]
    (item,) = notice.items
    assert (item.part, item.batch, item.count, item.serials) == (
        "900-2G548",
        "B-01",
        2,
        ["S1", "S2"],
    )
    assert notice.unread == {"RFF": 1, "PIA": 1, "QTY": 1, "GIN": 1}


def test_the_day_of_the_message_stands_for_that_of_dispatch_where_it_is_alone() -> None:
    late = (HEAD[3], HEAD[0], *HEAD[1:3], *ITEM)
    assert read(x12(*late)).sent_on == "2026-05-31"
    assert read(x12("BSN*00*N*nonsense", *ITEM)).sent_on is None
    assert read(desadv(DTM="DTM+137:20260601:102'")).sent_on == "2026-06-01"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"ISA*00",
        ISA.replace("*", "A").encode(),
        x12(*HEAD),
        x12(*ITEM),
        x12("BSN*00*N/A*20260601", *ITEM),
        x12(*HEAD, *ITEM, count=3),
        x12(*HEAD, *ITEM).replace(b"ST*856", b"ST*850"),
        x12(*HEAD, *ITEM).replace(b"ST*856*0001~", b""),
        x12(*HEAD, *ITEM, "ST*856*2"),
        desadv(UNH="UNH+1'"),
        b"UNB+'",
        b"UNA",
    ],
)
def test_what_is_no_notice_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read(content)
    assert caught.value.code == "EDI-FORM"
    assert caught.value.hint


def test_a_notice_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "BYTES_MAX", 10)
    with pytest.raises(Malformed) as caught:
        read(WHOLE)
    assert caught.value.code == "TOO-LARGE"


@given(st.data())
def test_no_change_of_a_notice_breaks_the_reader(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([WHOLE, desadv()])))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(LedgerError):
        assert read(bytes(content)).items


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    return open_desk(tmp_path_factory.mktemp("notice") / "ledger", furnish)


@pytest.fixture
def desk(furnished: DeskStory, tmp_path: Path) -> DeskStory:
    return furnished.copy(tmp_path)


@pytest.mark.parametrize("content", [WHOLE, desadv()])
def test_a_notice_is_recorded_as_the_suppliers_dispatch_and_once(
    desk: DeskStory, content: bytes
) -> None:
    path = desk.file("notice.edi", content)
    told = desk.run(f"import ship-notice {path} {OPTIONS}")
    assert "segments that had no place: " in told.stderr
    statement = desk.newest()
    assert (statement.basis, statement.occurred) == ("counterparty", "2026-05-31")
    assert (statement.data.shipment, statement.data.consignor) == ("SHP-77", "aivres")
    assert [(one.model, one.batch, one.quantity) for one in statement.data.lines] == [
        ("GPU", "B-01", 2)
    ]
    assert [one.title for one in statement.documents] == ["notice.edi"]
    assert statement.references[0].value in {"MAEU1", "WB'1"}
    before = desk.size
    assert "recorded already" in desk.run(f"import ship-notice {path} {OPTIONS}").stderr
    assert desk.size == before
    desk.run(f"import ship-notice {path} {OPTIONS} --corrects {before - 1} --on 2026-06-02")
    assert desk.newest().occurred == "2026-06-02"
    desk.run("shipment receive SHP-77 --on 2026-06-09 --yes")
    assert sum(row["quantity"] for row in desk.rows("where --site JHR-1")) == 2


def test_a_notice_with_a_password_is_not_stored(desk: DeskStory) -> None:
    path = desk.file("n.edi", x12(*HEAD, *ITEM, "MSG*BMC password: geheim-1"))
    told = desk.run(f"import ship-notice {path} {OPTIONS}")
    assert "segments that had no place: MSG 1" in told.stderr
    assert desk.newest().documents[0].title == "n.edi, what was read of it"


def test_every_bad_line_of_a_notice_is_told(furnished: DeskStory) -> None:
    second = ("HL*4*2*I", "LIN*1*VP*900-2G548*LT*B 1", "SN1*1*many", "REF*SE*s1", "REF*SE*\x07")
    third = ("HL*5*2*I", "LIN*1*VP*900-2G548", "SN1*1*9", "REF*SE*S5")
    path = furnished.file("n.edi", x12(*HEAD, *ITEM, *second, *third))
    output = furnished.refused(f"import ship-notice {path} {OPTIONS}", code="ROWS-REJECTED")
    for told in (
        "segment 14: batch 'B 1' is no identifier",
        "segment 14: it names no whole number of units",
        "segment 14: serial s1 stands in the notice twice",
        "segment 14: serial '\\x07' is not",
        "segment 19: it names no batch",
        "segment 19: 9 units, and 1 serial numbers",
    ):
        assert told in output, output


def test_a_line_may_count_by_its_serial_numbers_alone(desk: DeskStory) -> None:
    path = desk.file("n.edi", x12(HEAD[0], ITEM[0], ITEM[1].replace("*UP*7", ""), *ITEM[3:]))
    desk.run(f"import ship-notice {path} {OPTIONS} --id SHP-78 --batch B-02")
    assert desk.newest().data.lines[0].quantity == 2


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (x12(*HEAD, *OTHER), "", "PART-UNKNOWN"),
        (x12("BSN*00*SHP 77*20260601", *ITEM), "", "NOTICE-NUMBER"),
        (WHOLE, " --part GPU", "USAGE"),
    ],
)
def test_what_is_missing_is_told(
    furnished: DeskStory, content: bytes, options: str, code: str
) -> None:
    path = furnished.file("n.edi", content)
    furnished.refused(f"import ship-notice {path} {OPTIONS}{options}", code=code)
