"""The auditors' questions, asked of two small cases whose answers are known, at both clocks."""

from typing import Any

import pytest

from ledger.events import authorization, certification, site
from projections.questions import ask, questions, sqlite_reader
from projections.view import View
from tests.asked_case import asked_case, dispatch
from tests.memory_log import CHIP, MemoryLog
from tests.mini_case import PRESS, REPORTED, mini_case, project
from tests.tale import Tale
from tests.test_projections_queries import LATER, Rows, ask_of, pick


def asked(name: str, *, as_of: str = LATER, known_at: int | None = None, **given: object) -> Rows:
    return ask_of(asked_case().view, name, as_of=as_of, known_at=known_at, **given)


def mini(name: str, *, as_of: str = LATER, known_at: int | None = None, **given: object) -> Rows:
    return ask_of(mini_case().view, name, as_of=as_of, known_at=known_at, **given)


# ---- shipped, filed, received, held, found


LOOKED = "1 of those looked at not found"
FLOW = ("of", "shipped", "filed", "received", "held", "looked_at", "found", "difference")


def test_what_does_not_agree_is_marked() -> None:
    assert pick(asked("three-way"), *FLOW) == [
        ("shipment SHP-1", 40, 38, 40, None, None, None, "2 fewer filed than shipped"),
        ("shipment SHP-2", 4, 0, 0, None, None, None,
         "no filing names it; 4 fewer received than shipped"),
        ("shipment SHP-3", 2, 0, 0, None, None, None,
         "no filing names it; 2 fewer received than shipped"),
        ("site JHR1", 46, 38, 40, 48, 7, 6,
         "8 fewer filed than shipped; 6 fewer received than shipped; "
         + LOOKED),
        ("site NV-WH1", None, None, None, 4, None, None, None),
    ]  # fmt: skip


def test_before_the_correction_and_before_the_dispatch_other_figures_stood() -> None:
    before = asked_case().before("corrected")
    (row,) = asked("three-way", shipment="shp-1", known_at=before)
    assert (row["received"], row["received_on_one_word"]) == (36, 36)
    assert row["difference"] == "2 fewer filed than shipped; 4 fewer received than shipped"
    rows = asked("three-way", as_of="2026-01-20T00:00:00Z")
    assert pick(rows, "of", "begun", "held", "difference") == [
        ("site JHR1", 8, 8, None),
        ("site NV-WH1", 50, 50, None),
    ]


def test_only_differences_only_a_site() -> None:
    assert len(asked("three-way", differing="yes")) == 4
    assert [row["of"] for row in asked("three-way", site="NV-WH1")] == ["site NV-WH1"]


def test_the_mini_case_agrees_but_for_a_unit_and_for_a_version_that_does_not_count() -> None:
    rows = mini("three-way")
    assert pick(rows, "of", "shipped", "filed", "received", "difference") == [
        ("shipment SHP-0", 200, None, 200, None),
        ("shipment SHP-1", 180, 180, 180, "aolani says 120 shipped"),
        ("site AIV-SJC", 200, None, 200, None),
        ("site JHR1", 180, 180, 180, "1 of those looked at not found"),
        ("site NV-WH1", None, None, None, None),
    ]
    assert pick(rows, "shipped_on_one_word", "received_on_one_word")[:2] == [(200, 200), (0, 180)]


# ---- clusters, the installed base, capacity


def test_a_cluster_with_who_owns_and_uses_it() -> None:
    (row,) = mini("cluster", cluster="NORTH")
    assert pick([row], "site", "country", "state", "holder", "racks", "quantity", "leased") == [
        ("JHR1", "MY", "operational", "aolani", 3, 180, 120)
    ]
    assert (row["owners"], row["on_one_word"]) == ("aivres, aolani", 180)
    assert mini("cluster", as_of="2026-02-14T00:00:00Z") == []
    assert mini("cluster", cluster="south") == []


