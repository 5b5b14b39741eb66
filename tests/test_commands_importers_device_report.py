"""What devices say of themselves: which GPUs, and what stands for none."""

import builtins
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.importers import device_report as reports
from commands.importers.device_report import device_report
from commands.importers.inventory import Defaults, read_inventory
from ledger.errors import LedgerError, Malformed

USUAL = Defaults(batch="B1", model="M", chip="C", rack="R1")

GPU = """<gpu><serial>{serial}</serial><uuid>GPU-00000000-0000-0000-0000-000000000000</uuid>
<product_name>NVIDIA GB200</product_name>
<gpu_part_number>2941-886-A1</gpu_part_number>{more}</gpu>"""
PLATFORM = """<platformInfo><chassis_serial_number>CH-1</chassis_serial_number>
<slot_number>9</slot_number><tray_index>3</tray_index><module_id>2</module_id></platformInfo>"""


def smi(*gpus: str, more: str = "") -> bytes:
    return f"<?xml version='1.0'?><nvidia_smi_log>{''.join(gpus)}{more}</nvidia_smi_log>".encode()


def values(content: bytes) -> list[dict[str, str | None]]:
    return [dict(row.values) for row in device_report(content, "r").rows]


def refused(content: bytes, code: str) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        device_report(content, "r")
    assert caught.value.code == code
    assert caught.value.hint
    return caught.value


def test_each_gpu_of_the_driver_is_a_row_with_its_place() -> None:
    content = smi(GPU.format(serial="S1", more=PLATFORM), GPU.format(serial="N/A", more=""))
    first, second = values(content)
    assert first == {
        "rack": None,
        "serial": "S1",
        "chassis": "CH-1",
        "tray": "3",
        "slot": "2",
        "uuid": None,
        "part_number": "2941-886-A1",
        "product": "NVIDIA GB200",
    }
    assert (second["serial"], second["tray"]) == (None, None)
    stock = read_inventory(content, "r", USUAL).stocks[0]
    assert (stock.rack, stock.chassis, stock.contents) == ("R1", "CH-1", {("C", "B1", "stock"): 2})


@pytest.mark.parametrize(
    ("name", "serials"),
    [("nvidia-smi-a100-sxm4.xml", ["1650522003820"]), ("nvidia-smi-tesla-t4.xml", [None])],
)
def test_real_reports_of_the_driver_are_read(
    samples: Path, name: str, serials: list[str | None]
) -> None:
    assert [one["serial"] for one in values((samples / name).read_bytes())] == serials


def test_a_real_tray_names_its_gpus_as_another_product(samples: Path) -> None:
    found = device_report((samples / "gb200_compute_tray.json").read_bytes(), "tray.json")
    assert [(row.values["serial"], row.values["slot"]) for row in found.rows] == [
        ("1654422005699", "0"),
        ("1754422005699", "1"),
        ("1854422005699", "2"),
        ("1954422005699", "3"),
    ]
    assert found.remarks == (
        "the report calls its GPUs NVIDIA H100 PCIe (4)",
        "and says that they are in GB200 NVL",
    )
    assert found.rows[0].values["chassis"] == "SN_WHATISTHIS1"


def redfish(**more: Any) -> dict[str, Any]:
    place = {"PartLocation": {"LocationOrdinalValue": 1}}
    return {"ProcessorType": "GPU", "SerialNumber": "S1", "Location": place, **more}


def test_redfish_resources_are_found_wherever_they_stand() -> None:
    rack: dict[str, Any] = {
        "@odata.type": "#Chassis.v1_25_0.Chassis",
        "ChassisType": "Rack",
        "SerialNumber": "CH",
    }
    tray: dict[str, Any] = {"@odata.type": "#Chassis.v1_25_0.Chassis", "ChassisType": "Module"}
    tray |= {"Location": {"PartLocation": {"LocationOrdinalValue": 4}}}
    tray["Processors"] = {"Members": [redfish(Model="GB200"), {"ProcessorType": "CPU"}, 7]}
    (one,) = values(json.dumps(rack | {"Contains": [tray]}).encode())
    assert (one["chassis"], one["tray"], one["slot"]) == ("CH", "4", "1")
    (two,) = values(json.dumps([redfish(Location={"PartLocation": 1}, UUID="0-0")]).encode())
    assert (two["slot"], two["uuid"], two["product"]) == (None, None, None)
    (three,) = values(b'{"ProcessorType": "GPU", "SerialNumber": ["x"], "Location": 1}')
    assert three["serial"] is None


