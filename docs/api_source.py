"""Public modules as they are written: what they define, and the signatures of it.

Nothing is imported for it, so that a page is the same whatever version of Python writes it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.api_table import Module

LINE_MAX = 88
RECORDS = frozenset({"Canonical", "EventData", "Struct", "NamedTuple", "_Head"})
"""Bases whose subclasses are made of their fields."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """A module's source, and what is defined in it.

    Attributes:
        module: its row of the table.
        lines: the source, line by line, as bytes: what the parser counts.
        nodes: classes, functions and assignments at its top, by name.
        notes: the string that follows an assignment, by name.
    """

    module: Module
    lines: list[bytes]
    nodes: dict[str, ast.stmt]
    notes: dict[str, str]

    def code(self, node: ast.expr | ast.stmt) -> str:
        """Return a node as it is written, on one line."""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        lines = self.lines[first : last + 1]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        line = re.sub(r"\s+", " ", b"\n".join(lines).decode())
        return re.sub(r"(?<=[\[(]) |,? (?=[\])])", "", line)

    def class_of(self, name: str) -> ast.ClassDef | None:
        """Return the class of this name, or None where it is another module's."""
        node = self.nodes.get(name)
        return node if isinstance(node, ast.ClassDef) else None


def read_source(module: Module, root: Path) -> Source:
    """Return the source of a public module.

    Raises:
        SystemExit: it does not define one of its public names.
    """
    base = root.joinpath(*module.name.split("."))
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    nodes: dict[str, ast.stmt] = {}
    notes: dict[str, str] = {}
    named = ""
    for node in ast.parse(text).body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                named = node.name
            case (
                ast.Assign(targets=[ast.Name(id=named)]) | ast.AnnAssign(target=ast.Name(id=named))
            ):
                pass
            case ast.Expr(value=ast.Constant(value=str(note))) if named:
                notes[named] = " ".join(note.split())
                continue
            case _:
                named = ""
                continue
        nodes[named] = node
    missing = [name for name in module.names if name not in nodes]
    if missing:
        sys.exit(f"{module.name} does not define {', '.join(missing)}")
    return Source(module, text.encode().split(b"\n"), nodes, notes)


def documented(source: Source) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Yield every public class, function and method of a module, by its qualified name."""
    for name in source.module.names:
        node = source.nodes[name]
        if isinstance(node, ast.ClassDef | Function):
            yield name, node
        if isinstance(node, ast.ClassDef):
            methods = ((f"{name}.{one.name}", one) for one in _methods(node))
            yield from (one for one in methods if one[0] not in source.module.hidden)


def _methods(node: ast.ClassDef) -> Iterator[Function]:
    for one in node.body:
        if isinstance(one, Function) and not one.name.startswith("_"):
            yield one


def _decorators(node: ast.ClassDef | Function) -> set[str]:
    called = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
    return {ast.unparse(one).split(".")[-1] for one in called}


def signature(source: Source, node: Function, name: str) -> str:
    """Return how a function or method is called, or what type a property has."""
    returns = f" -> {source.code(node.returns)}" if node.returns else ""
    decorators = _decorators(node)
    if decorators & {"property", "cached_property"}:
        return f"{name}: {returns.removeprefix(' -> ')}"
    if "contextmanager" in decorators:
        returns = returns.replace("Iterator[", "AbstractContextManager[", 1)
    parameters = list(_parameters(source, node.args))
    if "." in name and "staticmethod" not in decorators:
        parameters = parameters[1:]
    return _fitted(name, parameters, returns)


def _fitted(head: str, parameters: list[str], tail: str) -> str:
    line = f"{head}({', '.join(parameters)}){tail}"
    if len(line) <= LINE_MAX:
        return line
    return "\n".join([f"{head}(", *(f"    {one}," for one in parameters), f"){tail}"])


def _parameters(source: Source, given: ast.arguments) -> Iterator[str]:
    """Yield each parameter as it is written; positional-only ones are not used here."""
    defaults = [None] * (len(given.args) - len(given.defaults)) + list(given.defaults)
    for one, default in zip(given.args, defaults, strict=True):
        yield _parameter(source, one, default)
    if given.vararg:
        yield f"*{_parameter(source, given.vararg, None)}"
    elif given.kwonlyargs:
        yield "*"
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _parameter(source, one, default)
    if given.kwarg:
        yield f"**{_parameter(source, given.kwarg, None)}"


def _parameter(source: Source, one: ast.arg, default: ast.expr | None) -> str:
    text = f"{one.arg}: {source.code(one.annotation)}" if one.annotation else one.arg
    return text if default is None else f"{text} = {source.code(default)}"


def class_signature(source: Source, node: ast.ClassDef) -> str:
    """Return how a record or an exception is made; else the class with its bases."""
    bases = [ast.unparse(one) for one in node.bases]
    if "dataclass" in _decorators(node) or RECORDS & set(bases):
        fields = list(fields_of(source, node))
        if not any(name.startswith("_") for name, _ in fields):
            by_name = "kw_only" in "".join(map(ast.unparse, (*node.decorator_list, *node.keywords)))
            return _fitted(node.name, ["*"] * by_name + [text for _, text in fields], "")
    for one in node.body:
        if isinstance(one, Function) and one.name == "__init__" and not ast.get_docstring(one):
            return _fitted(node.name, list(_parameters(source, one.args))[1:], "")
    return f"class {node.name}" + (f"({', '.join(bases)})" if bases else "")


def fields_of(source: Source, node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield name and text of what makes a record, those of its base in the module first."""
    for base in node.bases:
        above = source.class_of(ast.unparse(base))
        if above is not None:
            yield from fields_of(source, above)
    for one in node.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        kind, value = source.code(one.annotation), source.code(one.value) if one.value else ""
        if kind.startswith("ClassVar") or "init=False" in value:
            continue
        made = re.fullmatch(r"field\(.*default_factory=(\w+).*\)", value)
        default = f"{made[1]}()" if made else ("" if value.startswith("field(") else value)
        yield one.target.id, f"{one.target.id}: {kind}" + (f" = {default}" if default else "")
