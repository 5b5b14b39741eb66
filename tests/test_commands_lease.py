"""Leases that change: what comes, what goes, what is suspended, what is sublet."""

from pathlib import Path

import pytest

from ledger.events.base import Line
from ledger.events.lease import Pool
from tests.desk_story import DeskStory, build, deliver, furnish, open_desk

R1 = Line(model="GPU", batch="B-01", quantity=72, racks=("R0001",), state="operational")
R2 = (
    Line(model="GPU", batch="B-01", quantity=28, racks=("R0002",), state="operational"),
    Line(model="GPU", batch="B-02", quantity=44, racks=("R0002",), state="operational"),
)
BOTH = "--with bytedance --yes"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> DeskStory:
    desk = open_desk(tmp_path_factory.mktemp("lease") / "ledger", furnish, build, deliver)
    desk.run(
        "lease start BD-1 --to bytedance --racks R0001 --service iaas --until 2028-12"
        f" --on 2026-03-01 {BOTH}"
    )
    return desk


@pytest.fixture
def desk(running: DeskStory, tmp_path: Path) -> DeskStory:
    return running.copy(tmp_path)


def used(desk: DeskStory) -> dict[str | None, int]:
    """Return GPUs by lease; None: those that nobody leases."""
    rows = desk.rows("query use")
    return {row["lease"]: row["quantity"] for row in rows}


def history(desk: DeskStory, lease: str = "BD-1") -> list[tuple[str, str, int]]:
    rows = desk.rows("query lease-timeline", f"lease={lease}")
    return [(row["change"], row["standing"], row["in_use"]) for row in rows]


def test_racks_come_and_go_as_the_records_have_them(desk: DeskStory) -> None:
    output = desk.run(
        f"lease change bd-1 --add-racks r0002 --reason grown --on 2026-04-01 {BOTH}"
    ).output
    assert "72 GPUs come" in output
    data = desk.newest().data
    assert (data.change, data.lease, data.added, data.removed) == ("BD-1-L1", "BD-1", R2, ())
    assert (data.site, data.service, data.lessee) == ("JHR-1", "iaas", "bytedance")
    assert used(desk) == {"BD-1": 144}
    desk.run(f"lease change BD-1 --remove-racks R0001 --reason shrunk --on 2026-05-01 {BOTH}")
    data = desk.newest().data
    assert (data.change, data.added, data.removed) == ("BD-1-L2", (), (R1,))
    assert used(desk) == {"BD-1": 72, None: 72}
    assert history(desk) == [
        ("started", "running", 72), ("changed", "running", 144), ("changed", "running", 72)
    ]  # fmt: skip
    output = desk.refused(
        "lease change BD-1 --remove-racks R0001 --reason again --yes", code="UNITS-UNKNOWN",
        exit_code=3,
    )  # fmt: skip
    assert "R0001 is not in use under BD-1" in output
    unknown = "lease change BD-1 --remove-racks cage-7a --reason x --dry-run"
    assert "cage-7a is not in use" in desk.refused(unknown, code="UNITS-UNKNOWN", exit_code=3)


def test_one_change_may_swap_racks(desk: DeskStory) -> None:
    desk.run(
        "lease change BD-1 --add-racks R0002 --remove-racks R0001 --reason swap"
        f" --on 2026-04-01 {BOTH}"
    )
    assert used(desk) == {"BD-1": 72, None: 72}
    assert history(desk)[-1] == ("changed", "running", 72)


def test_terms_change_and_nothing_moves(desk: DeskStory) -> None:
    desk.run(
        "lease change BD-1 --until 2029-06 --no-purchase-option --purpose inference --reason longer"
        f" --rate 1.90 --on 2026-04-01 {BOTH}"
    )
    data = desk.newest().data
    assert (data.until, data.purchase_option, data.purpose) == ("2029-06", False, "inference")
    assert (data.site, data.added, data.removed, data.pool_added) == (None, (), (), None)
    row = desk.rows("query lease-book")[0]
    assert (row["until"], row["standing"], row["changes"]) == ("2029-06", "running", 1)
    before = desk.rows("query lease-book", "--known-at", str(desk.size - 2))[0]
    assert (before["until"], before["changes"]) == ("2028-12", 0)
    assert desk.rows("query lease-book", "--as-of", "2026-03-31")[0]["until"] == "2028-12"
    desk.refused("lease change BD-1 --reason none --yes", code="USAGE")
    desk.run(f"lease change BD-1 --terms secret --reason more {BOTH}")
    assert desk.newest().annex is not None


