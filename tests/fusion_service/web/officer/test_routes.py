# SPDX-License-Identifier: Apache-2.0
"""The officer's answers over HTTP, over a real store that a real box filled."""

import json
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from fusion_service.audits.bringing import auditors_of
from fusion_service.web.api import create_app
from fusion_service.web.officer.answers import OfficerSources
from fusion_service.web.officer.fields import Carrier, Form, fields
from fusion_service.web.officer.routes import BringingIn, add_officer
from fusion_service.web.officer.views import KeptView
from tests.fusion_service.audits.kept_box import NOW_MS, KeptBox
from tests.fusion_service.audits.made_audit import FINDINGS, auditor_keys, printed, signed
from tests.fusion_service.web.test_api import HEALTH
from tests.fusion_service.web.test_site_plan import asked
from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Report
from wire_contract.programs.signed_audit import AUDIT_BYTES_MAX

BOX = "/v1/officer/beach/pier-1"
PUBLIC = "/v1/public/beach/officer"


class Door:
    """A store with one box, and the officer's API over it."""

    def __init__(self, folder: Path) -> None:
        self.kept = KeptBox(folder / "fusion.sqlite")
        self.kept.speak()
        self.noted: list[str] = []
        self.now_ms = NOW_MS
        self.app = self.app_of(frozenset({"beach"}))

    def app_of(self, public_sites: frozenset[str]) -> FastAPI:
        app = create_app(self.kept.reader, lambda: HEALTH)
        sources = OfficerSources(
            archive=self.kept.reader,
            audits=self.kept.audits,
            auditors=lambda: auditors_of(auditor_keys()),
            auditor_names=("fg-den-haag",),
            public_sites=public_sites,
            kept=KeptView(report_days=1_095, estimate_days=400, dead_letter_days=90),
            certificates=lambda: {("beach", "pier-1"): 1_900_000_000},
            now_ms=lambda: self.now_ms,
        )

        def note(_: object, what: str) -> None:
            self.noted.append(what)

        add_officer(app, sources, BringingIn(self.kept.path.parent, lambda _: "person-1", note))
        return app

    def get(self, path: str, status: int = 200) -> httpx.Response:
        answer = asked(self.app, "GET", path)
        assert answer.status_code == status, answer.text
        return answer

    def post(self, body: bytes, path: str = f"{BOX}/audit") -> httpx.Response:
        return asked(self.app, "POST", path, body=body)


@pytest.fixture(name="door")
def _door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_every_field_of_the_contract_is_told_and_none_holds_a_text() -> None:
    told = {(one.carrier, one.path) for one in fields()}
    for carrier, message in ((Carrier.REPORT, Report), (Carrier.META, Meta)):
        heads = {path.partition(".")[0] for one, path in told if one is carrier}
        assert heads == set(message.json_schema()["properties"])
    assert len(told) == len(fields())
    bounded = [one for one in fields() if one.form is Form.NUMBER]
    assert all(one.low is not None and one.high is not None for one in bounded)


def test_an_officer_is_told_what_it_may_send_and_what_it_sent(door: Door) -> None:
    found = door.get(BOX).json()
    assert found["sent"] == {"reports": 2, "late": 0, "others": 1, "checkpoints": 0, "missing": 0}
    assert found["meta"]["records_millibits"] == 64_000
    assert found["level"] == "standard"
    assert found["audit"] is None
    inside = found["inside"]
    assert inside["refused"] == [{"channel": "report", "authentic": False, "times": 1}]
    assert inside["auditors"] == ["fg-den-haag"]
    assert inside["certificate"]["ends"].startswith("2030")
    listed = door.get("/v1/officer/beach").json()
    assert [(one["device"], one["rule"]) for one in listed["boxes"]] == [
        ("pier-1", "discrete_laplace")
    ]
    door.get("/v1/officer/beach/pier-9", 404)
    assert door.get("/v1/officer/harbour").json()["boxes"] == []


def test_anybody_reads_only_where_the_city_wants_it(door: Door) -> None:
    found = door.get(f"{PUBLIC}/pier-1")
    assert found.json()["inside"] is None
    assert found.json()["meta"]["boot"] == ""
    assert found.headers["Cache-Control"] == "max-age=60"
    # No count, no time of a message, no id of a run.
    for secret in (door.kept.box.stream, door.kept.box.boot, "last_seen", "in_count", "mean"):
        assert f'"{secret}"' not in found.text.replace('"path":"', "")
    assert door.get(PUBLIC).json()["auditors"] == []
    door.get("/v1/public/harbour/officer", 404)
    door.get(f"{PUBLIC}/pier-9", 404)
    door.app = door.app_of(frozenset())
    door.get(PUBLIC, 404)
    door.get(f"{PUBLIC}/pier-1", 404)


def test_a_signed_audit_comes_in_once_and_is_handed_out_as_it_came(door: Door) -> None:
    door.get(f"{BOX}/audit", 404)
    raw = signed()
    answer = door.post(raw)
    assert answer.status_code == 201
    assert answer.json()["changed"] == ["model"]
    assert door.post(raw).status_code == 409
    assert door.get(f"{BOX}/audit").content == raw
    found = door.get(BOX).json()["audit"]
    assert (found["auditor"], found["attacks"], found["refused"]) == ("fg-den-haag", 40, 40)
    assert found["unproven"] == ["at rest: memory: without root", "trail: bytes of the link: busy"]
    assert found["replaced"] == ["camera.source"]
    serial = found["serial"]
    assert door.noted == [f"beach/pier-1, {serial}"]
    lines = (door.kept.path.parent / "security.log").read_text().splitlines()
    told = [json.loads(one) for one in lines]
    assert [(one["action"], one["result"], one["detail"]) for one in told] == [
        ("audit import", "done", serial),
        ("audit import", "refused", "older than the one that is there"),
    ]


def test_in_public_an_audit_names_no_machine(door: Door) -> None:
    before = door.get(f"{PUBLIC}/pier-1").json()
    door.post(signed())
    assert door.get(f"{PUBLIC}/pier-1").json() == before, "an answer holds for a minute"
    door.now_ms += 61_000
    found = door.get(f"{PUBLIC}/pier-1").json()["audit"]
    assert found["unproven"] == ["at rest: memory", "trail: bytes of the link"]
    assert found["replaced"] == []


@pytest.mark.parametrize(
    ("body", "status", "got"),
    [
        (b"", 400, "unreadable"),
        (printed(), 400, "unreadable"),
        (signed(key=Ed25519PrivateKey.generate()), 400, "signed by no auditor"),
        (signed(printed(whole=False)), 400, "not an audit to sign"),
        (signed(printed(findings=FINDINGS[:1], began_utc="2030-01-01 00:00:00")), 400, "of a day"),
        (b"x" * (AUDIT_BYTES_MAX + 1), 413, "more bytes"),
    ],
    ids=["empty", "unsigned", "stranger", "part", "ahead", "large"],
)
def test_what_is_no_audit_of_this_box_is_refused(
    door: Door, body: bytes, status: int, got: str
) -> None:
    answer = door.post(body)
    assert answer.status_code == status
    assert answer.json()["problems"][0]["got"].startswith(got)
    assert door.noted == []
    door.get(f"{BOX}/audit", 404)


def test_an_audit_of_another_box_is_refused(door: Door) -> None:
    answer = door.post(signed(), "/v1/officer/beach/pier-2/audit")
    assert answer.json()["problems"][0]["got"] == "of another box"
