# SPDX-License-Identifier: Apache-2.0
import hashlib
from pathlib import Path

from privacy_audit.target.box import AuditedBox
from privacy_audit.target.versions import code_sha256, versions

ROOT = Path(__file__).parents[3]


def test_the_hash_of_the_code_can_be_made_anew_as_the_report_says() -> None:
    digest = hashlib.sha256()
    files = [
        path
        for package in ("edge_agent", "wire_contract")
        for path in (ROOT / package).rglob("*.py")
    ]
    for path in sorted(files):
        digest.update(
            str(path.relative_to(ROOT)).encode()
            + b"\0"
            + hashlib.sha256(path.read_bytes()).digest()
        )
    assert code_sha256("edge_agent", "wire_contract") == digest.hexdigest()


def test_what_ran_is_named(audited: AuditedBox) -> None:
    named = versions(audited)
    assert named["config"] == audited.config.sha256()
    assert named["model person-ssdlite"] == named["model as its card says"]
    assert not [name for name, value in named.items() if value in ("", "not found", "unknown")]