def test_a_lease_is_suspended_and_resumed_with_what_it_had(desk: DeskStory) -> None:
    desk.run(f"lease change BD-1 --add-racks R0002 --reason grown --on 2026-04-01 {BOTH}")
    output = desk.run(f"lease suspend BD-1 --reason arrears --on 2026-05-01 {BOTH}").output
    assert "144 GPUs go back" in output
    data = desk.newest().data
    assert (data.status, data.removed) == ("suspended", tuple(sorted((R1, *R2), key=_key)))
    assert used(desk) == {None: 144}
    assert desk.rows("query lease-book")[0]["standing"] == "suspended"
    assert desk.rows("query lease-book", "--as-of", "2026-04-30")[0]["standing"] == "running"
    known = ("--known-at", str(desk.size - 2))
    assert desk.rows("query lease-book", *known)[0]["standing"] == "running"
    output = desk.refused(
        "lease suspend BD-1 --reason again --yes", code="LEASE-EMPTY", exit_code=3
    )
    assert f"suspended since entry {desk.size - 1}" in output
    desk.run(f"lease resume BD-1 --reason paid --on 2026-06-01 {BOTH}")
    resumed = desk.newest().data
    assert (resumed.status, resumed.added, resumed.site) == ("resumed", data.removed, "JHR-1")
    assert used(desk)["BD-1"] == 144
    assert [one[:2] for one in history(desk)][-2:] == [
        ("suspended", "suspended"), ("resumed", "running")
    ]  # fmt: skip
    desk.refused("lease resume BD-1 --reason again --yes", code="LEASE-RUNNING", exit_code=3)


def _key(line: Line) -> tuple[str, int]:
    return line.batch, line.quantity


def test_a_repeated_or_corrected_suspension_says_what_the_first_said(desk: DeskStory) -> None:
    line = f"lease suspend BD-1 --reason arrears --on 2026-05-01 --idempotency-key S1 {BOTH}"
    desk.run(line)
    entry = desk.size - 1
    assert "already recorded" in desk.run(line).output
    desk.run(f"lease suspend BD-1 --reason inspection --on 2026-05-02 --corrects {entry} {BOTH}")
    data = desk.newest().data
    assert (data.removed, data.change, data.reason) == ((R1,), "BD-1-L1", "inspection")
    assert used(desk) == {None: 144}


def test_what_ends_is_what_is_used_at_the_end(desk: DeskStory) -> None:
    desk.run(f"lease change BD-1 --add-racks R0002 --reason grown --on 2026-04-01 {BOTH}")
    desk.run("lease end BD-1 --reason over --on 2026-06-01 --yes")
    assert set(desk.newest().data.lines) == {R1, *R2}
    assert used(desk) == {None: 144}
    assert desk.rows("query lease-book")[0]["ended"] == "2026-06-01"
    # The lessee tells the same end: its version names the same units.
    desk.run("lease end BD-1 --reason finished --as bytedance --on 2026-06-01 --yes")
    assert set(desk.newest().data.lines) == {R1, *R2}
    assert used(desk) == {None: 144}


def test_a_suspended_lease_ends_with_nothing_to_give_back(desk: DeskStory) -> None:
    desk.run(f"lease suspend BD-1 --reason arrears --on 2026-05-01 {BOTH}")
    desk.run("lease end BD-1 --reason over --on 2026-06-01 --yes")
    assert (desk.newest().data.lines, desk.newest().data.pool) == ((), None)
    assert used(desk) == {None: 144}
    assert history(desk)[-1] == ("ended", "ended", 0)


def test_a_pool_grows_shrinks_is_suspended_and_resumed(desk: DeskStory) -> None:
    desk.run("lease start P-1 --to swift --model gpu --pool 40 --site jhr-1 --yes --with swift"
             " --on 2026-03-02")  # fmt: skip
    desk.run("lease change p-1 --add-pool 20 --reason more --on 2026-04-01 --yes")
    assert desk.newest().data.pool_added == Pool(site="JHR-1", model="GPU", quantity=20)
    desk.run("lease change P-1 --remove-pool 5 --reason less --on 2026-04-02 --yes")
    assert used(desk)["P-1"] == 55
    desk.run("lease suspend P-1 --reason stop --on 2026-05-01 --yes")
    assert desk.newest().data.pool_removed == Pool(site="JHR-1", model="GPU", quantity=55)
    desk.run("lease resume P-1 --reason go --on 2026-05-02 --yes")
    assert used(desk)["P-1"] == 55
    output = desk.run("lease change P-1 --add-pool 100 --reason greedy --dry-run").output
    assert "LEASE-OVER-CAPACITY" in output
    assert "swift is expected to sign too" in output
    desk.refused("lease change BD-1 --add-pool 5 --reason mixed --yes", code="POOL-MODEL")
    desk.run("lease end P-1 --reason over --yes")
    assert "P-1" not in used(desk)


