"""The types of evidence as plain data, so that the page decodes by the same table as this program.

A type becomes an object whose `t` names its kind; structs stand in one table by their names. What a
field's type says beside (bounds, pattern, the kind of thing that it names, whether it is a date)
goes along, and whether a list is a set. The lists in an evidence file's lines, which have a tag,
are for the reader of lines to judge.
"""

from typing import Any

import msgspec
from msgspec import Struct, inspect

from ledger.occurred import OCCURRED_PATTERN

Node = dict[str, Any]


class Schema:
    """Structs by name, filled as types are described.

    Attributes:
        structs: name to its fields in the order of the struct, and to its tag where it has one.
    """

    def __init__(self) -> None:
        self.structs: dict[str, Node] = {}
        self._classes: dict[str, type] = {}

    def struct(self, struct: type[Struct]) -> str:
        """Return the name of a struct, which stands in the table from now on.

        Raises:
            TypeError: when two structs have one name, or a type is of a kind that no page knows.
        """
        name = struct.__name__
        if self._classes.setdefault(name, struct) is not struct:
            raise TypeError(f"two structs are called {name}")
        if name not in self.structs:
            described = inspect.type_info(struct)
            assert isinstance(described, inspect.StructType)  # noqa: S101  of a struct
            in_order: tuple[str, ...] = getattr(struct, "ordered_fields", ())
            fields = [self._field(one) for one in described.fields]
            for field in fields:
                if field["t"] == "list":
                    field["set"] = described.tag is None and field["name"] not in in_order
            self.structs[name] = {"fields": fields, "tag": described.tag}
        return name

    def _field(self, field: inspect.Field) -> Node:
        return {"name": field.encode_name, "required": field.required} | self._node(field.type)

    def _node(self, given: inspect.Type) -> Node:
        node: Node
        match given:
            case inspect.Metadata(type=inner, extra=extra):
                node = self._node(inner) | (extra or {})
            case inspect.UnionType(types=(inner, inspect.NoneType())):
                node = self._node(inner) | {"null": True}
            case inspect.StrType(min_length=least, max_length=most, pattern=pattern):
                node = {"t": "str", "least": least, "most": most, "pattern": pattern}
                node |= {"date": True} if pattern == OCCURRED_PATTERN else {}
            case inspect.IntType(ge=least, le=most):
                node = {"t": "int", "least": least, "most": most}
            case inspect.BoolType():
                node = {"t": "bool"}
            case inspect.LiteralType(values=values):
                node = {"t": "literal", "values": list(values)}
            case inspect.VarTupleType(item_type=item, min_length=least, max_length=most):
                node = {"t": "list", "item": self._node(item), "least": least, "most": most}
            case inspect.StructType(cls=struct):
                node = {"t": "struct", "struct": self.struct(struct)}
            case inspect.RawType():
                node = {"t": "raw"}
            case _:
                raise TypeError(f"the page knows no type like {given!r}"[:200])
        return node


def plain(value: object) -> bytes:
    """Return JSON that a script may hold: no `<`, so that no tag can begin in it."""
    return msgspec.json.encode(value, order="sorted").replace(b"<", b"\\u003c")
