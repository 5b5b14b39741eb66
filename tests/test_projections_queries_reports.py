"""The figures of the questions that reports are made of, of the small case."""

from tests.mini_case import mini_case
from tests.test_projections_queries import answer, pick


def test_batches_say_what_was_made_and_what_is_held() -> None:
    rows = answer("batches")
    assert sum(int(row["quantity"]) for row in rows) == 200
    assert pick(rows, "quantity") == pick(rows, "held")
    first = rows[0]["batch"]
    assert pick(answer("batches", batch=first), "batch") == [(first,)]
    assert answer("batches", party="nobody") == []


def test_racks_are_where_their_units_are() -> None:
    rows = answer("racks")
    running = [row for row in rows if row["state"] == "operational"]
    assert sum(int(row["quantity"]) for row in running) == 180
    assert {row["site"] for row in running} == {"JHR1"}
    assert all(row["assembly"] for row in running)
    assert answer("racks", site="nowhere") == []
    [one] = answer("racks", rack=running[0]["rack"])
    assert one == running[0]
    batch = str(one["batches"]).split(",")[0]
    assert one in answer("racks", batch=batch)
    assert answer("racks", batch="none") == []


def test_units_are_listed_by_their_newest_manifest() -> None:
    rows = answer("units")
    serials = [row["serial"] for row in rows]
    assert serials == sorted(set(serials))
    assert pick(answer("units", serial=serials[0]), "serial") == [(serials[0],)]
    assert answer("units", batch="none") == []


def test_moves_tell_both_sides_of_each_event() -> None:
    rows = answer("moves")
    assert rows[0]["giver"] == "@commissioned"
    received = [row for row in rows if row["event"] == "ShipmentReceived"]
    assert {row["giver"] for row in received} == {"carrier", "nvidia"}
    assert {row["to_place"] for row in received} <= {"JHR1", "AIV-SJC"}
    assert all(
        "carrier" in (row["giver"], row["receiver"]) for row in answer("moves", party="carrier")
    )
    assert answer("moves", site="nowhere") == []
    assert answer("moves", shipment="none") == []


def test_possession_over_time_ends_with_what_is_held_now() -> None:
    now: dict[tuple[str, str], int] = {}
    for row in answer("possession-over-time"):
        now[row["holder"], row["state"]] = row["quantity"]
    held = {("aivres", "stock"): 20, ("aolani", "operational"): 180}
    assert {account: quantity for account, quantity in now.items() if quantity} == held


def test_a_correction_changes_the_past_and_not_what_was_known_then() -> None:
    before = mini_case().before("correction")
    then = answer("possession-path", known_at=before)
    assert then != answer("possession-path")


def test_the_path_goes_from_the_maker_to_the_holder() -> None:
    path = [(row["giver"], row["receiver"]) for row in answer("possession-path")]
    assert path[0] == ("@commissioned", "nvidia")
    assert path[-1] == ("carrier", "aolani")
    assert {("carrier", "aolani")} <= set(
        pick(answer("possession-path", party="aolani"), "giver", "receiver")
    )


def test_what_runs_is_what_is_leased_and_what_is_not() -> None:
    rows = answer("running-over-time")
    assert rows[-1]["operational"] == 180
    assert all(row["operational"] == row["leased"] + row["unallocated"] for row in rows)
    assert answer("running-over-time", site="nowhere") == []


def test_keys_name_who_vouches_and_signatures_who_signed() -> None:
    keys, signed = answer("keys"), answer("signatures")
    assert all(row["enrolled_by"] for row in keys)
    assert {row["party"] for row in signed} >= {"aolani", "aivres"}
    assert pick(answer("signatures", party="aolani"), "party")[0] == ("aolani",)
    assert all(int(row["alone"]) <= int(row["entries"]) for row in signed)


def test_what_is_added_up_alone_is_what_the_questions_with_whose_word_say() -> None:
    """At each of both clocks, the plain ones group what the others say."""
    case = mini_case()
    for clocks in ({}, {"known_at": case.before("correction")}, {"as_of": "2026-02-09T16:00:00Z"}):
        for plain, full, names in (
            ("holdings", "where", ("holder", "site", "country", "state", "model", "quantity")),
            ("owners", "title", ("owner", "model", "quantity")),
            ("users", "use", ("lessee", "model", "site", "quantity", "operational")),
        ):
            told: dict[tuple[object, ...], int] = {}
            for row in answer(full, **clocks):
                key = tuple(row[name] for name in names if name != "quantity")
                told[key] = told.get(key, 0) + int(row["quantity"])
            found = {
                tuple(row[name] for name in names if name != "quantity"): row["quantity"]
                for row in answer(plain, **clocks)
            }
            assert found == {key: units for key, units in told.items() if units}
            assert clocks or found


def test_parties_are_who_they_were_last_registered_as_with_the_roles_they_have() -> None:
    rows = {str(row["party"]): row for row in answer("parties")}
    assert rows["aolani"]["legal_name"]
    assert "operator" in str(rows["aolani"]["roles"]).split(", ")
    assert answer("parties", party="aolani") == [rows["aolani"]]
    assert answer("parties", party="nobody") == []
    assert len(answer("parties", known_at=0)) == 1
