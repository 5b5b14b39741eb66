"""The reference of every error code, read off the source of every raised error."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ledger import errors

CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
FAMILY = ("Malformed", "Refused", "Conflict", "Tampered", "Unavailable")
Function = ast.FunctionDef | ast.AsyncFunctionDef

INTRODUCTION = f"""# Error codes

Every error has a class, a stable code, a message, where it can a hint, and the exit code that the
command line ends with. `…` stands for what differs each time. Exit code {errors.EXIT_FAIL} is no
error's: it is a verification's FAIL.

| class | meaning | exit code |
|---|---|---|
"""
CODES_HEAD = """
| code | class | exit code | message | how to mend it |
|---|---|---|---|---|
"""


def errors_page(root: Path) -> str:
    """Return the reference of every error that the packages under `root` can raise."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one in all_raised(root):
        found.setdefault((one.code, one.family), set()).add((one.message, one.hint))
    classes = ""
    for name in FAMILY:
        kind: type[errors.LedgerError] = getattr(errors, name)
        classes += f"| {name} | {' '.join((kind.__doc__ or '').split())} | {kind.exit_code} |\n"
    codes = ""
    for (code, family), texts in sorted(found.items()):
        messages = "<br>".join(sorted({message for message, _ in texts} - {"", "…"}))
        hints = "<br>".join(sorted({hint for _, hint in texts} - {"", "…"}))
        exit_code = getattr(errors, family).exit_code
        codes += f"| `{code}` | {family} | {exit_code} | {messages} | {hints} |\n"
    return INTRODUCTION + classes + CODES_HEAD + codes


@lru_cache(maxsize=1)
def all_raised(root: Path) -> "tuple[Raised, ...]":
    """Return every error that the packages under `root` can raise."""
    paths = [
        path for top in ("ledger", "projections", "commands") for path in (root / top).rglob("*.py")
    ]
    modules = {str(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)}
    return tuple(raised(modules))


@dataclass(frozen=True, slots=True)
class Raised:
    """One error that the code can make: code, class, message and hint (empty if there is none)."""

    code: str
    family: str
    message: str
    hint: str


def raised(modules: dict[str, ast.Module]) -> Iterator[Raised]:
    """Yield every error that the modules make, by path of the module.

    A code that is no literal is read from the calls of the function that makes the error if it is
    an argument there, else from that function's docstring, section Raises. A tuple that begins with
    a family and a code, as tables of meanings have it, is an error too.

    Raises:
        SystemExit: a code cannot be read from the source.
    """
    own = _subclasses(modules.values())
    for path, module in modules.items():
        yield from _tables(module)
        for within, call in _calls_in(module):
            family = own.get(_last(call.func), _last(call.func))
            if family not in FAMILY:
                continue
            hint = next((_text(word.value) for word in call.keywords if word.arg == "hint"), "")
            told = list(_told(call, within, module, modules))
            if not told:
                sys.exit(f"{path}:{call.lineno}: the code of this {family} cannot be read")
            yield from (Raised(code, family, message, hint) for code, message in told)


def _subclasses(modules: Iterable[ast.Module]) -> dict[str, str]:
    """Return the family of each class that is made of one."""
    return {
        node.name: base
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        for base in map(_last, node.bases)
        if base in FAMILY
    }


def _tables(module: ast.Module) -> Iterator[Raised]:
    for node in ast.walk(module):
        match node:
            case ast.Tuple(elts=[ast.Name(id=family), ast.Constant(value=str(code)), *texts]):
                if family in FAMILY and CODE.fullmatch(code):
                    message, hint = (*map(_text, texts), "", "")[:2]
                    yield Raised(code, family, message, hint)
            case _:
                pass


def _told(
    call: ast.Call, within: tuple[Function, ...], module: ast.Module, modules: dict[str, ast.Module]
) -> Iterator[tuple[str, str]]:
    """Yield (code, message) of one error."""
    code, message = (*call.args, None, None)[:2]
    if isinstance(code, ast.Constant):
        yield str(code.value), _text(message)
        return
    for function in reversed(within):
        names = [one.arg for one in function.args.args if one.arg != "self"]
        if not isinstance(code, ast.Name) or code.id not in names:
            continue
        callers = [module] if function.name.startswith("_") else modules.values()
        for use in (use for caller in callers for _, use in _calls_in(caller)):
            if _last(use.func) == function.name:
                given = dict(zip(names, use.args, strict=False))
                given |= {word.arg: word.value for word in use.keywords if word.arg}
                text = given.get(message.id) if isinstance(message, ast.Name) else message
                yield from ((one, _text(text)) for one in _literals(given.get(code.id)))
        return
    _, _, section = (ast.get_docstring(within[-1]) or "" if within else "").partition("Raises:")
    family = re.search(rf"{_last(call.func)}: ((?:.|\n\s{{6,}})*)", section)
    for found in CODE.finditer(family[1] if family else ""):
        if "-" in found[0]:
            yield found[0], _message_beside(module, found[0])


@lru_cache(maxsize=1024)
def _calls_in(module: ast.Module) -> tuple[tuple[tuple[Function, ...], ast.Call], ...]:
    """Return every call in a module, found once: each computed code looks at all modules."""
    return tuple(_calls(module))


def _calls(
    node: ast.AST, within: tuple[Function, ...] = ()
) -> Iterator[tuple[tuple[Function, ...], ast.Call]]:
    """Yield every call below a node, with the functions that it stands in, outermost first."""
    if isinstance(node, Function):
        within = (*within, node)
    if isinstance(node, ast.Call):
        yield within, node
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, within)


def _last(name: ast.expr) -> str:
    return ast.unparse(name).split(".")[-1]


def _literals(value: ast.expr | None) -> Iterator[str]:
    for node in ast.walk(value) if value else ():
        if isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value)):
            yield str(node.value)


def _message_beside(module: ast.Module, code: str) -> str:
    """Return the text that follows a code in a tuple somewhere in the module, or nothing."""
    for node in ast.walk(module):
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            first, second, *_ = node.elts
            if isinstance(first, ast.Constant) and first.value == code:
                return _text(second)
    return ""


def _text(value: ast.expr | None) -> str:
    """Return a message as people read it, `…` for each part that is filled in."""
    match value:
        case ast.Constant(value=str(text)):
            return text.replace("|", "\\|")
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) for part in parts).replace("……", "…")
        case None:
            return ""
        case _:
            return "…"