def test_a_tray_may_say_little() -> None:
    found = device_report(b'{"dmi_data": 1, "gpus": [{"serial": "S1"}, 7]}', "t")
    assert (len(found.rows), found.remarks) == (1, ())
    assert device_report(b'{"dmi_data": {"product_name": ""}, "gpus": [{}]}', "t").remarks == ()


def test_a_password_in_a_report_is_told_and_its_value_is_not() -> None:
    tray = {"gpus": [{"serial": "S1"}], "bmc": [{"Password": "geheim"}, {"password": "N/A"}]}
    found = device_report(json.dumps(tray).encode(), "t")
    assert found.secrets == ("t/bmc/0/Password",)
    found = device_report(smi(GPU.format(serial="S", more=""), more="<pwd>x</pwd>"), "t")
    assert found.secrets == ("t, pwd",)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<", "REPORT-FORM"),
        (b"<html/>", "REPORT-FORM"),
        (b"<?xml version='1.0' encoding='nonsense'?><a/>", "REPORT-FORM"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><nvidia_smi_log>&b;</nvidia_smi_log>', "REPORT-FORM"),
        (smi(), "REPORT-EMPTY"),
        (b"{}", "REPORT-EMPTY"),
        (b"{", "REPORT-FORM"),
        (b"[" * 100_000, "REPORT-FORM"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "REPORT-EMPTY"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, code: str) -> None:
    refused(content, code)


def test_a_report_of_too_many_gpus_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_GPUS_MAX", 1)
    refused(smi(*[GPU.format(serial="S", more="")] * 2), "REPORT-LARGE")


def test_without_the_extra_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("defusedxml"):
            raise ImportError
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "chipledger[import]" in str(refused(smi(), "EXTRA-MISSING").hint)


def test_a_report_needs_a_rack_or_is_of_loose_units() -> None:
    content = smi(GPU.format(serial="S1", more=""))
    with pytest.raises(Malformed) as caught:
        read_inventory(content, "r", Defaults(batch="B", model="M", chip="C"))
    assert caught.value.code == "RACK-MISSING"
    loose = Defaults(batch="B", model="M", chip="C", loose=True)
    assert read_inventory(content, "r", loose).stocks[0].rack is None
    twice = smi(GPU.format(serial="S1", more=""), GPU.format(serial="s1", more=""))
    with pytest.raises(Malformed, match="r, GPU 2: serial s1 stands on line 1 already"):
        read_inventory(twice, "r", USUAL)


def test_the_csv_of_the_driver_is_an_inventory() -> None:
    text = "name, serial, uuid, memory.total [MiB]\nH100, 1650522003820, GPU-1, 81559 MiB\n"
    text += "H100, [N/A], GPU-2, 81559 MiB\n"
    units = read_inventory(text.encode(), "r.csv", USUAL).stocks[0].units
    assert [unit.serial for unit in units] == ["1650522003820", None]


@given(st.binary(max_size=80), st.sampled_from([b"{", b"[", b"<", b'{"gpus":[{"serial":']))
def test_no_bytes_break_the_reader(rest: bytes, start: bytes) -> None:
    with contextlib.suppress(LedgerError):
        device_report(start + rest, "r")


trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "gpus",
                    "serial",
                    "ProcessorType",
                    "platform_info",
                    "Location",
                    "PartLocation",
                    "@odata.type",
                    "ChassisType",
                    "dmi_data",
                    "product_name",
                    "password",
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=15,
)


@given(trees)
def test_no_tree_breaks_the_reader(tree: Any) -> None:
    with contextlib.suppress(LedgerError):
        device_report(json.dumps(tree).encode(), "r")
