# SPDX-License-Identifier: Apache-2.0
"""docs/REPORT_FORMAT.md against the code: every field of every message, with what it may hold."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wire_contract.messages.acknowledgement import Acknowledgement
from wire_contract.messages.enrolment import Renewal
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import Report
from wire_contract.messages.signed_config import SignedConfig
from wire_contract.messages.state import State

MESSAGES = {
    "Report": Report,
    "Purged": Purged,
    "Meta": Meta,
    "Acknowledgement": Acknowledgement,
    "State": State,
    "Renewal": Renewal,
    "Signed config": SignedConfig,
}


def rows(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each field's path and what it may hold, as the document writes them."""
    for name, field in schema["properties"].items():
        path = f"{prefix}{name}"
        if field.get("type") == "object":
            yield from rows(field, f"{path}.")
        elif field.get("type") == "array" and field["items"].get("type") == "object":
            yield f"{path}[]", f"at most {field['maxItems']}"
            yield from rows(field["items"], f"{path}[].")
        elif field.get("type") == "array":
            yield f"{path}[]", f"at most {field['maxItems']}, each {allowed(field['items'])}"
        else:
            yield path, allowed(field)


def allowed(field: dict[str, Any]) -> str:
    """Say what one value may be."""
    if "anyOf" in field:
        return " or ".join(allowed(one) for one in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field["type"] == "null":
        return "null"
    if field["type"] == "integer":
        low, high = field["minimum"], field["maximum"]
        return f"{low}" if low == high else f"{low}..{high}"
    return f"`{field['pattern'].strip('^$')}`"


@pytest.mark.parametrize("name", MESSAGES)
def test_the_document_lists_every_field_and_no_other(name: str, root: Path) -> None:
    text = (root / "docs" / "REPORT_FORMAT.md").read_text("utf-8")
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/REPORT_FORMAT.md has no heading '## {name}'"
    documented = re.findall(r"^\| `([^`]+)` \| (.+?) \| .+ \|$", section.group(1), re.MULTILINE)
    assert sorted(documented) == sorted(rows(MESSAGES[name].json_schema()))
