"""An audit on a Dask cluster whose connections are encrypted, as the guide sets it up."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.evidence.publishing import publish
from tests.authority import Authority
from tests.dask_cluster import ROOT, Running
from tests.told import told

GUIDE = ROOT / "docs" / "how-to" / "audit-on-many-machines.md"


def settings(folder: Path) -> dict[str, str]:
    """Make certificates for each of the three, and Dask's settings as the guide has them."""
    folder.mkdir()
    authority = Authority(folder, usage="basicConstraints = CA:FALSE\n")
    for name in ("auditor", "scheduler", "worker"):
        request = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key")
        authority.openssl(*request, "-out", f"{name}.csr", "-subj", f"/CN={name}")
        authority.openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "root.pem", "-CAkey", "root.key"),
            *("-CAcreateserial", "-out", f"{name}.pem", "-days", "10", "-extfile", "usage"),
        )
    (folder / "root.pem").rename(folder / "ca.pem")
    [text] = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    (folder / "dask.yaml").write_text(re.sub(r"\w+\.(?:pem|key)", rf"{folder}/\g<0>", text))
    return {"DASK_CONFIG": str(folder / "dask.yaml")}


def verify(log: Path, workers: str, dask: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    named = ("verify", str(log), "--fingerprint", told().ledger.fingerprint.hex())
    more = ("--json", "--workers", workers)
    return subprocess.run(
        [sys.executable, "-c", "from commands.main import main; main()", *named, *more],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | dask,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_cluster_with_certificates_gives_the_report_of_one_process(tmp_path: Path) -> None:
    ours, others = settings(tmp_path / "ours"), settings(tmp_path / "others")
    publish(told().ledger.source(), tmp_path / "log")
    dask = Running(tmp_path / "scheduler.json", settings=ours)
    try:
        dask.start(2, "--host", "tls://127.0.0.1", "--port", "0")
        assert dask.address.startswith("tls://")
        together = verify(tmp_path / "log", dask.address, ours)
        assert together.returncode == 0, together.stderr
        assert together.stdout == verify(tmp_path / "log", "1", {}).stdout
        # Certificates of another authority, none, and no encryption: an error, and no report.
        plain = dask.address.replace("tls", "tcp")
        for address, dask_settings in (
            (dask.address, others),
            (dask.address, {}),
            (plain, ours),
            (plain, {}),
        ):
            refused = verify(tmp_path / "log", address, dask_settings)
            assert (refused.returncode, refused.stdout) == (3, "")
            assert "code: CLUSTER-UNREACHABLE" in refused.stderr
    finally:
        dask.end()
