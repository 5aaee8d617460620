# SPDX-License-Identifier: Apache-2.0
"""The bill of materials names what the lock and the models' cards name, and nothing else."""

import base64
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

LOCKS = ("run", "dev")


def printed(root: Path, *more: str) -> str:
    return subprocess.run(
        [root / "scripts" / "sbom", *more], check=True, capture_output=True, text=True, timeout=120
    ).stdout


@pytest.fixture(scope="module", params=LOCKS)
def lock_and_bill(request: pytest.FixtureRequest, root: Path) -> tuple[str, dict[str, Any]]:
    return (root / "requirements" / f"{request.param}.lock").read_text(), json.loads(
        printed(root, "--lock", request.param)
    )


def test_every_pin_of_the_lock_is_a_component_with_all_its_hashes(
    lock_and_bill: tuple[str, dict[str, Any]],
) -> None:
    lock, bill = lock_and_bill
    blocks = re.split(r"^(?=[a-z])", lock, flags=re.MULTILINE)[1:]
    wanted = {
        block.split()[0]: sorted(re.findall(r"sha256:([0-9a-f]{64})", block)) for block in blocks
    }
    found = {
        f"{one['name']}=={one['version']}": [
            each["content"] for each in one["externalReferences"][0]["hashes"]
        ]
        for one in bill["components"]
        if one["type"] == "library" and one["purl"].startswith("pkg:pypi/")
    }
    assert found == wanted
    assert all(wanted.values())


def test_every_package_of_the_page_is_a_component_with_its_hash_and_licence(
    root: Path, lock_and_bill: tuple[str, dict[str, Any]], request: pytest.FixtureRequest
) -> None:
    is_dev = "dev" in request.node.callspec.id
    lock = json.loads((root / "dashboard" / "package-lock.json").read_text("utf-8"))
    wanted = {
        (path.rpartition("node_modules/")[2], one["version"]): one["integrity"]
        for path, one in lock["packages"].items()
        if path and (is_dev or not one.get("dev"))
    }
    found = {
        ("/".join(filter(None, (one.get("group"), one["name"]))), one["version"]): one
        for one in lock_and_bill[1]["components"]
        if one.get("purl", "").startswith("pkg:npm/")
    }
    assert set(found) == set(wanted)
    for key, one in found.items():
        (shown,) = one["externalReferences"][0]["hashes"]
        packed = base64.b64encode(bytes.fromhex(shown["content"])).decode()
        assert wanted[key] == f"sha512-{packed}", key
        assert one["licenses"], key
    scopes = {name: one["scope"] for (name, _), one in found.items()}
    assert scopes["maplibre-gl"] == scopes["@luma.gl/core"] == "required"
    assert scopes["vite"] == scopes["rolldown"] == "excluded"


def test_every_model_is_a_component_with_the_hash_of_its_card(
    root: Path, lock_and_bill: tuple[str, dict[str, Any]]
) -> None:
    cards = [tomllib.loads(path.read_text()) for path in (root / "models").glob("*/model.toml")]
    found = {
        one["name"]: [each["content"] for each in one.get("hashes", ())]
        for one in lock_and_bill[1]["components"]
        if one["type"] == "machine-learning-model"
    }
    known = {card["name"]: [card["sha256"]] if "sha256" in card else [] for card in cards}
    assert found == known


def test_who_wants_whom_names_components_only_and_reaches_all_of_them(
    lock_and_bill: tuple[str, dict[str, Any]],
) -> None:
    bill = lock_and_bill[1]
    ours = bill["metadata"]["component"]["bom-ref"]
    refs = [ours, *(one["bom-ref"] for one in bill["components"])]
    assert len(refs) == len(set(refs))
    wants = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert set(wants) == set(refs)
    reached, waiting = set[str](), [ours]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += wants[ref]
    assert reached == set(refs)


def test_one_clone_has_one_bill(root: Path) -> None:
    assert printed(root) == printed(root)


def test_the_bill_is_cyclonedx_1_6(lock_and_bill: tuple[str, dict[str, Any]]) -> None:
    validation = pytest.importorskip(
        "cyclonedx.validation.json", reason="pip install 'cyclonedx-python-lib[validation]'"
    )
    schema = pytest.importorskip("cyclonedx.schema", reason="the same")
    validator = validation.JsonStrictValidator(schema.SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(lock_and_bill[1])) is None


def test_a_lock_that_cannot_be_read_gives_no_bill(root: Path, tmp_path: Path) -> None:
    for folder in ("requirements", "models"):
        (tmp_path / folder).mkdir()
    shutil.copytree(root / "scripts", tmp_path / "scripts")
    shutil.copytree(root / "development", tmp_path / "development")
    (tmp_path / "pyproject.toml").write_bytes((root / "pyproject.toml").read_bytes())
    (tmp_path / "requirements" / "run.lock").write_text("numpy>=2 \\\n    --hash=sha256:00\n")
    command = [tmp_path / "scripts" / "sbom"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "run scripts/lock" in done.stderr