def test_the_installed_base_grows_by_quarter_and_says_whose_word_it_is() -> None:
    rows = asked("installed-base", against="H100")
    names = ("quarter", "country", "operator", "operational", "tpp_total", "equivalents")
    assert pick(rows, *names) == [
        ("2026-Q1", "MY", "aolani", 24, 864_000, "54.6"),
        ("2026-Q2", "MY", "aolani", 24, 864_000, "54.6"),
    ]
    assert pick(rows, "on_one_word", "on_two_words", "on_opening") == [(16, 0, 8)] * 2
    (early,) = asked("installed-base", as_of="2026-02-10T00:00:00Z", country="MY")
    assert (early["operational"], early["equivalents"], early["on_opening"]) == (8, None, 8)
    assert asked("installed-base", country="US") == []
    before = asked_case().before("opened")
    assert asked("installed-base", known_at=before) == []


def test_capacity_over_time_shows_when_more_was_leased_than_ran() -> None:
    names = ("from_day", "operational", "leased", "sublet", "unallocated", "over")
    assert pick(asked("capacity-over-time"), *names) == [
        ("2026-01-10", 8, 0, 0, 8, 0),
        ("2026-02-15", 24, 0, 0, 24, 0),
        ("2026-03-01", 24, 16, 0, 8, 0),
        ("2026-03-10", 24, 16, 0, 8, 0),
        ("2026-03-15", 24, 16, 4, 8, 0),
        ("2026-04-01", 24, 26, 4, -2, 1),
        ("2026-04-02", 24, 34, 4, -10, 1),
    ]
    known = asked_case().before("over")
    assert all(not row["over"] for row in asked("capacity-over-time", known_at=known))
    assert asked("capacity-over-time")[-1]["leased_on_one_word"] == 22


def test_a_rack_under_two_leases_is_over_where_they_take_more_than_it_has() -> None:
    assert pick(asked("lease-overlaps"), "rack", "leases", "in_rack", "leased", "over") == [
        ("R2", "L-1 bytedance 8, L-5 fourth 8", 8, 16, 8),
        ("R1", "L-1 bytedance 4, L-2 clip 4", 8, 8, 0),
    ]
    assert asked("lease-overlaps", as_of="2026-03-10T00:00:00Z") == []
    assert [row["rack"] for row in asked("lease-overlaps", known_at=asked_case().before("again"))
            ] == ["R1"]  # fmt: skip


def test_what_a_site_can_run_and_runs() -> None:
    names = ("site", "it_megawatts", "held", "operational", "racks", "kilowatts_each", "leased")
    assert pick(asked("site-capacity"), *names) == [
        ("JHR1", "0.1", 48, 24, 3, "4.17", 34),
        ("NV-WH1", None, 4, 0, 0, None, 0),
    ]
    (row,) = asked("site-capacity", site="JHR1", as_of="2026-02-05T00:00:00Z")
    assert (row["operational"], row["kilowatts_each"], row["on_one_word"]) == (8, "12.50", 8)
    assert row["tpp_running"] == 288_000


# ---- authorizations and certifications on the day


def test_how_much_of_an_authorization_is_used() -> None:
    (row,) = asked("authorization-usage")
    names = ("standing", "limit", "used", "left", "shipments", "value_limit_usd", "filed_usd")
    assert pick([row], *names) == [("suspended", 30, 44, -14, 2, 1_000_000, 380_000)]
    assert (row["days_left"], row["used_on_one_word"]) == (213, 0)
    early = asked("authorization-usage", as_of="2026-02-03T00:00:00Z", authorization="auth-1")
    assert pick(early, "standing", "used", "left") == [("recorded", 40, -10)]
    known = asked_case().before("second dispatch")
    assert pick(asked("authorization-usage", known_at=known), "used") == [(40,)]
    (mini_row,) = mini("authorization-usage")
    assert (mini_row["used"], mini_row["left"], mini_row["filed_usd"]) == (180, 0, None)


