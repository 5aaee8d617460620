# SPDX-License-Identifier: Apache-2.0
"""The sensor-register entry: JSON for machines, and the same in sentences."""

import json

from edge_agent.transparency.facts import Facts
from edge_agent.transparency.wording import HOLDS

LEAVES = (
    "whole numbers: people who crossed a line each way, people in an area; no picture and no track "
    "of anybody"
)


def entry(facts: Facts) -> dict[str, object]:
    """Return the entry's fields, in the order in which they are read."""
    purpose = facts.purpose
    return {
        "sensor": f"{facts.site}/{facts.device}",
        "test_site": facts.test_site,
        "kind": "optical counting sensor",
        "eye": facts.wording.camera,
        "location": {
            "place": facts.place,
            "latitude": purpose.latitude,
            "longitude": purpose.longitude,
        },
        "controller": purpose.controller,
        "contact": purpose.contact,
        "purpose": purpose.purpose,
        "legal_basis": purpose.legal_basis,
        "dpia_reference": purpose.dpia_reference,
        "active_hours": purpose.active_hours,
        "end_date": purpose.end_date.isoformat(),
        "personal_data": {
            "processed": facts.wording.processed,
            "stored": facts.wording.stored,
            "sent": facts.wording.sent,
        },
        "confinement": {
            "level_min": str(facts.level_min),
            "level": str(facts.level),
            "holds": HOLDS[facts.level],
        },
        "measures": {
            "lines": [{"name": name, "numbers": ["in", "out"]} for name in facts.lines],
            "areas": [
                {"name": name, "numbers": ["mean people", "most people at once"]}
                for name in facts.zones
            ],
        },
        "window_s": facts.window_s,
        "disclosure": {"rule": str(facts.rule), "epsilon": facts.epsilon},
        "page": facts.page_url,
        "config_sha256": facts.config_sha256,
    }


def as_json(facts: Facts) -> str:
    """Return the entry for machines."""
    return json.dumps(entry(facts), indent=2, ensure_ascii=False) + "\n"


def as_text(facts: Facts) -> str:
    """Return the entry for people."""
    purpose = facts.purpose
    where = f" ({purpose.latitude}, {purpose.longitude})" if purpose.latitude is not None else ""
    rows = (
        (
            "Sensor",
            (
                f"{facts.site}/{facts.device}: counts people with "
                f"{facts.wording.camera}{'; a test site' if facts.test_site else ''}"
            ),
        ),
        ("Where", f"{facts.place}{where}"),
        ("Who answers for it", purpose.controller),
        ("Contact", purpose.contact),
        ("What for", purpose.purpose),
        ("Legal basis", purpose.legal_basis),
        ("Impact assessment", purpose.dpia_reference),
        ("When", f"{purpose.active_hours} local time, until {purpose.end_date.isoformat()}"),
        ("What it looks at", facts.wording.processed),
        ("What the kernel holds", f"level {facts.level}: {HOLDS[facts.level]}"),
        ("What leaves it", f"every {facts.window_s} seconds {LEAVES}"),
        ("Lines", ", ".join(facts.lines) or "none"),
        ("Areas", ", ".join(facts.zones) or "none"),
        ("More", facts.page_url),
    )
    return "".join(f"{name}: {text}\n" for name, text in rows)
