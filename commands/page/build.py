"""Building the page: its modules in the order of their imports, the tables, one HTML file.

The modules are plain ECMAScript modules, so that an editor and a debugger understand them. In the
page they are one script: `import` lines go, `export` words go, and each module stands behind those
that it imports. No two of them may use one name at their top, which the script itself would refuse.
"""

import base64
import hashlib
import re
from pathlib import Path

from commands.page.tables import tables
from ledger.version import __version__

FOLDER = Path(__file__).resolve().parent
ENTRY = "page.js"
TABLES = "tables.js"

_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"\./(?P<name>[a-z0-9_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|class|const)", re.MULTILINE)
_REEXPORT = re.compile(r"^export \{[^}]*\};\n", re.MULTILINE)


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
    _visit(ENTRY, order)
    parts = (_module(name) for name in order)
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def _visit(name: str, order: list[str]) -> None:
    """Put a module behind those that it imports."""
    if name in order:
        return
    if name != TABLES:
        for found in _IMPORT.finditer(_read(name)):
            _visit(found["name"], order)
    order.append(name)


def _module(name: str) -> str:
    if name == TABLES:
        return f"const TABLES = {tables().decode()};\n"
    bare = _REEXPORT.sub("", _IMPORT.sub("", _read(name)))
    return f"// {name}\n{_EXPORT.sub('', bare).strip()}\n"


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
