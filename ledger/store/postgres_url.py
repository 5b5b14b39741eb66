"""The URL of a ledger in PostgreSQL: what it may hold, and what is shown of it.

A URL says where the database is and who connects, never a password: libpq takes that from its
password file, from a service file, or from a certificate or the socket's peer.
"""

from typing import Final

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.errors import Malformed

SECRETS: Final = frozenset({"password", "sslpassword"})
_SETTINGS: Final = {"application_name": "chipledger", "connect_timeout": "10"}


def conninfo(url: str) -> str:
    """Return what libpq connects with.

    Raises:
        Malformed: URL for one that libpq does not read; URL-PASSWORD. Neither shows it.
    """
    return make_conninfo("", **{**_SETTINGS, **_parts(url), "client_encoding": "utf8"})


def shown(url: str) -> str:
    """Return host, port and database of a URL, for messages.

    Raises:
        Malformed: as `conninfo`.
    """
    parts = _parts(url)
    if "service" in parts:
        return f"postgresql service {parts['service']}"
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{parts.get('host', '')}{port}/{parts.get('dbname', '')}"


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
