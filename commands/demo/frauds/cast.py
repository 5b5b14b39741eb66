"""The fictitious firms of the planted frauds, their sites and models. No real name appears here."""

from typing import Literal

from ledger.canonical import ordered
from ledger.events.party import PartyFields, PartyKind
from ledger.events.product import Contents, ModelClassified
from ledger.events.site import SiteRegistered

SiteKind = Literal["factory", "warehouse", "port", "data_center"]

GPU = "QX1-GPU"
RACK = "QX1-72"
GPUS_PER_RACK = 72
MAKER = "quillmark"
INTEGRATOR = "brackenfold"
CLOUD = "tidewrack"
CARRIER = "gannetway"
STRANGER = "saltmarsh"
LESSEE = "lampwick"
AUDITOR = "fernhollow"
STORE = "QUILL-STORE"
PLANT = "BRACKEN-PLANT"
HALL_1 = "TIDE-HALL-1"
HALL_2 = "TIDE-HALL-2"
HALL_3 = "TIDE-HALL-3"
DEPOT = "SALT-DEPOT"


def _party(party: str, name: str, kind: PartyKind, country: str) -> PartyFields:
    return PartyFields(
        party=party,
        legal_name=f"{name} (fictitious)",
        display_name=f"{name} (fictitious)",
        kind=kind,
        country=country,
    )


REGISTRY = _party("plover", "Plover Registry", "private", "SG")
"""Who operates the ledger, and has no part in the trade."""
PARTIES: tuple[tuple[PartyFields, tuple[str, ...]], ...] = (
    (_party(CLOUD, "Tidewrack Cloud", "listed", "MY"), ("operator", "owner")),
    (_party(MAKER, "Quillmark Silicon", "listed", "US"), ("maker", "certifier", "exporter")),
    (_party(INTEGRATOR, "Brackenfold Systems", "listed", "US"), ("integrator", "exporter")),
    (_party(CARRIER, "Gannetway Freight", "listed", "SG"), ("forwarder",)),
    (_party(STRANGER, "Saltmarsh Storage", "private", "MY"), ("forwarder",)),
    (_party(LESSEE, "Lampwick Models", "private", "SG"), ("lessee",)),
    (_party(AUDITOR, "Fernhollow Audit", "private", "SG"), ("auditor",)),
)


def _site(site: str, name: str, country: str, kind: SiteKind, operator: str) -> SiteRegistered:
    return SiteRegistered(
        registrant=CLOUD, site=site, name=name, country=country, kind=kind, operator=operator
    )


SITES = (
    _site(STORE, "Quillmark's warehouse", "US", "warehouse", MAKER),
    _site(PLANT, "Brackenfold's plant", "US", "factory", INTEGRATOR),
    _site(HALL_1, "Tidewrack's first hall", "MY", "data_center", CLOUD),
    _site(HALL_2, "Tidewrack's second hall", "MY", "data_center", CLOUD),
    _site(HALL_3, "Tidewrack's third hall, not built yet", "MY", "data_center", CLOUD),
    _site(DEPOT, "Saltmarsh's depot", "MY", "warehouse", STRANGER),
)

MODELS = (
    ModelClassified(
        classifier=MAKER,
        model=GPU,
        kind="chip",
        eccn="3A090.a",
        tpp="20000",
        performance_density="20",
        source="data sheet (invented)",
    ),
    ModelClassified(
        classifier=MAKER,
        model=RACK,
        kind="assembly",
        contains=ordered(Contents(model=GPU, quantity=GPUS_PER_RACK)),
        eccn="4A090.a",
        source="data sheet (invented)",
    ),
)
