"""What a field must look like, in words: for people who typed it otherwise."""

import re

from ledger import canonical
from ledger.errors import Malformed
from ledger.events.base import STATEMENT_BYTES_MAX, EventData

_DATE = "write 2026-03-02T14:00:00+08:00, 2026-03-02, 2026-03, 2026 or ../2025-01"
_DECIMAL = "write a decimal number without zeros at its end, such as 80 or 19.4"
_CODE = "write 1 to 64 printable ASCII characters"
_TEXT = "write 1 to 200 characters; longer ones belong into a document or into --sealed"
_LONG_TEXT = "write 1 to 4,000 characters"
_COUNT = "write a whole number"
_DATES = (
    "agreed_on", "dated", "due", "export_date", "made", "period", "published_on", "retrieved_on",
    "until", "valid_from", "valid_to", "window_from", "window_to",
)  # fmt: skip
_DECIMALS = (
    "energy_mwh", "gpu_hours", "it_megawatts", "latitude", "longitude", "memory_bandwidth",
    "metered_mwh", "performance_density", "tpp",
)  # fmt: skip
_CODES = (
    "certificate", "chassis_serial", "contract", "eccn", "level", "licence_code", "number", "rma",
    "seals", "serials", "unit",
)  # fmt: skip
_HINTS = {
    **dict.fromkeys(_DATES, _DATE),
    **dict.fromkeys(_DECIMALS, _DECIMAL),
    **dict.fromkeys(_CODES, _CODE),
    **dict.fromkeys(["quotation", "end_use", "exceptions", "limits"], _LONG_TEXT),
    **dict.fromkeys(["value_limit_usd", "counted", "found", "quantity", "gpus"], _COUNT),
    "method": "write at least 1 character; at most 200 of units, 4,000 of an inspection",
    "hts": "write a tariff number such as 8471.50.0150",
    "itn": "write X and 14 digits, such as X20260504000001",
    "locode": "write a UN/LOCODE such as MYJHB",
    "incoterm": "write a rule of three letters such as DAP",
    "to_ledger": "write the other ledger's name, such as ledger.example.com",
}
_PATH = re.compile(r"at `\$\.([a-z_]+(?:\[[0-9.]+\]|\.[a-z_]+)*)`")


def check_fields(data: EventData) -> None:
    """Refuse data that is not what its type says, in the words of the field it is about.

    Raises:
        Malformed: FIELD, with how to write it; otherwise as `canonical.decode`.
    """
    try:
        content = canonical.encode(data)
        canonical.decode(content, type(data), size_max=STATEMENT_BYTES_MAX, what="data")
    except Malformed as error:
        found = _PATH.search(error.message)
        if found is None:
            raise
        name = re.sub(r"\[[0-9.]+\]", "", found[1]).rpartition(".")[2]
        raise Malformed(
            "FIELD",
            f"the field {name.replace('_', ' ')} cannot be written so",
            where=name,
            hint=_HINTS.get(name, _TEXT),
        ) from error