def test_what_each_movement_rested_on() -> None:
    names = ("shipment", "moves", "quantity", "rests_on", "on_one_word")
    assert pick(asked("movements"), *names) == [
        ("SHP-1", "across a border", 40, "one that stood, as claimed", 0),
        ("SHP-2", "across a border", 4, "suspended then", 0),
        ("SHP-3", "across a border", 2, "none named", 2),
    ]
    assert [row["shipment"] for row in asked("movements", doubtful="yes")] == ["SHP-2", "SHP-3"]
    assert len(asked("movements", country="MY", as_of="2026-02-20T00:00:00Z")) == 1
    known = asked_case().at("authorized") - 1
    assert asked("movements", known_at=known) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_to": "2026-01-20"}, "lapsed by then"),
        ({"valid_from": "2026-03-01"}, "not yet in force"),
        ({"destination": "SG"}, "names another destination"),
        ({"consignees": ("other",)}, "names other receivers"),
        ({"items": ("H100",)}, "names other models"),
        ({"status": "revoked"}, "revoked by then"),
        ({"status": "reinstated"}, "one that stood, as claimed"),
        (None, "never recorded"),
        ("reported", "only as reported"),
    ],
)
def test_how_an_authorization_stood(changes: Any, said: str) -> None:
    (row,) = ask_of(_authorized(changes), "movements")
    assert row["rests_on"] == said


def _authorized(changes: Any) -> View:
    log = MemoryLog()
    facts: dict[str, Any] = {
        "declarant": "nvidia", "authorization": "AUTH-1", "kind": "licence", "activity": "export",
        "authority": "BIS", "destination": "MY", "consignees": ("aolani",),
        "valid_from": "2026-01-01",
        "items": (authorization.AuthorizedItem(model=CHIP, eccn="3A090.a"),),
    }  # fmt: skip
    for name, country in (("NV-WH1", "US"), ("JHR1", "MY")):
        placed = site.SiteRegistered(
            registrant="aolani", site=name, name=name, country=country, kind="warehouse"
        )
        log.say("aolani", placed)
    status = None
    if isinstance(changes, dict):
        status = changes.get("status")
        facts |= {key: value for key, value in changes.items() if key != "status"}
        if "items" in changes:
            facts["items"] = (authorization.AuthorizedItem(model="H100", eccn="3A090.a"),)
    if changes is not None:
        reported = changes == "reported"
        log.say(
            "nvidia", authorization.AuthorizationRecorded(**facts), "2026-01-04",
            basis=REPORTED if reported else "first_party", documents=PRESS if reported else (),
        )  # fmt: skip
    if status is not None:
        for one in ("suspended", status) if status == "reinstated" else (status,):
            log.say("nvidia", authorization.AuthorizationChanged(
                declarant="nvidia", authorization="AUTH-1", status=one, reason="why"),
                "2026-01-10")  # fmt: skip
    log.say("nvidia", dispatch("SHP-1", 4, "AUTH-1"), "2026-02-01")
    return project(log)


def test_what_was_certified_on_the_day_of_each_act() -> None:
    rows = asked("certified-acts", party="AOLANI")
    assert pick(rows, "act", "gpus", "standing", "outside")[:3] == [
        ("shipment SHP-1", 40, "granted", "country MY"),
        ("lease L-1", 16, "lapsed", "country MY"),
        ("shipment SHP-2", 4, "lapsed", "country MY"),
    ]
    sublet = asked("certified-acts", party="bytedance")
    assert pick(sublet, "act", "certification", "standing") == [
        ("lease L-2", None, "none recorded")
    ]
    assert len(asked("certified-acts", as_of="2026-02-05T00:00:00Z")) == 1
    before = asked_case().before("certified")
    assert asked("certified-acts", known_at=before) == []
    mine = mini("certified-acts", scheme="Cloud Partner", party="aolani")
    assert pick(mine, "act", "standing", "outside") == [
        ("shipment SHP-1", "granted", None),
        ("lease L-1", "granted", None),
    ]


