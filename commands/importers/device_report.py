"""What a device says of itself: `nvidia-smi -q -x`, the discovery of a tray, Redfish resources.

One row a GPU. `N/A`, a serial number of zeros and a UUID of zeros stand for none. What such a file
calls the GPUs is told, and never taken for the model: a tray may name another product.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from commands.importers import secrets
from commands.importers.table import Origin, Row, Table, value_of
from ledger.errors import Malformed, Unavailable

_NOTHING = re.compile(r"(GPU-)?[0-]+\Z", re.IGNORECASE)
_GPUS_MAX = 100_000
_PLATFORM = {
    "chassis": ("chassis_serial", "chassis_serial_number"),
    "tray": ("tray_index",),
    "slot": ("module_id",),
}
Values = dict[str, str | None]


def device_report(content: bytes, where: str) -> Table:
    """Return the GPUs of a report, in its order.

    Raises:
        Malformed: REPORT-FORM, REPORT-EMPTY, REPORT-LARGE (more than 100,000 GPUs).
        Unavailable: EXTRA-MISSING.
    """
    found = _from_xml(content, where) if b"<" in content[:64] else _from_json(content, where)
    gpus, tray, hidden = found
    if not gpus:
        raise Malformed(
            "REPORT-EMPTY",
            "the report names no GPU",
            where=where,
            hint="write it with `nvidia-smi -q -x`, or collect /redfish/v1/Systems/*/Processors",
        )
    if len(gpus) > _GPUS_MAX:
        raise Malformed(
            "REPORT-LARGE", f"more than {_GPUS_MAX:,} GPUs", where=where, hint="split it by tray"
        )
    rows = tuple(Row(number, {"rack": None, **one}) for number, one in enumerate(gpus, 1))
    origin = Origin(where=where, item="GPU")
    remarks = tuple(_remarks(gpus, tray))
    return Table(origin, rows, secrets=tuple(hidden), remarks=remarks)


def _remarks(gpus: list[Values], tray: str | None) -> Iterator[str]:
    named = Counter(one["product"] for one in gpus if one["product"] is not None)
    if named:
        told = ", ".join(f"{name} ({count:,})" for name, count in named.items())
        yield f"the report calls its GPUs {told}"
    if named and tray is not None:
        yield f"and says that they are in {tray}"


def _cleaned(values: Mapping[str, object]) -> Values:
    """Return a GPU's facts without what stands for none."""
    found: Values = {}
    for name in ("serial", "chassis", "tray", "slot", "uuid", "part_number", "product"):
        value = values.get(name)
        text = value_of(str(value)) if isinstance(value, str | int) else None
        is_none = text is None or (name in {"serial", "uuid", "chassis"} and _NOTHING.match(text))
        found[name] = None if is_none else text
    return found


Report = tuple[list[Values], str | None, list[str]]
"""GPUs, what the tray is called, and where there are secrets."""


def _from_xml(content: bytes, where: str) -> Report:
    try:
        from defusedxml import ElementTree  # noqa: PLC0415  an extra
        from defusedxml.common import DefusedXmlException  # noqa: PLC0415  an extra
    except ImportError:
        raise Unavailable(
            "EXTRA-MISSING",
            "XML is read by defusedxml, which is not installed",
            where=where,
            hint="install chipledger[import]",
        ) from None
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _no_report(where, str(error) or type(error).__name__) from error
    if root.tag != "nvidia_smi_log":
        raise _no_report(where, f"its root is {str(root.tag)[:80]}, not nvidia_smi_log")
    gpus = []
    for gpu in root.iter("gpu"):
        facts: dict[str, object] = {
            "serial": gpu.findtext("serial"),
            "uuid": gpu.findtext("uuid"),
            "product": gpu.findtext("product_name"),
            "part_number": gpu.findtext("gpu_part_number"),
        }
        platform = next(iter((*gpu.iter("platformInfo"), *gpu.iter("platform_info"))), None)
        if platform is not None:
            told = {one.tag.lower(): one.text for one in platform}
            facts |= _platform(told)
        gpus.append(_cleaned(facts))
    hidden = [
        f"{where}, {one.tag}"
        for one in root.iter()
        if secrets.is_secret_name(str(one.tag)) and value_of(one.text or "")
    ]
    return gpus, None, hidden


def _platform(told: Mapping[str, object]) -> dict[str, object]:
    return {
        name: next((told[key] for key in keys if told.get(key) is not None), None)
        for name, keys in _PLATFORM.items()
    }


def _from_json(content: bytes, where: str) -> Report:
    try:
        tree = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        hidden = list(secrets.in_tree(tree, where))
        redfish = list(_processors(tree, {}))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _no_report(where, str(error)) from error
    tray, found = _tray(tree)
    return [_cleaned(one) for one in (found or redfish)], tray, hidden


def _tray(tree: Any) -> tuple[str | None, list[dict[str, object]]]:
    """Return what the discovery of a tray calls it, and its GPUs."""
    if not isinstance(tree, dict) or not isinstance(tree.get("gpus"), list):
        return None, []
    board = tree.get("dmi_data")
    name = board.get("product_name") if isinstance(board, dict) else None
    gpus: list[dict[str, object]] = []
    for one in tree["gpus"]:
        if isinstance(one, dict):
            platform = one.get("platform_info")
            facts = {"serial": one.get("serial"), "product": one.get("name")}
            facts |= {"uuid": one.get("uuid"), "part_number": one.get("part_number")}
            gpus.append(facts | (_platform(platform) if isinstance(platform, dict) else {}))
    return (name if isinstance(name, str) and name else None), gpus


def _processors(tree: Any, place: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the GPUs among Redfish resources, with the chassis and tray that they stand in."""
    if isinstance(tree, list):
        for one in tree:
            yield from _processors(one, place)
    if not isinstance(tree, dict):
        return
    if tree.get("ProcessorType") == "GPU":
        yield {
            "serial": tree.get("SerialNumber"),
            "part_number": tree.get("PartNumber"),
            "uuid": tree.get("UUID"),
            "product": tree.get("Model"),
            "slot": _ordinal(tree),
            **place,
        }
        return
    if str(tree.get("@odata.type", "")).startswith("#Chassis."):
        named = "chassis" if tree.get("ChassisType") == "Rack" else "tray"
        place = place | {named: tree.get("SerialNumber") if named == "chassis" else _ordinal(tree)}
    for one in tree.values():
        yield from _processors(one, place)


def _ordinal(resource: Mapping[str, Any]) -> object:
    """Return the number of the place that a Redfish resource is in, or None."""
    location = resource.get("Location")
    part = location.get("PartLocation") if isinstance(location, dict) else None
    return part.get("LocationOrdinalValue") if isinstance(part, dict) else None


def _no_report(where: str, told: str) -> Malformed:
    return Malformed(
        "REPORT-FORM",
        f"this is no report of a device that can be read: {told[:200]}",
        where=where,
        hint="nvidia-smi -q -x writes XML; the discovery of a tray and Redfish are JSON",
    )
