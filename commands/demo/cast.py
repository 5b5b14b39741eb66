"""Who and what is on stage: parties, sites, models. Names are those of the report; acts are not."""

from ledger.canonical import ordered
from ledger.events.party import PartyFields, PartyKind
from ledger.events.product import Contents, ModelClassified
from ledger.events.site import SiteRegistered

GPU = "GB200-GPU"
RACK = "GB200-NVL72"
WAREHOUSE = "NV-WH"
PLANT = "AIV-PLANT"
HALL = "JHR-1"
CARRIER = "straits-carrier"
AUDITOR = "example-auditor"
REPORTER = "press-desk"
RACKS = 500
GPUS_PER_RACK = 72
BATCHES = 9
BATCH_SIZE = 4_000
RACKS_PER_SHIPMENT = 20
LEASED = 480


def _party(
    party: str,
    name: str,
    kind: PartyKind | None,
    country: str | None,
    founded: str | None = None,
) -> PartyFields:
    return PartyFields(
        party=party,
        legal_name=name,
        display_name=f"{name} (demonstration)",
        kind=kind,
        founded=founded,
        country=country,
    )


AOLANI = _party("aolani", "Aolani Cloud", "private", "MY", "2023")
PARTIES: tuple[tuple[PartyFields, tuple[str, ...]], ...] = (
    (_party("nvidia", "Nvidia", "listed", "US"), ("maker", "certifier", "exporter")),
    (_party("aivres", "Aivres", "private", "US"), ("integrator", "exporter")),
    (_party("aolani-holding", "Aolani Holding", "holding", "KY"), ("owner",)),
    (_party("bytedance", "ByteDance", "private", "CN"), ("lessee",)),
    (_party(CARRIER, "Straits Carrier", None, "SG"), ("forwarder",)),
    (_party(AUDITOR, "Example Auditor", None, "SG"), ("auditor",)),
    (_party(REPORTER, "Press desk", None, None), ("reporter",)),
)
AOLANI_ROLES = ("operator", "owner", "exporter")

SITES = (
    SiteRegistered(
        registrant="aolani",
        site=WAREHOUSE,
        name="Maker's warehouse",
        country="US",
        kind="warehouse",
        operator="nvidia",
    ),
    SiteRegistered(
        registrant="aolani",
        site=PLANT,
        name="Integration plant",
        country="US",
        kind="factory",
        operator="aivres",
    ),
    SiteRegistered(
        registrant="aolani",
        site=HALL,
        name="Johor data centre",
        country="MY",
        locode="MYJHB",
        kind="data_center",
        operator="aolani",
    ),
)

MODELS = (
    ModelClassified(
        classifier="nvidia",
        model=GPU,
        kind="chip",
        aliases=ordered("B200", "Blackwell B200"),
        eccn="3A090.a",
        tpp="36000",
        performance_density="22",
        source="maker's data sheet, dense FP8",
    ),
    ModelClassified(
        classifier="nvidia",
        model="H100",
        kind="chip",
        aliases=("H100 SXM5",),
        eccn="3A090.a",
        tpp="15832",
        performance_density="19.4",
        source="maker's data sheet, dense FP8",
    ),
    ModelClassified(
        classifier="nvidia",
        model=RACK,
        kind="assembly",
        aliases=("NVL72",),
        contains=(Contents(model=GPU, quantity=GPUS_PER_RACK),),
        eccn="4A090.a",
        hts="8471.50.0150",
        source="maker's data sheet",
    ),
)

PRESS_DIGEST = """Press digest, March 2026, in our own words. It proves nothing but the report.

1. ByteDance, the Chinese parent of TikTok, prepares to use a cluster of about 36,000 Nvidia B200
   GPUs in Malaysia for research and development, as it cannot buy such GPUs in China under the
   export restrictions of the United States.
2. The cluster is said to be worth about US$2.5 billion: about 500 NVL72 racks of 72 GPUs, owned
   and operated by the cloud provider Aolani Cloud in Malaysia.
3. The hardware is said to come through Aivres, which builds servers on Nvidia GPUs. ByteDance
   gets compute as a cloud service and does not own the hardware.
4. Nvidia is reported to have said that this use is allowed as long as the export of the hardware
   follows the rules of the US Department of Commerce, in particular its Bureau of Industry and
   Security.
5. Aolani was founded in late 2023, has a parent company in the Cayman Islands, and is a tier-1
   Nvidia cloud partner: it gets the newest GPUs after passing Nvidia's compliance checks.
6. From February 2025 ByteDance leased AI servers with Nvidia H100 GPUs in Malaysia.
7. ByteDance is considering another cluster of more than 7,000 B200 in a data centre in Indonesia.
8. The rules of 2023 are said to control mainly where AI hardware is exported to, not where compute
   is used from.
"""

CLAIMS: tuple[tuple[str, str | None, tuple[str, ...], str], ...] = (
    (
        "CLAIM-VALUE",
        None,
        ("aolani", "bytedance"),
        (
            "The cluster is worth about US$2.5 billion and has about 500 NVL72 racks; Aolani Cloud "
            "will own and operate it in Malaysia."
        ),
    ),
    (
        "CLAIM-SUPPLY",
        None,
        ("aivres", "bytedance"),
        "The hardware comes through Aivres; ByteDance gets compute as a service, not hardware.",
    ),
    (
        "CLAIM-NVIDIA",
        "nvidia",
        ("aolani", "bytedance"),
        (
            "This use is allowed as long as the export of the hardware follows the rules of the US "
            "Department of Commerce, in particular its Bureau of Industry and Security."
        ),
    ),
    (
        "CLAIM-RULES",
        None,
        (),
        (
            "The rules of 2023 control mainly where AI hardware is exported to, not where compute "
            "is used from."
        ),
    ),
)
"""Claim, speaker, subjects, statement in our own words."""