def test_of_several_certifications_the_one_that_stood_best_is_told() -> None:
    tale = Tale()
    tale.certify("C-COVERS")
    tale.certify("C-NEWER", scope=certification.Scope(sites=("OTHER",)), on="2026-01-04")
    tale.certify("C-NEWEST", on="2026-01-05", valid_to="2026-01-06")
    tale.certify("C-ELSE", scheme="others")
    tale.let()
    rows = ask_of(project(tale.log), "certified-acts", party="aolani")
    assert pick(rows, "certification", "others", "standing", "outside") == [
        ("C-COVERS", 2, "granted", None),
        ("C-ELSE", 0, "granted", None),
    ]


# ---- what changed


def test_what_was_said_later_about_before() -> None:
    since = asked_case().at("labels")
    names = ("change", "entry", "about", "asserted_by")
    at = asked_case().at
    assert pick(asked("changed-since", since=since), *names) == [
        ("corrected", at("corrected"), at("receipt"), "aolani"),
        ("late", at("late"), None, "aolani"),
        ("paper added", at("added"), at("dispatch"), "nvidia"),
        ("disputed", at("anchored") + 1, at("placed"), "clip"),
        ("paper given up", at("disposed"), None, "aolani"),
    ]
    (late,) = asked("changed-since", since=at("corrected"), known_at=at("late"))
    assert (late["change"], late["days_late"], late["occurred"]) == ("late", 11, "2025-12-20")
    assert asked("changed-since", since=since, party="auditor") == []
    assert mini("changed-since", since=mini_case().at("dispute"))[0]["change"] == "corrected"


def test_figures_that_became_others_are_about_the_same_moment() -> None:
    names = ("book", "account", "site", "state", "was", "now")
    rows = asked("figures-since", since=asked_case().before("corrected"))
    assert pick(rows, *names) == [
        ("possession", "aolani", "JHR1", "quarantined", 1, 3),
        ("possession", "aolani", "JHR1", "stock", 18, 20),
        ("possession", "carrier", None, "in_transit", 4, 0),
    ]
    assert pick(rows, "entries", "on_one_word") == [(1, 1), (2, 2), (1, 1)]
    assert asked("figures-since", since=asked_case().at("late")) == []


def test_what_was_dated_outside() -> None:
    (row,) = asked("anchors")
    assert (row["size"], row["stamped"], row["cosignatures"], row["undated"]) == (10, 1, 0, 31)
    assert asked("anchors", known_at=asked_case().before("anchored")) == []


# ---- what is on site, what came and left, what is not known


def test_what_is_on_site_by_state() -> None:
    names = ("state", "racks", "quantity", "first_came", "tpp_total", "on_one_word", "on_opening")
    assert pick(asked("on-site", site="JHR1"), *names) == [
        ("lost", 0, 1, "2026-02-10", 36_000, 1, 0),
        ("operational", 3, 24, "2026-02-10", 864_000, 16, 8),
        ("quarantined", 0, 3, "2026-02-10", 108_000, 3, 0),
        ("stock", 0, 20, "2026-02-10", 720_000, 20, 0),
    ]
    known = asked_case().before("late")
    early = asked("on-site", country="MY", as_of="2026-01-20T00:00:00Z", known_at=known)
    assert pick(early, "quantity", "eccn", "operator") == [(8, "3A090.a", "aolani")]
    assert pick(mini("on-site", site="JHR1"), "quantity", "on_one_word") == [(180, 180)]


