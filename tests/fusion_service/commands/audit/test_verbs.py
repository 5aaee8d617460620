# SPDX-License-Identifier: Apache-2.0
"""The verbs of signed audits, from an auditor's key to what the centre shows."""

from pathlib import Path

import pytest

from development.testbed.verbs import ended_verb as run
from fusion_service.store.sqlite.access.keeper import AccessFile
from tests.fusion_service.audits.kept_box import KeptBox
from tests.fusion_service.audits.made_audit import printed


@pytest.fixture(name="kept")
def _kept(tmp_path: Path) -> KeptBox:
    made = KeptBox(tmp_path / "fusion.sqlite")
    made.speak()
    (tmp_path / "audit.json").write_bytes(printed(began_utc="2025-01-14 12:00:00") + b"\n")
    return made


def config_with(folder: Path, auditors: str) -> Path:
    path = folder / "fusion.toml"
    path.write_text(f'[store]\npath = "fusion.sqlite"\n[officer.auditors]\n{auditors}\n', "utf-8")
    return path


def test_an_audit_is_signed_brought_in_and_shown(kept: KeptBox, tmp_path: Path) -> None:
    key, signed = tmp_path / "fg.key", tmp_path / "audit.signed"
    made = run("audit", "keygen", key)
    assert made.returncode == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert run("audit", "keygen", key).returncode == 1, "a key is never overwritten"
    done = run("audit", "sign", tmp_path / "audit.json", "--key", key, "--out", signed)
    assert (done.returncode, done.stderr) == (0, "")
    assert "beach/pier-1" in done.stdout
    again = run("audit", "sign", tmp_path / "audit.json", "--key", key, "--out", signed)
    assert "name a new file" in again.stderr
    config = config_with(tmp_path, f'fg = "{made.stdout.strip()}"')
    assert (
        "no audit was brought in" in run("audit", "show", "beach/pier-1", "--config", config).stderr
    )
    brought = run("audit", "import", signed, "--config", config)
    assert brought.returncode == 0, brought.stderr
    assert "40 of 40 attacks refused" in brought.stdout
    assert "EXPIRED, the box changed since: model" in brought.stdout
    shown = run("audit", "show", "beach/pier-1", "--config", config).stdout
    assert "signed by fg" in shown
    assert "unproven: at rest: memory: without root" in shown
    refused = run("audit", "import", signed, "--config", config)
    assert (refused.returncode, "older than the one" in refused.stderr) == (1, True)
    with AccessFile(kept.path, size_mib_max=64) as keeper:
        newest = keeper.entries(before_id=2**53, limit=1)[0]
    assert (newest.action, newest.actor) == ("bring in an audit", "command")


def test_nothing_comes_in_without_the_auditors_key(kept: KeptBox, tmp_path: Path) -> None:
    key, signed = tmp_path / "fg.key", tmp_path / "audit.signed"
    run("audit", "keygen", key)
    run("audit", "sign", tmp_path / "audit.json", "--key", key, "--out", signed)
    nobody = run("audit", "import", signed, "--config", config_with(tmp_path, ""))
    assert "[officer.auditors]" in nobody.stderr
    other = run("audit", "keygen", tmp_path / "other.key").stdout.strip()
    config = config_with(tmp_path, f'fg = "{other}"')
    assert "signed by no auditor" in run("audit", "import", signed, "--config", config).stderr
    raw = run("audit", "import", tmp_path / "audit.json", "--config", config)
    assert "it is not signed" in raw.stderr
    assert kept.audits.newest("beach", "pier-1") is None


def test_only_what_an_audit_printed_is_signed(tmp_path: Path) -> None:
    key = tmp_path / "fg.key"
    run("audit", "keygen", key)
    for text in ("{}", "two\nlines", "é"):
        (tmp_path / "x.json").write_text(text, "utf-8")
        done = run("audit", "sign", tmp_path / "x.json", "--key", key, "--out", tmp_path / "x")
        assert done.returncode == 1
        assert not (tmp_path / "x").exists()
    missing = run("audit", "sign", tmp_path / "no", "--key", key, "--out", tmp_path / "x")
    assert "cannot be read" in missing.stderr
    (tmp_path / "bad.key").write_text("short\n")
    (tmp_path / "a.json").write_bytes(printed())
    bad = run("audit", "sign", tmp_path / "a.json", "--key", tmp_path / "bad.key", "--out", key)
    assert "no key" in bad.stderr
