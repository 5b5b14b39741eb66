"""Questions as files: how a head is read, what may be asked, and what a question cannot do."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Unavailable
from projections.questions import Answer, Question, ask, find, questions, sqlite_reader
from projections.sql_header import SQL_BYTES_MAX, Column, Parameter, SqlFile, read_sql

HEAD = """-- title: Racks
-- question: Which racks were
--           built of a batch?
-- parameters: batch (batch, required, the batch)
--             site (site, optional, built here)
-- columns: rack: as its maker named it
-- note: Nothing of what became of them.
"""
SELECT = """SELECT rack FROM line
WHERE batch = :batch AND (:site IS NULL OR site = :site) AND at < :as_of AND idx <= :known_at
"""


def read(text: str) -> SqlFile:
    return read_sql(
        text, "racks.sql", required=frozenset({"title", "question"}), optional=frozenset({"note"})
    )


def refusal(text: str) -> str:
    with pytest.raises(Malformed) as caught:
        read(text)
    assert caught.value.where == "racks.sql"
    return caught.value.code


def test_a_head_says_what_is_asked_and_what_it_takes() -> None:
    file = read(HEAD + SELECT)
    assert file.texts["question"] == "Which racks were built of a batch?"
    assert file.parameters == (
        Parameter("batch", "batch", required=True, meaning="the batch"),
        Parameter("site", "site", required=False, meaning="built here"),
    )
    assert file.columns == (Column("rack", "as its maker named it"),)
    assert file.sql == SELECT.strip()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-- title: Racks\n", ""),
        ("-- title: Racks\n", "-- title: Racks\n-- title: Racks\n"),
        ("-- title: Racks\n", "-- title: Racks\n-- severity: high\n"),
        ("-- title: Racks\n", "--             Racks\n"),
        ("-- title: Racks\n", "-- Title: Racks\n"),
        ("-- title: Racks\n", "--title: Racks\n"),
        ("-- title: Racks\n", "-- title: \n"),
        ("batch (batch, required, the batch)", "batch (batch, needed, the batch)"),
        ("batch (batch, required, the batch)", "batch (lot, required, the batch)"),
        ("batch (batch, required, the batch)", "as_of (text, required, when)"),
        ("batch (batch, required, the batch)", "lot (batch, required, the batch)"),
        ("site (site, optional, built here)", "batch (batch, optional, again)"),
        ("-- columns: rack: as its maker named it", "-- columns: rack, as its maker named it"),
        ("at < :as_of", "at < 'now'"),
        ("idx <= :known_at", "idx <= 9"),
    ],
)
def test_a_head_that_is_not_well_formed_is_refused(old: str, new: str) -> None:
    text = HEAD + SELECT
    assert old in text
    assert refusal(text.replace(old, new)) == "SQL-HEADER"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM line WHERE batch = :batch AND :site AND :as_of AND :known_at",
        "SELECT :batch, :site, :as_of, :known_at; DELETE FROM line",
        "SELECT :batch, :site, :as_of, :known_at, ?",
        "SELECT :batch, :site, :as_of, :known_at, @x",
        "PRAGMA writable_schema = 1",
        "",
    ],
)
def test_a_file_holds_one_select_with_named_values(sql: str) -> None:
    assert refusal(HEAD + sql) == "SQL-STATEMENT"


def test_what_stands_in_texts_names_and_remarks_is_no_value() -> None:
    quiet = "/* :a; ? */ -- :b ;\nSELECT ':c ?' AS \"x:d\", :batch, :site, :as_of, :known_at;"
    assert len(read(HEAD + quiet).parameters) == 2


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert refusal(HEAD + SELECT + " " * SQL_BYTES_MAX) == "SQL-TOO-LARGE"


def test_a_head_alone_is_no_question() -> None:
    assert refusal(HEAD.rstrip("\n")) == "SQL-STATEMENT"


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([*HEAD.splitlines(True), *SELECT.splitlines(True), "-- x\n"])).map(
            "".join
        ),
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        file = read(text)
    except LedgerError:
        return
    assert file.sql
    assert set(file.texts) >= {"title", "question"}


# ---- the collection


def test_every_question_of_the_product_is_there() -> None:
    assert set(questions()) == {
        "announcements",
        "anchors",
        "as-found",
        "assurance",
        "authorization-usage",
        "capacity-over-time",
        "certified-acts",
        "changed-since",
        "cluster",
        "figures-since",
        "installed-base",
        "lease-overlaps",
        "movements",
        "on-site",
        "records",
        "site-capacity",
        "three-way",
        "transfers",
        "unknown",
        "usual-papers",
        "answers",
        "batches",
        "keys",
        "moves",
        "possession-over-time",
        "possession-path",
        "racks",
        "running-over-time",
        "signatures",
        "units",
        "units-at",
        "authorization-timeline",
        "holds",
        "incidents",
        "lease-timeline",
        "retention",
        "balances",
        "certification-timeline",
        "claims",
        "corrections",
        "custody",
        "documents",
        "exports",
        "holdings",
        "in-transit",
        "inspections",
        "lease-book",
        "owners",
        "parties",
        "ownership",
        "plans",
        "reconcile",
        "roles-at-site",
        "shipment",
        "title",
        "use",
        "users",
        "users-by-parent-country",
        "where",
        "whose-word",
    }
    for question in questions().values():
        assert question.question.endswith("?")
        assert question.note is not None


def test_a_user_adds_a_folder(tmp_path: Path) -> None:
    (tmp_path / "racks-of.sql").write_text(HEAD + SELECT)
    (tmp_path / "notes.txt").write_text("not a question")
    found = questions(tmp_path)
    assert found["racks-of"].title == "Racks"
    assert list(found) == sorted(found)
    assert len(found) == len(questions()) + 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("where.sql", (HEAD + SELECT).encode(), "QUERY-NAME"),
        ("Racks.sql", (HEAD + SELECT).encode(), "QUERY-NAME"),
        ("racks.sql", b"\xff", "SQL-HEADER"),
        ("racks.sql", b"SELECT 1", "SQL-HEADER"),
    ],
)
def test_a_users_file_is_held_to_the_same_rule(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Malformed) as caught:
        questions(tmp_path)
    assert caught.value.code == code


def test_a_folder_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        questions(tmp_path / "none")
    assert caught.value.code == "QUERY-FOLDER"


def test_a_name_that_is_not_quite_right_brings_the_nearest() -> None:
    assert find(questions(), "custody").name == "custody"
    with pytest.raises(Malformed) as caught:
        find(questions(), "Kustody")
    assert (caught.value.code, caught.value.hint) == ("QUERY-UNKNOWN", "did you mean custody?")
    with pytest.raises(Malformed) as caught:
        find(questions(), "weather")
    assert caught.value.hint is not None
    with pytest.raises(Malformed) as caught:
        find(questions(), "?")
    assert caught.value.hint == f"there are {', '.join(questions())}"


# ---- asking


@pytest.fixture
def racks() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE line (rack, batch, site, at, idx)")
    connection.execute("INSERT INTO line VALUES ('R1', 'B1', 'JHR1', '2026-01-05', 4)")
    return connection


def question(sql: str = SELECT, name: str = "racks") -> Question:
    file = read(HEAD + sql)
    return Question(
        name=name,
        title="Racks",
        question="Which?",
        note=None,
        parameters=file.parameters,
        columns=file.columns,
        sql=file.sql,
    )


def answer(connection: sqlite3.Connection, asked: Question, **values: object) -> Answer:
    reader = sqlite_reader(connection)
    return ask(reader, asked, values, as_of="2026-02-01T00:00:00Z", known_at=9)


def test_an_answer_has_columns_and_rows(racks: sqlite3.Connection) -> None:
    assert answer(racks, question(), batch="B1") == Answer(("rack",), [("R1",)])
    assert answer(racks, question(), batch="B1", site="NV-WH1") == Answer(("rack",), [])
    assert answer(racks, question(), batch="B1", site=None).rows == [("R1",)]


def test_a_value_is_bound_and_never_part_of_the_statement(racks: sqlite3.Connection) -> None:
    assert answer(racks, question(), batch="B1' OR '1' = '1").rows == []


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({}, None),
        ({"batch": None}, None),
        ({"batch": "B1", "sites": "JHR1"}, "did you mean site?"),
        ({"batch": "B1", "when": "JHR1"}, "it takes batch, site"),
    ],
)
def test_a_parameter_that_is_missing_or_unknown_is_named(
    racks: sqlite3.Connection, values: dict[str, object], hint: str | None
) -> None:
    with pytest.raises(Malformed) as caught:
        answer(racks, question(), **values)
    assert (caught.value.code, caught.value.hint) == ("QUERY-PARAMETER", hint)


@pytest.mark.parametrize("value", [2**80, "\ud800"])
def test_a_value_that_no_ledger_holds_is_refused(racks: sqlite3.Connection, value: object) -> None:
    with pytest.raises(Malformed) as caught:
        answer(racks, question(), batch=value)
    assert caught.value.code == "QUERY-PARAMETER"


def test_a_damaged_file_is_not_the_questions_fault(tmp_path: Path) -> None:
    path = tmp_path / "view"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE line (rack, batch, site, at, idx)")
        rows = [("R1" * 2000, "B1", "JHR1", "2026-01-05", n) for n in range(9)]
        connection.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    connection = sqlite3.connect(path)
    with pytest.raises(Unavailable) as caught:
        answer(connection, question(), batch="B1")
    connection.close()
    assert caught.value.code == "QUERY-FAILED"


def test_a_question_that_takes_nothing_says_so(racks: sqlite3.Connection) -> None:
    with pytest.raises(Malformed) as caught:
        answer(racks, questions()["reconcile"], batch="B1")
    assert caught.value.hint == "it takes none"


@pytest.mark.parametrize(
    "sql",
    [
        "WITH x AS (SELECT :batch, :site, :as_of, :known_at) DELETE FROM line",
        "WITH x AS (SELECT :batch, :site, :as_of, :known_at) INSERT INTO line SELECT 1, 2, 3, 4, 5",
        "SELECT load_extension('x'), :batch, :site, :as_of, :known_at",
        "SELECT rack FROM nowhere WHERE :batch AND :site AND :as_of AND :known_at",
    ],
)
def test_a_question_can_only_read_the_tables_there_are(racks: sqlite3.Connection, sql: str) -> None:
    with pytest.raises(Malformed) as caught:
        answer(racks, question(sql), batch="B1")
    assert caught.value.code == "QUERY-SQL"
    assert caught.value.where == "racks.sql"
    assert racks.execute("SELECT count(*) FROM line").fetchone() == (1,)


def test_neither_attach_nor_pragma_passes_but_the_file_can_be_written_afterwards(
    racks: sqlite3.Connection, tmp_path: Path
) -> None:
    reader = sqlite_reader(racks)
    for statement in (f"ATTACH DATABASE '{tmp_path}/x' AS x", "PRAGMA user_version = 7"):
        with pytest.raises(sqlite3.DatabaseError):
            reader(statement, {})
    assert not (tmp_path / "x").exists()
    racks.execute("INSERT INTO line VALUES ('R2', 'B1', 'JHR1', '2026-01-05', 5)")
    assert len(answer(racks, question(), batch="B1").rows) == 2
