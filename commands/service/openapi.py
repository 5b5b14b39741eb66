"""What the service takes and answers, as OpenAPI 3.1 describes it."""

from typing import Any

import msgspec

from commands.service.answers import Failure, Results
from commands.service.service import Request
from ledger.version import __version__

_TEXT = {"text/plain": {"schema": {"type": "string"}}}
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def document() -> dict[str, Any]:
    """Return the document, made from the types that the service itself decodes and encodes."""
    _, schemas = msgspec.json.schema_components(
        [Request, Results, Failure], ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "chipledger submission service",
            "version": __version__,
            "description": "Takes signed events and answers when they are recorded, durably. "
            "What is recorded already is answered again: sending twice does no harm.",
        },
        "paths": _paths(),
        "components": {"schemas": schemas},
    }


def _paths() -> dict[str, Any]:
    return {
        "/v1/events": {
            "post": {
                "operationId": "submitEvents",
                "summary": "Submit signed events; each is decided alone.",
                "requestBody": {"required": True, "content": _json("Request")},
                "responses": {
                    "200": _answer("All had been recorded before.", _json("Results")),
                    "201": _answer("All are recorded, at least one of them now.", _json("Results")),
                    "207": _answer("Some are recorded, some refused.", _json("Results")),
                    "400": _answer("The one event, or the body, is malformed.", _either()),
                    "403": _answer("The one event is refused.", _json("Results")),
                    "409": _answer("The one event contradicts what is recorded.", _json("Results")),
                    **_failures("408", "413", "415", "429", "500", "503"),
                },
            }
        },
        "/v1/documents/{sha256}": {
            "put": {
                "operationId": "uploadDocument",
                "summary": "Upload a document before the event that names it; kept for an hour.",
                "parameters": [_parameter("sha256", _SHA256)],
                "requestBody": {"required": True, "content": _BYTES},
                "responses": {
                    "200": _answer("It was here before.", {}),
                    "201": _answer("It waits for its event.", {}),
                    **_failures("400", "408", "413", "415", "429", "500"),
                },
            }
        },
        "/v1/entries/{index}/proof": {
            "get": {
                "operationId": "proveEntry",
                "summary": "An entry with its inclusion proof (C2SP tlog-proof).",
                "parameters": [
                    _parameter("index", {"type": "integer", "minimum": 0, "maximum": 10**15 - 1})
                ],
                "responses": {
                    "200": _answer("The proof.", _TEXT),
                    **_failures("400", "404", "500", "503"),
                },
            }
        },
        "/checkpoint": _read("readCheckpoint", "The newest checkpoint, a signed note.", _TEXT),
        "/tile/{path}": _read(
            "readTile",
            "Tiles of hashes and bundles of entries (C2SP tlog-tiles).",
            _BYTES,
            parameters=[_parameter("path", {"type": "string", "minLength": 1})],
            failures=("404", "500", "503"),
        ),
        "/health": _read("health", "Whether the program answers.", _TEXT),
        "/ready": _read("ready", "Whether it can record.", _TEXT, failures=("429", "500", "503")),
        "/metrics": _read("metrics", "Counters for Prometheus.", _TEXT),
        "/openapi.json": _read("openapi", "This description.", {"application/json": {}}),
    }


def _read(
    name: str,
    summary: str,
    content: dict[str, Any],
    *,
    parameters: list[dict[str, Any]] | None = None,
    failures: tuple[str, ...] = ("500", "503"),
) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": parameters or [],
            "responses": {"200": _answer(summary, content), **_failures(*failures)},
        }
    }


def _answer(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": description} | ({"content": content} if content else {})


def _failures(*statuses: str) -> dict[str, Any]:
    answer = _answer("It came to nothing; the body says why.", _json("Failure"))
    return dict.fromkeys(statuses, answer)


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _either() -> dict[str, Any]:
    names = ("Results", "Failure")
    schemas = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return {"application/json": {"schema": {"anyOf": schemas}}}


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}
