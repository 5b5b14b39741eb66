"""The house: sizes, names, rooms of libraries, and what no code here may do."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("ledger", "projections", "commands")
SOURCES = sorted(
    path.relative_to(ROOT)
    for top in (*PACKAGES, "docs")
    for path in (ROOT / top).rglob("*")
    if path.suffix in {".py", ".js", ".html", ".sql"}
)
MODULES = [path for path in SOURCES if path.suffix == ".py"]
LINES_MAX = 300
FUNCTION_LINES_MAX = 70
DRAWERS = {"utils", "helpers", "common", "misc", "manager"}
ROOMS = {
    "click": "commands",
    "datasette": "commands/web",
    "distributed": "commands/cluster.py",
    "eventsourcing": "ledger/store",
    "sqlite_utils": "projections",
    "xlsxwriter": "projections/reports",
}
TESTED_WITH = {
    "ledger/__main__.py": "test_evidence_file.py",
    "ledger/evidence/comparison.py": "test_evidence_publishing.py",
    "ledger/evidence/folder.py": "test_evidence_publishing.py",
    "ledger/evidence/index.py": "test_evidence_file.py",
    "ledger/evidence/layout.py": "test_evidence_listing.py",
    "ledger/evidence/lines.py": "test_evidence_file.py",
    "ledger/evidence/published.py": "test_evidence_publishing.py",
    "ledger/evidence/reader.py": "test_evidence_file.py",
    "ledger/evidence/selection.py": "test_evidence_selection.py",
    "ledger/evidence/single.py": "test_verify_single.py",
    "ledger/evidence/writer.py": "test_evidence_file.py",
    "ledger/store/copying.py": "test_copying.py",
    "ledger/store/postgres_connection.py": "test_store_postgres.py",
    "ledger/store/postgres_refusals.py": "test_store_postgres.py",
    "ledger/store/postgres_schema.py": "test_store_postgres.py",
    "ledger/store/postgres_statements.py": "test_store_postgres.py",
    "ledger/store/postgres_tables.py": "test_store_postgres.py",
    "ledger/store/postgres_url.py": "test_store_postgres.py",
    "ledger/place.py": "test_store_places.py",
    "ledger/from_evidence.py": "test_evidence_ledger.py",
    "ledger/signing/backends.py": "test_signing_ed25519.py",
    "ledger/signing/curve.py": "test_signing_ed25519.py",
    "ledger/signing/edge_vectors.py": "test_signing_ed25519.py",
    "ledger/signing/pkcs8.py": "test_signing_keyfile.py",
    "ledger/trust/audit_record.py": "test_audit_records.py",
    "ledger/verify/continued.py": "test_audit_records.py",
    "ledger/verify/prefix.py": "test_audit_records.py",
    "ledger/verify/run.py": "test_evidence_selection.py",
    "ledger/verify/selection.py": "test_evidence_selection.py",
    "ledger/verify/judgement.py": "test_verify_single.py",
    "ledger/verify/ledger_key.py": "test_verify_single.py",
    "ledger/verify/one_entry.py": "test_verify_single.py",
    "ledger/version.py": "test_application.py",
}
"""Modules that are tested with the one that they serve, by a test file that imports them."""
NEEDED_TO_AUDIT = {"ledger", "cryptography", "msgspec", "_cffi_backend"}
"""`_cffi_backend` is what cryptography stands on."""

ONLY_THESE = """
import sys

class OnlyThese:
    allowed = sys.stdlib_module_names | set(sys.argv[2].split(","))

    def find_spec(self, name, path, target=None):
        top = name.split(".")[0]
        if top not in self.allowed and not top.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"{name} is not needed to audit", name=name)

sys.meta_path.insert(0, OnlyThese())
sys.path.insert(0, sys.argv[1])
for name in sys.argv[3:]:
    __import__(name)
