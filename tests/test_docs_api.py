"""What is public is documented: each name, what it takes, what it raises."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.api_reference import CODE, api_page, docstring, group_page, quoted
from docs.api_source import (
    Function,
    Source,
    class_signature,
    documented,
    fields_of,
    read_source,
    signature,
)
from docs.api_table import PUBLIC, Module
from docs.docstrings import read_docstring
from docs.error_reference import all_raised, raised
from ledger.events import EVENT_TYPES
from tests.transcripts import ROOT

SOURCES = [read_source(one, ROOT) for group in PUBLIC.values() for one in group]
NO_CODE = {"UTF-8", "SHA-256"}
FIELDS = {"where", "hint"}
"""What a docstring may name in backticks beside public names: attributes of the error itself."""

OURS = ("ledger", "projections")
WORDS = re.compile(r"(Id|Name|Text|Code|Count|Quantity|Sha256Hex|Uuid7|Base64|Base64Key|Label|At)$")
"""Types that are text or a number of a checked form, which the page says in a sentence."""


def public() -> set[str]:
    """Every public name: alone, with its class, with its module."""
    found = set()
    for source in SOURCES:
        names = {*source.module.names, *(name for name, _ in documented(source))}
        found |= names | {f"{source.module.name}.{name}" for name in names}
        found |= {name.split(".")[-1] for name in names}
    return found


def raises(node: ast.ClassDef | Function) -> dict[str, str]:
    """What a docstring says of each family."""
    found: dict[str, str] = {}
    for families, said in docstring(node, node.name).entries("Raises").items():
        for family in families.split(", "):
            found[family] = f"{found.get(family, '')} {said}"
    return found


each_module = pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.module.name)


@each_module
def test_what_is_public_says_what_it_does_and_what_each_argument_is(source: Source) -> None:
    for name, node in documented(source):
        said = docstring(node, name)
        assert said.prose, name
        if isinstance(node, ast.ClassDef):
            fields = {field for field, _ in fields_of(source, node)}
            assert set(said.entries("Attributes")) <= fields | assigned(node), name
        else:
            arguments = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
            arguments |= {one.arg for one in (node.args.vararg, node.args.kwarg) if one}
            described = set(said.entries("Args"))
            assert not described or described == arguments - {"self", "cls"}, name


def assigned(node: ast.ClassDef) -> set[str]:
    """Attributes that a class or its methods set, those that no argument sets too."""
    fields = (one.target for one in node.body if isinstance(one, ast.AnnAssign))
    return {one.id for one in fields if isinstance(one, ast.Name)} | {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
    }


@each_module
def test_codes_that_are_told_are_those_of_the_reference(source: Source) -> None:
    known = {(one.code, one.family) for one in all_raised(ROOT)}
    names = public()
    for name, node in documented(source):
        for families, said in docstring(node, name).entries("Raises").items():
            wanted = families.split(", ")
            wrong = [one for one in CODE.findall(said) if not is_told_of(one, wanted, known)]
            assert wrong == [], f"{name}: {families}"
            assert set(re.findall(r"`([\w.]+)`", said)) <= names | FIELDS, name


def is_told_of(code: str, families: list[str], known: set[tuple[str, str]]) -> bool:
    """Whether one of the families has a code, or one that begins so; a plain word may be none."""
    if code in NO_CODE or ("-" not in code and code not in {one for one, _ in known}):
        return True
    found = (one for one, family in known if family in families)
    if code.endswith("…"):
        return any(one.startswith(code[:-1]) for one in found)
    return code in found


@each_module
def test_codes_that_are_raised_are_told(source: Source) -> None:
    for name, node in documented(source):
        if isinstance(node, ast.ClassDef):
            continue
        told = raises(node)
        for one in raised({name: ast.Module(body=[node], type_ignores=[])}):
            assert one.code in CODE.findall(told.get(one.family, "")), name


def annotations(source: Source) -> Iterator[tuple[str, ast.expr]]:
    for name, node in documented(source):
        if isinstance(node, ast.ClassDef):
            fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
            yield from ((name, one.annotation) for one in fields if not _hidden(one))
            continue
        given = [*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        yield from ((name, one.annotation) for one in given if one and one.annotation)
        if node.returns:
            yield name, node.returns


def _hidden(field: ast.AnnAssign) -> bool:
    return isinstance(field.target, ast.Name) and field.target.id.startswith("_")


@each_module
def test_types_in_public_signatures_are_public(source: Source) -> None:
    imported = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(ast.parse(b"\n".join(source.lines)))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(OURS)
        for alias in node.names
    }
    offered = {(one.module.name, name) for one in SOURCES for name in one.module.names}
    modules = {row.data.__module__ for row in EVENT_TYPES.values()} | {"ledger.events"}
    found = []
    for name, annotation in annotations(source):
        for node in ast.walk(annotation):
            if not isinstance(node, ast.Name) or WORDS.search(node.id):
                continue
            own = (source.module.name, node.id) if node.id in source.nodes else None
            origin = imported.get(node.id, own)
            if origin and origin not in offered and origin[0] not in modules:
                found.append(f"{name}: {node.id}")
    assert set(found) <= {
        "LedgerReader.source: StoreSource",  # a LiveSource, as its docstring says
        "DocumentRef: DOCUMENT_BYTES_MAX",
        "ordered: _T",
    }


def test_what_is_hidden_is_there_to_be_hidden() -> None:
    for source in SOURCES:
        for one in source.module.hidden:
            name, method = one.split(".")
            node = source.class_of(name)
            assert node is not None
            assert method in {getattr(member, "name", "") for member in node.body}, one


def test_a_class_leads_to_the_public_one_that_it_is_made_of() -> None:
    page = group_page("Writing", ROOT)
    assert "Has all that [`LedgerReader`](api-reading.md#ledgerreader) has." in page


def test_every_public_name_is_on_a_page() -> None:
    for group, modules in PUBLIC.items():
        page = group_page(group, ROOT)
        for one in modules:
            assert f"`{one.name}`" in api_page()
            section = page.split(f"## {one.name}\n")[1].split("\n## ")[0]
            for name in one.names:
                assert re.search(rf"^### {name}$|^- `{name}\b", section, re.MULTILINE), name
    assert all(f"`{row.data.__name__}`" in api_page() for row in EVENT_TYPES.values())


MODULE = '''
"""A module."""
SIZE_MAX = 10
"""Largest
size."""
TABLE: dict[str, int] = {}
Kind = Literal[
    "a",
    "b",
]

@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two."""
    left: int
    right: "str | None" = None
    names: dict[str, str] = field(default_factory=dict)
    made: int = field(init=False)
    kinds: ClassVar[int] = 1

