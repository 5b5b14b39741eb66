"""How models are recorded as classified."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from commands.act import Act
from ledger.errors import Unavailable

_NEWEST = """
    SELECT model.model, model.eccn, model.hts, model.kind, max(model.event_idx)
    FROM model JOIN counting USING (event_idx)
    WHERE counting.to_idx IS NULL AND (
      model.model IN (SELECT value FROM json_each(:models))
      OR model.model IN (SELECT assembly.model FROM assembly
                         WHERE assembly.rack IN (SELECT value FROM json_each(:racks)))
      OR model.model IN (SELECT stocked_rack.model FROM stocked_rack
                         WHERE stocked_rack.rack IN (SELECT value FROM json_each(:racks))))
    GROUP BY model.model ORDER BY model.model"""


@dataclass(frozen=True, slots=True)
class Classified:
    """A model with its classification.

    Attributes:
        model: identifier.
        kind: chip or assembly.
        eccn: export control number.
        hts: customs tariff number, or None.
    """

    model: str
    kind: str
    eccn: str
    hts: str | None


def classified(act: Act, models: Iterable[str] = (), racks: Iterable[str] = ()) -> list[Classified]:
    """Return the newest classification of models, and of the models of racks."""
    bound = {"models": json.dumps(sorted(models)), "racks": json.dumps(sorted(racks))}
    return [
        Classified(
            model=str(row["model"]),
            kind=str(row["kind"]),
            eccn=str(row["eccn"]),
            hts=None if row["hts"] is None else str(row["hts"]),
        )
        for row in act.view.rows(_NEWEST, bound)
    ]


def eccn_of(act: Act, model: str) -> str:
    """Return the recorded ECCN of a model.

    Raises:
        Unavailable: NOT-CLASSIFIED.
    """
    found = classified(act, [model])
    if not found:
        raise Unavailable(
            "NOT-CLASSIFIED",
            f"nobody classified the model {model} here",
            where=model,
            hint="; ".join(act.names.doubts)
            or f"write its ECCN beside it ({model}:3A090.a), or record it: chipledger model"
            f" classify {model}",
        )
    return found[0].eccn
