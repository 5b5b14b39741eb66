"""A time stamp over one checkpoint, and the root of the authority that made it, kept as files.

An authority's keys and clock are not fixed, so these two files are made once, and again with
`python -m tests.vectors.stamps` where the checkpoint's bytes have changed.
"""

import sys
from pathlib import Path

from ledger.log.note import parse_note
from tests.authority import Authority, authority
from tests.vectors.log import MAKER_ENROLLED, Log, makers

FOLDER = Path(__file__).parent / "stamps"
ROOT, TOKEN = FOLDER / "root.pem", FOLDER / "token.tsr"


def dated() -> Log:
    """Return the log whose checkpoint is dated."""
    return makers().copy(MAKER_ENROLLED)


def text() -> str:
    """Return the text of its checkpoint, which the time stamp is over."""
    return parse_note(dated().note()).text


def main() -> None:
    """Make both files again."""
    FOLDER.mkdir(exist_ok=True)
    one: Authority = authority()
    TOKEN.write_bytes(one.token(text()))
    ROOT.write_bytes(one.root_pem.read_bytes())
    sys.stdout.write(f"wrote {ROOT.name} and {TOKEN.name}\n")


if __name__ == "__main__":
    main()
