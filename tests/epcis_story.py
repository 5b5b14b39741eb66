"""A ledger with all that EPCIS can tell: a corrected entry, a void, a report, two versions."""

import json
from pathlib import Path
from typing import Any

from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

STOCK = "rack,tray,slot,serial,batch\nR0009,1,1,OLD-01,OLD\nR0009,1,2,OLD-02,OLD\n"


def told_desk(folder: Path) -> DeskStory:
    """Tell the story in a new ledger."""
    desk = open_desk(folder, furnish)
    path = desk.file("serials.csv", "serial\nS1\nS2\n")
    desk.run(
        f"batch commission B-09 --model gpu --site NV-WH --serials {path} --as nvidia"
        " --on 2026-01-05 --yes"
    )
    build(desk)
    deliver(desk)
    desk.run("shipment receive N-B-01 --as aolani --by aivres --basis counterparty --site PLANT"
             " --from nvidia --line gpu/B-01/100 --id N-B-01-R1 --on 2026-01-08 --yes")  # fmt: skip
    desk.run("title transfer --racks R0001 --by aolani --to bytedance --basis third_party_report"
             " --as reporter --on 2026-03-01 --id SOLD --yes")  # fmt: skip
    desk.run("rack off --racks R0001..R0002 --on 2026-03-02 --id OFF-1 --yes")
    desk.run(f"void {desk.size - 1} --reason mistaken --yes")
    desk.run("rack off --racks R0002 --on 2026-03-03 --id OFF-2 --yes")
    desk.run(f"rack off --racks R0002 --on 2026-03-04 --corrects {desk.size - 1} --yes")
    return desk


def more(desk: DeskStory) -> None:
    """Tell what else there is: opening stock with serial numbers, a lease, an inspection."""
    path = desk.file("old.csv", STOCK)
    desk.run(
        f"import inventory {path} --site JHR-1 --owner aolani --model NVL72 --chip GPU"
        " --on ../2026-01 --yes"
    )
    path = desk.file("built.csv", "rack,tray,slot,serial,batch\nR0003,1,2,NEW-01,B-02\n")
    desk.run(f"import packing-list {path} --model NVL72 --site PLANT --as aivres --on 2026-02-20"
             " --yes")  # fmt: skip
    desk.run("lease start L-1 --to bytedance --racks R0001 --with bytedance --service iaas"
             " --on 2026-03-10 --yes")  # fmt: skip
    desk.run("lease change L-1 --remove-racks R0001 --reason less --on 2026-03-20 --yes")
    desk.run("inspection perform I-1 --site JHR-1 --method look --strength 2 --counted 1 --found 1"
             " --as inspector --on 2026-04-01 --yes")  # fmt: skip


def export(desk: DeskStory, name: str) -> tuple[Path, dict[str, Any]]:
    """Write the document, and return it."""
    path = desk.folder.parent / name
    desk.run(f"epcis export {path}")
    found: dict[str, Any] = json.loads(path.read_text())
    return path, found