def test_what_came_left_and_changed() -> None:
    names = ("occurred", "change", "quantity", "to_party", "filed_usd", "on_one_word")
    assert pick(asked("transfers", since="2026-02-01"), *names) == [
        ("2026-02-01", "dispatched", 40, "aolani", 380_000, 0),
        ("2026-02-10", "sold", 36, "aolani", None, 0),
        ("2026-02-10", "received", 40, "aolani", 380_000, 40),
        ("2026-03-02", "dispatched", 4, "aolani", None, 0),
        ("2026-03-03", "dispatched", 2, "aolani", None, 2),
        ("2026-03-10", "swapped", 1, None, None, 1),
        ("2026-04-05", "lost", 1, None, None, 1),
    ]
    assert len(asked("transfers", site="JHR1")) == 4
    known = asked_case().before("corrected")
    received = asked("transfers", site="JHR1", known_at=known)
    assert ("received", 36) in pick(received, "change", "quantity")
    sold = mini("transfers", site="JHR1", since="2026-02-01")
    assert pick(sold, "change", "quantity") == [("sold", 180), ("received", 180)]
    assert {row["change"] for row in mini("transfers", as_of="2026-01-11T00:00:00Z")} == {
        "dispatched"
    }


def test_what_the_figures_leave_open() -> None:
    found = pick(asked("unknown"), "unknown", "about", "quantity")
    for line in (
        ("where a user's parent is", "third", 10),
        ("who owns a user", "bytedance", 12),
        ("end use of a user", "clip", 4),
        ("quantity of a lease", "L-4 to third", None),
        ("who owns a holder", "aolani", 48),
        ("serial numbers of a batch", "A", 2),
        ("serial numbers of a batch", "OLD", 8),
        ("signature that is expected of a party", "third", 10),
    ):
        assert line in found
    assert ("where a user's parent is", "bytedance", 12) not in found
    early = asked("unknown", site="JHR1", as_of="2026-02-05T00:00:00Z")
    assert {row["unknown"] for row in early} == {
        "who owns a holder",
        "serial numbers of a batch",
    }


# ---- the file of a transaction


def test_the_file_of_a_shipment_has_what_belongs_to_it() -> None:
    at = asked_case().at
    rows = asked("records", about="shp-1")
    assert [row["entry"] for row in rows] == [
        at("authorized"), at("dispatch") - 1, at("dispatch"), at("receipt"), at("suspended"),
        at("corrected"), at("added"),
    ]  # fmt: skip
    because = {row["entry"]: row["because"] for row in rows}
    assert because[at("authorized")] == "authorization AUTH-1"
    assert because[at("added")] == f"adds to entry {at('dispatch')}"
    assert [row["counts"] for row in rows if row["entry"] == at("receipt")] == [0]
    disposed = {row["title"]: row["disposed"] for row in rows if row["title"]}
    assert disposed == {"invoice 1": None, "packing list 1": at("disposed")}


def test_the_file_by_a_number_a_party_or_a_country() -> None:
    by_number = asked("records", about="BOL-1")
    assert [row["entry"] for row in by_number] == [
        row["entry"] for row in asked("records", about="SHP-1")
    ]
    party = {row["entry"] for row in asked("records", about="carrier")}
    assert party == {asked_case().at(one) for one in ("dispatch", "second dispatch")} | {
        asked_case().at("second dispatch") + 1,
        asked_case().at("added"),
        asked_case().at("receipt"), asked_case().at("corrected"),
    }  # fmt: skip
    country = {row["entry"] for row in asked("records", about="MY")}
    assert {asked_case().at("placed"), asked_case().at("authorized")} <= country
    assert asked("records", about="SHP-1", known_at=asked_case().before("authorized")) == []
    assert asked("records", about="nobody") == []


def test_which_of_the_usual_papers_are_missing() -> None:
    assert pick(asked("usual-papers", shipment="SHP-1"), "paper", "found") == [
        ("order or contract", None),
        ("invoice", "invoice invoice 1"),
        ("packing list", "packing_list packing list 1"),
        ("transport document", "bol BOL-1"),
        ("export filing", "ExportFiled"),
        ("authorization", "licence D-1"),
        ("statement of end use", None),
        ("receipt", "ShipmentReceived"),
    ]
    before = asked_case().before("added")
    missing = asked("usual-papers", shipment="SHP-1", missing="yes", known_at=before)
    assert [row["paper"] for row in missing] == [
        "order or contract", "packing list", "statement of end use",
    ]  # fmt: skip
    inland = mini("usual-papers", shipment="SHP-0")
    assert "export filing" not in {row["paper"] for row in inland}