"""
"""Imports the modules that follow, with only the standard library and these packages to be had."""

MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|tmp|home/\w+|Users/\w+)/")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.|deb\.debian\.org|--(?:extra-)?index-url"
)
PINNED = re.compile(r"^[a-z0-9-]+(?:\[[a-z0-9, -]+\])?==\S+", re.MULTILINE)


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))))


@cache
def imports(path: Path) -> list[str]:
    found = list[str]()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or ".")
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return found


@cache
def calls(path: Path) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in nodes(path) if isinstance(node, ast.Call)]


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


def test_no_source_file_is_longer_than_300_lines() -> None:
    sizes = {path: (ROOT / path).read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {path: size for path, size in sizes.items() if size > LINES_MAX} == {}


def test_no_function_is_longer_than_70_lines() -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": size
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_no_module_is_a_drawer() -> None:
    assert [path for path in SOURCES if DRAWERS & set(path.with_suffix("").parts)] == []


def test_every_ledger_module_has_a_test_file() -> None:
    """`ledger/log/note.py` has `test_log_note….py`, `ledger/entry.py` has `test_entry….py`.

    One `test_PACKAGE.py` may stand for a package of plain tables; `TESTED_WITH` names the rest.
    """
    written = {path.stem for path in (ROOT / "tests").glob("test_*.py")}
    untested = []
    for path in MODULES:
        top, *inner = path.with_suffix("").parts
        if top != "ledger" or not (ROOT / path).read_text(encoding="utf-8").strip():
            continue
        if str(path) in TESTED_WITH:
            name = ".".join(path.with_suffix("").parts)
            assert name in imports(Path("tests") / TESTED_WITH[str(path)])
            continue
        names = [part.strip("_") for part in inner if part != "__init__"]
        wanted = "test_" + "_".join(names or ["architecture"])
        whole = f"test_{names[0]}" if names else wanted
        if whole not in written and not any(name.startswith(wanted) for name in written):
            untested.append(str(path))
    assert untested == []


@pytest.mark.parametrize(("library", "room"), ROOMS.items())
def test_a_library_stays_in_its_room(library: str, room: str) -> None:
    outside = [
        str(path)
        for path in MODULES
        if not path.is_relative_to(room) and path.parts[0] in PACKAGES
        if any(name.split(".")[0] == library for name in imports(path))
    ]
    assert outside == []


def test_the_ledger_package_imports_nothing() -> None:
    assert imports(Path("ledger/__init__.py")) == []


def test_auditing_needs_only_cryptography_and_msgspec() -> None:
    """What `python -m ledger` stands on imports where nothing else is installed."""
    rooms = ("ledger.__main__", "ledger.verify", "ledger.evidence", "ledger.trust")
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in MODULES]
    auditing = [name for name in names if name.startswith(rooms)]
    assert "ledger.verify" in auditing
    subprocess.run(
        [sys.executable, "-I", "-c", ONLY_THESE, str(ROOT), ",".join(NEEDED_TO_AUDIT), *auditing],
        check=True,
    )


def test_nothing_is_unpickled_evaluated_or_run_by_a_shell() -> None:
    banned_modules = {"pickle", "marshal", "shelve", "dill"}
    banned_calls = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
    found = []
    for path in MODULES:
        found += [f"{path} imports {name}" for name in imports(path) if name in banned_modules]
        for name, call in calls(path):
            shell = any(word.arg == "shell" for word in call.keywords)
            if name in banned_calls or shell:
                found.append(f"{path}:{call.lineno} {name}")
    assert found == []


def test_no_name_from_data_is_imported() -> None:
    """Only the command line imports by name: its subcommands, out of the table in its main file."""
    found = [
        f"{path}:{call.lineno}"
        for path in MODULES
        if path != Path("commands/main.py")
        for name, call in calls(path)
        if name.split(".")[-1] == "import_module"
        and not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    assert found == []


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry"])
def test_no_tracked_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in tracked()
        for number, line in enumerate(
            (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines(), 1
        )
        if pattern.search(line)
    ]
    assert found == []


def test_the_locks_name_no_host_and_agree() -> None:
    """What users install is what developers test, package by package, each with its hashes."""
    pinned = {
        lock: set(PINNED.findall((ROOT / lock).read_text("ascii")))
        for lock in ("requirements.lock", "requirements-dev.lock", "requirements-lowest.lock")
    }
    assert all(pinned.values())
    assert pinned["requirements.lock"] <= pinned["requirements-dev.lock"]
    for lock, pins in pinned.items():
        text = (ROOT / lock).read_text("ascii")
        assert "://" not in text
        entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert len(entries) == len(pins)
        assert all("--hash=sha256:" in entry for entry in entries)
