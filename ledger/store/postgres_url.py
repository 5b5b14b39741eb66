"""The URL of a ledger in PostgreSQL: what it may hold, and what is shown of it.

A URL says where the database is and who connects, never a password: libpq takes that from its
password file, from a service file, or from a certificate or the socket's peer.
"""

from typing import Final

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.errors import Malformed

SECRETS: Final = frozenset({"password", "sslpassword"})
# A machine that is gone without a word is noticed within half a minute, also while a commit waits.
_SETTINGS: Final = {
    "application_name": "chipledger",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}


def conninfo(url: str, *, readonly: bool = False) -> str:
    """Return what libpq connects with: who writes, of several servers to the one that takes it.

    Raises:
        Malformed: URL for one that libpq does not read; URL-PASSWORD. Neither shows it.
    """
    parts = _parts(url)
    settings = dict(_SETTINGS)
    if "," in parts.get("host", "") and not readonly:
        settings["target_session_attrs"] = "read-write"
    return make_conninfo("", **{**settings, **parts, "client_encoding": "utf8"})


def shown(url: str) -> str:
    """Return hosts, ports and database of a URL, for messages.

    Raises:
        Malformed: as `conninfo`.
    """
    parts = _parts(url)
    if "service" in parts:
        return f"postgresql service {parts['service']}"
    hosts, ports = (parts.get(name, "").split(",") for name in ("host", "port"))
    ports *= len(hosts) if len(ports) == 1 else 1  # one port is that of all
    named = (f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=False))
    return f"postgresql://{','.join(named)}/{parts.get('dbname', '')}"


def _parts(url: str) -> dict[str, str]:
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError:
        raise Malformed(  # libpq's own message may quote a password
            "URL",
            "the URL is none that PostgreSQL reads",
            hint="write postgresql://USER@HOST:PORT/DATABASE, or postgresql:///?service=NAME",
        ) from None
    if SECRETS & parts.keys():
        raise Malformed(
            "URL-PASSWORD",
            "a ledger's URL holds no password",
            hint="put it into ~/.pgpass, or name a service of ~/.pg_service.conf",
        )
    return parts