class Door(Protocol):
    """A door."""
    @property
    def is_open(self) -> bool:
        """Whether it is open."""
    @classmethod
    def of(cls, *names: str, wide: bool = False, **more: object) -> Self:
        """Return a door."""
    def shut(self) -> None:
        """For its hinges."""
    @contextmanager
    def held(self) -> Iterator[int]:
        """Hold it."""

class Fault(Exception):
    """A fault."""
    def __init__(self, code: str, *, where: str | None = None) -> None: ...

def find(
    a_long_name: Mapping[str, Sequence[int]], another_long_name: tuple[int, ...] = (), *, last: int,
) -> None:
    """Find."""
'''


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "one.py").write_text(MODULE)
    names = ("SIZE_MAX", "Pair", "Door", "Fault", "find")
    return read_source(Module("one", "A module.", names, frozenset({"Door.shut"})), tmp_path)


def test_signatures_are_as_written_whatever_the_version_of_python(source: Source) -> None:
    shown = [
        class_signature(source, node)
        if isinstance(node, ast.ClassDef)
        else signature(source, node, name)
        for name, node in documented(source)
    ]
    assert shown[:-1] == [
        'Pair(*, left: int, right: "str | None" = None, names: dict[str, str] = dict())',
        "class Door(Protocol)",
        "Door.is_open: bool",
        "Door.of(*names: str, wide: bool = False, **more: object) -> Self",
        "Door.held() -> AbstractContextManager[int]",
        "Fault(code: str, *, where: str | None = None)",
    ]
    assert shown[-1].splitlines() == [
        "find(",
        "    a_long_name: Mapping[str, Sequence[int]],",
        "    another_long_name: tuple[int, ...] = (),",
        "    *,",
        "    last: int,",
        ") -> None",
    ]
    assert source.notes == {"SIZE_MAX": "Largest size."}
    kind = source.nodes["Kind"]
    assert isinstance(kind, ast.Assign)
    assert source.code(kind.value) == 'Literal["a", "b"]'


def test_a_name_that_is_not_there_stops_the_reference(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(MODULE)
    with pytest.raises(SystemExit, match="one does not define gone"):
        read_source(Module("one", "A module.", ("find", "gone")), tmp_path)


def test_a_docstring_is_read_section_by_section() -> None:
    said = read_docstring(
        """Find it.

        More of it.

        Args:
            a, b: two
                numbers.

        Returns:
            What is found,
            or nothing.

        Raises:
            Malformed, Refused: A-CODE,
                B-CODE.
        """,
        "find",
    )
    assert said.prose == "Find it.\n\nMore of it."
    assert said.entries("Args") == {"a, b": "two numbers."}
    assert said.entries("Returns") == {"": "What is found, or nothing."}
    assert said.entries("Raises") == {"Malformed, Refused": "A-CODE, B-CODE."}
    assert said.entries("Attributes") == {}


@pytest.mark.parametrize("line", ["  two: blanks", "    no colon", "free text"])
def test_a_line_that_belongs_to_no_entry_stops_the_reference(line: str) -> None:
    with pytest.raises(SystemExit, match="find: a line of its docstring belongs to no entry"):
        read_docstring(f"Find it.\n\nArgs:\n{line}\n", "find")


def test_codes_and_beginnings_of_codes_are_set_apart_from_other_capitals() -> None:
    codes = frozenset({"URL", "KEY-OLD", "KEY-LOST"})
    text = "URL, KEY-OLD or KEY-…; not SHA-256, RFC-… or `KEY-LOST`"
    assert quoted(text, codes) == "`URL`, `KEY-OLD` or `KEY-…`; not SHA-256, RFC-… or `KEY-LOST`"


def test_the_pages_need_no_import_of_what_they_describe() -> None:
    """So no object's address or a version's way to print a signature can get into them."""
    for path in ("docs/api_source.py", "docs/docstrings.py", "docs/api_table.py"):
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        names = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (node.module or "").split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert names <= sys.stdlib_module_names | {"docs"}