def test_a_pool_of_unknown_size_is_suspended_as_it_was_named(desk: DeskStory) -> None:
    desk.run("lease start P-2 --to swift --model gpu --site jhr-1 --yes --on 2026-03-02")
    output = desk.run("lease suspend P-2 --reason stop --yes").output
    assert "an unknown number of GPUs go back" in output
    assert desk.newest().data.pool_removed == Pool(site="JHR-1", model="GPU", quantity=None)
    desk.run("lease resume P-2 --reason go --yes")
    assert desk.newest().data.pool_added == Pool(site="JHR-1", model="GPU", quantity=None)


def test_colocation_names_its_racks_and_posts_nothing(desk: DeskStory) -> None:
    desk.run("lease start C-1 --to swift --racks R0002 --service colocation --yes")
    desk.run("lease suspend C-1 --reason stop --yes")
    assert (desk.newest().data.removed, desk.newest().data.service) == (R2, "colocation")
    assert used(desk) == {"BD-1": 72, None: 72}
    output = desk.run("lease change BD-1 --service colocation --reason own --dry-run").output
    assert "end this lease and start another" in output


def test_a_sublease_comes_out_of_its_parent(desk: DeskStory) -> None:
    line = "lease start SUB-1 --to swift --racks R0001 --parent bd-1 --on 2026-03-05 --yes"
    output = desk.run(line, "--dry-run").output
    assert "BD-1 is leased to bytedance, and this says that aolani sublets from it" in output
    assert "would be left with lessee aolani" in output
    output = desk.run(line, "--as", "bytedance").output
    assert "sublets from it" not in output
    assert "would be left" not in output
    assert desk.newest().data.lessor == "bytedance"
    assert used(desk) == {"SUB-1": 72, None: 72}
    output = desk.run("lease end BD-1 --reason over --dry-run").output
    assert "72 GPUs are sublet to swift under SUB-1" in output
    desk.run("lease suspend SUB-1 --reason stop --as bytedance --on 2026-04-01 --yes")
    assert used(desk) == {"BD-1": 72, None: 72}
    desk.run("lease resume SUB-1 --reason go --as bytedance --on 2026-04-02 --yes")
    assert used(desk) == {"SUB-1": 72, None: 72}
    desk.run("lease end SUB-1 --reason over --as swift --on 2026-05-01 --yes")
    assert desk.newest().data.lessor == "bytedance"
    assert used(desk) == {"BD-1": 72, None: 72}


def test_who_changes_a_lease_of_another_is_told_so(desk: DeskStory) -> None:
    output = desk.run("lease change BD-1 --until 2029 --reason mine --as nvidia --dry-run").output
    assert "the lessor of BD-1 is aolani, not nvidia" in output
    desk.refused("lease change NONE --until 2029 --reason x --yes", code="NOT-RECORDED",
                 exit_code=3)  # fmt: skip


def test_a_lease_shows_how_it_stands(desk: DeskStory) -> None:
    desk.run(f"lease suspend BD-1 --reason arrears --on 2026-05-01 {BOTH}")
    lines = [line.split() for line in desk.run("show BD-1").stdout.splitlines()]
    assert ["standing", "suspended"] in lines
    assert ["reason", "arrears"] in lines
    desk.run("lease end BD-1 --reason heard --basis third_party_report --as inspector"
             " --on 2026-06-01 --yes")  # fmt: skip
    assert (
        lines == [line.split() for line in desk.run("show BD-1").stdout.splitlines()][: len(lines)]
    )
    assert desk.rows("query lease-book")[0]["standing"] == "suspended"


def test_the_whole_passes_an_audit(desk: DeskStory) -> None:
    desk.run(f"lease suspend BD-1 --reason arrears --on 2026-05-01 {BOTH}")
    desk.run(f"lease resume BD-1 --reason paid --on 2026-06-01 {BOTH}")
    assert desk.run("verify --projection").stdout.splitlines()[-1].startswith("PASS")
