"""Building the page: its modules in the order of their imports, the tables, one HTML file.

The modules are plain ECMAScript modules, so that an editor and a debugger understand them. In the
page they are one script: each module becomes a function that is called once and returns what the
module exports, behind those that it imports.
"""

import base64
import hashlib
import re
from pathlib import Path

from commands.page.tables import tables
from ledger.version import __version__

FOLDER = Path(__file__).resolve().parent
ENTRY = "page"
TABLES = "tables"

_IMPORT = re.compile(
    r'^import (?P<names>\{[^}]*\}) from "\./(?P<name>[a-z0-9_]+)\.js";\n', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (?P<name>\w+))", re.MULTILINE)


def page() -> bytes:
    """Return the page; the same version of this program always gives the same bytes."""
    script, style = _script(), _read("page.css")
    policy = (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)};"
        " base-uri 'none'; form-action 'none'"
    )
    html = _read("page.html")
    for name, value in (
        ("VERSION", __version__),
        ("POLICY", policy),
        ("STYLE", style),
        ("SCRIPT", script),
    ):
        html = html.replace(f"<!--{name}-->", value, 1)
    return html.encode()


def _script() -> str:
    order: list[str] = []
    _visit(ENTRY, order, ())
    parts = (_module(name) for name in order)
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def _visit(name: str, order: list[str], importing: tuple[str, ...]) -> None:
    """Put a module behind those that it imports.

    Raises:
        ValueError: for modules that import each other, which no order suits.
    """
    if name in importing:
        raise ValueError(f"modules import each other: {' > '.join((*importing, name))}")
    if name in order:
        return
    if name != TABLES:
        for found in _IMPORT.finditer(_read(f"{name}.js")):
            _visit(found["name"], order, (*importing, name))
    order.append(name)


def _module(name: str) -> str:
    if name == TABLES:
        return f"const {name}_js = {{ TABLES: {tables().decode()} }};\n"
    text = _read(f"{name}.js")
    exports = ", ".join(found["name"] for found in _EXPORT.finditer(text))
    body = _EXPORT.sub("", _IMPORT.sub(r"const \g<names> = \g<name>_js;\n", text))
    return f"const {name}_js = (() => {{\n{body.strip()}\nreturn {{ {exports} }};\n}})();\n"


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
