"""The reference of the public interface, read off the source: signatures and docstrings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docs.api_source import LINE_MAX, Source, class_signature, documented, read_source, signature
from docs.api_table import PUBLIC, Module
from docs.docstrings import Docstring, read_docstring
from docs.error_reference import all_raised
from docs.event_reference import nested_structs
from ledger.events import EVENT_TYPES

CODE = re.compile(r"(?<![`\w-])[A-Z][A-Z0-9]*(?:-(?:[A-Z0-9]+|…))*(?![`\w-])")
Function = ast.FunctionDef | ast.AsyncFunctionDef

INTRODUCTION = """# Library

What a program may rely on that embeds chipledger. How the parts go together is in
[embed the library](../how-to/embed-the-library.md).

**Public** are the modules and names listed here. Until 1.0.0 a change of them is in the
[changelog](../../CHANGELOG.md); everything else may change without notice: other modules, other
names in these modules, names that begin with `_`, and the command line's own package `commands`.

On the pages of the modules, *Raises* names families and codes; what they say and how to mend it is
in [errors](errors.md). Types such as `PartyId`, `Name` or `Sha256Hex` are text, `Count` and
`Quantity` whole numbers, of a form that is checked when a statement is encoded. All packages are
typed (`py.typed`).
"""
EVENTS = """## Event structs

One struct for each event type, made with keyword arguments and never changed. The fields are in
[event types](events.md).

| struct | module | fields |
|---|---|---|
"""


def api_page() -> str:
    """Return the index of everything public."""
    parts = [INTRODUCTION]
    for group, modules in PUBLIC.items():
        rows = "".join(
            f"| [`{one.name}`]({page_name(group)}#{one.name.replace('.', '')}) | {one.purpose} |\n"
            for one in modules
        )
        parts.append(f"## {group}\n\n| module | what for |\n|---|---|\n{rows}")
    return "\n".join([*parts, EVENTS + "".join(_event_rows())])


def page_name(group: str) -> str:
    """Return the file name of a group's page."""
    return f"api-{group.lower().replace(' ', '-')}.md"


def group_page(group: str, root: Path) -> str:
    """Return the reference of the modules of one group, read under `root`."""
    parts = [f"# Library: {group.lower()}\n\nPart of the [library reference](api.md).\n"]
    codes = frozenset(one.code for one in all_raised(root))
    for one in PUBLIC[group]:
        source = read_source(one, root)
        parts.append(f"## {one.name}\n\n{one.purpose}\n")
        parts += [block + "\n" for block in _module(source, codes)]
    return "\n".join(parts)


def docstring(node: ast.ClassDef | Function, where: str) -> Docstring:
    """Return what a node's docstring says; nothing where there is none."""
    return read_docstring(ast.get_docstring(node) or "", where)


def _module(source: Source, codes: frozenset[str]) -> Iterator[str]:
    constants = [one for one in source.module.names if _is_constant(source.nodes[one])]
    if constants:
        yield "\n".join(_constant(source, one) for one in constants)
    for name, node in documented(source):
        where = f"{source.module.name}.{name}"
        if isinstance(node, ast.ClassDef):
            yield f"### {name}"
            shown = class_signature(source, node)
        else:
            yield f"{'####' if '.' in name else '###'} {name}"
            shown = signature(source, node, name)
        yield f"```python\n{shown}\n```"
        if isinstance(node, ast.ClassDef):
            yield from (f"Has all that {one} has." for one in _bases(node, source.module))
        yield from _told(docstring(node, where), codes)


def _bases(node: ast.ClassDef, module: Module) -> Iterator[str]:
    """Yield a link to each public base that is in another module."""
    names = {ast.unparse(one) for one in node.bases}
    for group, modules in PUBLIC.items():
        for other in modules:
            for name in other.names if other.name != module.name else ():
                if name in names:
                    yield f"[`{name}`]({page_name(group)}#{name.lower()})"


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign)


def _constant(source: Source, name: str) -> str:
    node = source.nodes[name]
    shown = name
    if isinstance(node, ast.AnnAssign):
        shown = f"{name}: {source.code(node.annotation)}"
    elif isinstance(node, ast.Assign) and not name.startswith("__"):
        called = any(isinstance(one, ast.Call) for one in ast.walk(node.value))
        value = source.code(node.value)
        long = len(value) > LINE_MAX and not value.startswith("Literal[")
        shown = name if called or long else f"{name} = {value}"
    note = source.notes.get(name)
    return f"- `{shown}`" + (f": {note}" if note else "")


def _told(text: Docstring, codes: frozenset[str]) -> Iterator[str]:
    """Yield the blocks of a docstring."""
    if text.prose:
        yield text.prose
    for section in ("Attributes", "Args"):
        entries = text.entries(section)
        if entries:
            yield "\n".join(f"- `{name}`: {said}" for name, said in entries.items())
    for section in ("Returns", "Yields"):
        for said in text.entries(section).values():
            yield f"{section}: {said}"
    raises = text.entries("Raises")
    if raises:
        rows = (
            f"- `{name.replace(', ', '`, `')}`: {quoted(said, codes)}"
            for name, said in raises.items()
        )
        yield "Raises:\n\n" + "\n".join(rows)


def quoted(text: str, codes: frozenset[str]) -> str:
    """Return a text with backticks around the codes in it, and around the beginnings of codes."""

    def quote(found: re.Match[str]) -> str:
        start = found[0].removesuffix("…")
        known = found[0] in codes or (
            start != found[0] and any(one.startswith(start) for one in codes)
        )
        return f"`{found[0]}`" if known else found[0]

    return CODE.sub(quote, text)


def _event_rows() -> Iterator[str]:
    shown = {
        row.data: (row.name, f"events.md#{row.name.replace('.', '').lower()}")
        for row in EVENT_TYPES.values()
    }
    for struct, (title, target) in shown.items():
        yield f"| `{struct.__name__}` | `{struct.__module__}` | [{title}]({target}) |\n"
    for part in nested_structs():
        if part.__module__ != "ledger.events.base":
            target = f"events.md#{part.__name__.lower()}"
            yield f"| `{part.__name__}` | `{part.__module__}` | [part]({target}) |\n"