# ---- inspections


def test_as_built_against_as_found() -> None:
    names = ("serial", "result", "recorded_rack", "recorded_place", "seen_rack", "seen_place")
    assert pick(asked("as-found", inspection="INS-1"), *names) == [
        ("A-001", "taken out", None, None, "R1", "1/1"),
        ("A-002", "as recorded", "R1", "1/2", "R1", "1/2"),
        ("A-003", "not found", "R1", "1/3", None, None),
        ("Z-999", "not recorded", None, None, "R2", "1/8"),
        ("A-012", "in another rack", "R2", "1/4", "R1", "1/4"),
        ("A-013", "in another place", "R2", "1/5", "R2", "1/6"),
    ]


def test_a_weaker_look_clears_nothing_that_a_stronger_one_found_missing() -> None:
    rows = {row["serial"]: row for row in asked("as-found")}
    assert (rows["A-003"]["result"], rows["A-003"]["strength"]) == ("not found", 4)
    assert (rows["A-004"]["strength"], rows["A-004"]["on_one_word"]) == (1, 1)
    assert rows["A-002"]["on_one_word"] == 0


def test_a_rack_with_what_nobody_looked_at() -> None:
    rows = asked("as-found", rack="R1")
    results = {row["serial"]: row["result"] for row in rows}
    assert results["A-005"] == results["A-030"] == "not looked at"
    assert results["A-001"] == "taken out"
    assert len(rows) == 10
    assert len(asked("as-found", rack="R1", differing="yes")) == 3
    before = asked_case().before("attested")
    assert {row["result"] for row in asked("as-found", rack="R1", known_at=before)} == {
        "not looked at"
    }
    assert asked("as-found", as_of="2026-04-01T00:00:00Z") == []


def test_how_sure_a_site_is_by_strength() -> None:
    names = ("strength", "units", "share", "not_found", "counted", "days", "on_one_word")
    assert pick(asked("assurance", site="JHR1"), *names) == [
        (4, 3, "6.25", 1, 6, 42, 0),
        (2, 0, "0.00", 1, 20, 30, 0),
        (1, 1, "2.08", 0, 2, 31, 1),
        (None, 44, "91.67", None, None, None, None),
    ]
    then = asked("assurance", site="JHR1", known_at=asked_case().at("attested"))
    assert [row["strength"] for row in then] == [4, None]
    assert pick(asked("assurance", as_of="2026-02-05T00:00:00Z"), "site", "units") == [
        ("JHR1", 8),
        ("NV-WH1", 10),
    ]
    (looked, rest) = mini("assurance", site="JHR1")
    assert (looked["counted"], looked["not_found"], looked["units"]) == (2, 1, 0)
    assert (rest["units"], rest["recorded"]) == (180, 180)


# ---- whose word


FIGURES = (
    "as-found", "assurance", "authorization-usage", "capacity-over-time", "certified-acts",
    "cluster", "figures-since", "installed-base", "lease-overlaps", "movements", "on-site",
    "site-capacity", "three-way", "title", "transfers", "unknown", "use",
    "users-by-parent-country", "where",
)  # fmt: skip
"""Answers with figures of the auditors' questions; sums that are compared with each other, and
lists that say who signed each row, have no such column."""


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_the_auditors_questions_says_how_much_rests_on_one_word(name: str) -> None:
    required = {one.name: 1 for one in questions()[name].parameters if one.required}
    columns = _columns(asked_case().view, name, required)
    assert any(one.endswith("on_one_word") for one in columns)


def _columns(view: View, name: str, given: dict[str, Any]) -> tuple[str, ...]:
    reader = sqlite_reader(view.connection)
    return ask(reader, questions()[name], given, as_of=LATER, known_at=40).columns
