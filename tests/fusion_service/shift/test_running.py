# SPDX-License-Identifier: Apache-2.0
"""A whole shift at a real centre that is killed between its steps: nothing of it is lost."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fusion_service.ledger.access_log import fault_of_chain
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.broker import Broker
from tests.fusion_service.access.people import Answer, Browser, Centre, add_key, add_person, run
from tests.fusion_service.box import Box, zone
from tests.fusion_service.centre import ReadyCentre, until
from tests.fusion_service.wire import Wire

NAME = "zelden-gehoord"
SITE = """
id = "beach"

[[zones]]
id = "deck"
polygon = [[4.2790, 52.1170], [4.2800, 52.1170], [4.2800, 52.1175], [4.2790, 52.1175]]
usable_m2 = 1000
capacity = 2000
thresholds.yellow = { people = 100 }
thresholds.orange = { people = 1000 }
thresholds.red = { people = 1500 }

[[devices]]
id = "pier-1"
counters = [{ zone = "square", at_zone = "deck", share = 1.0 }]

[[measures]]
level = "yellow"
text = "Send stewards."
organisation = "municipality"

[[measures]]
level = "orange"
text = "Close the way in."
organisation = "police"

[[measures]]
level = "red"
text = "Clear the deck."
organisation = "police"
"""


@dataclass
class Desk:
    """A centre with a full deck, and three people of a shift."""

    centre: Centre
    operator: Browser
    officer: Browser
    relief: Browser

    def killed(self) -> None:
        """Kill it in the middle of everything, and start it again."""
        self.centre.kill()
        self.centre.start()

    def get(self, path: str) -> Any:
        answer = self.operator.get(f"/v1/sites/beach{path}")
        assert answer.status == 200, answer.text
        return answer.said

    def alarm(self, kind: str) -> dict[str, Any]:
        found = [one for one in self.get("/alarms")["alarms"] if one["kind"] == kind]
        return found[0] if found else {}


def change(who: Browser, method: str, path: str, version: int | None, **given: object) -> Answer:
    """Change something, as the page does: with the version that was seen."""
    sent = {} if version is None else {"If_Match": f'"{version}"'}
    if who.token:
        sent |= {"Origin": f"http://{who.host}", "X_Page_Token": who.token}
    body = json.dumps(given) if method != "DELETE" else None
    return who.ask(method, f"/v1/sites/beach{path}", body, **sent)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("shift")
    drawn = folder / "beach.toml"
    drawn.write_text(SITE, "utf-8")
    with Broker(folder / "broker") as broker, ReadyCentre(folder / "centre", broker.port) as centre:
        box = Box()
        centre.enrol(box)
        centre.draw(drawn)
        now_s = int(time.time()) // 60 * 60
        with Wire(broker.port) as wire:
            for number in range(1, 9):
                crowd = (zone(mean=400, peak=410),)
                report = box.report(number, start_s=now_s - 60 * (9 - number), zones=crowd)
                wire.send(box.topic(), box.seal(report))
            until(lambda: centre.upto(box) == 8, "the reports")
        operator, officer, relief = (Browser(centre) for _ in range(3))
        assert operator.log_in_as(add_person(centre, NAME, "operator")).status == 200
        assert officer.log_in_as(add_person(centre, "chief", "officer")).status == 200
        relief.key = add_key(centre, "relief", "operator")
        yield Desk(centre, operator, officer, relief)


def acknowledge(desk: Desk) -> str:
    """The deck is fuller than yellow begins: somebody sees it, and another one was too late."""
    until(lambda: desk.alarm("level proposed"), "the alarm")
    raised = desk.alarm("level proposed")
    assert (raised["about"], raised["level"], raised["acknowledged"]) == ("deck", "yellow", None)
    desk.killed()
    assert desk.alarm("level proposed")["id"] == raised["id"]
    path, version = f"/alarms/{raised['id']}", raised["version"]
    step = f"{path}/acknowledgement"
    assert change(desk.operator, "POST", step, None).status == 428
    seen = change(desk.operator, "POST", step, version, comment="I look")
    assert (seen.status, seen.said["acknowledged"]["comment"]) == (200, "I look"), seen.text
    late = change(desk.officer, "POST", step, version)
    meanwhile = late.said["problems"][1]
    assert (late.status, meanwhile["where"], NAME in meanwhile["got"]) == (412, "meanwhile", True)
    desk.killed()
    acknowledged = desk.alarm("level proposed")
    assert acknowledged["acknowledged"]["by"] == NAME
    assert change(desk.officer, "POST", step, acknowledged["version"]).status == 409
    return path


def assign_and_shelve(desk: Desk, path: str) -> None:
    """Somebody is to see to it, and it is put away until a moment that is not too far."""
    to = {"organisation": "police", "person": "team 4"}
    version = desk.alarm("level proposed")["version"]
    assigned = change(desk.operator, "POST", f"{path}/assignment", version, **to)
    assert assigned.status == 200, assigned.text
    desk.killed()
    soon = (datetime.now(UTC) + timedelta(minutes=20)).isoformat()
    far = (datetime.now(UTC) + timedelta(hours=9)).isoformat()
    shelf, version = f"{path}/shelf", assigned.said["version"]
    assert change(desk.operator, "POST", shelf, version, until=far, comment="busy").status == 409
    shelved = change(desk.operator, "POST", shelf, version, until=soon, comment="busy")
    assert shelved.status == 200, shelved.text
    desk.killed()
    after = desk.alarm("level proposed")
    assert (after["assigned_to"], after["assigned_person"]) == ("police", "team 4")
    assert after["shelved"]["comment"] == "busy"


def declare(desk: Desk) -> None:
    """Whoever has the mandate declares, nobody else; then the proposal is no alarm any more."""
    path = "/zones/deck/level"
    version = desk.officer.get(f"/v1/sites/beach{path}").said["version"]
    given = {"level": "orange", "reason": "the tram is led another way"}
    assert change(desk.operator, "PUT", path, version, **given).status == 403
    declared = change(desk.officer, "PUT", path, version, **given)
    assert (declared.status, declared.said["declared"]) == (200, "orange"), declared.text
    assert change(desk.officer, "PUT", path, version, **given).status == 412
    desk.killed()
    levels = desk.get("/levels")
    until(lambda: desk.get("/levels")["zones"][0]["proposed"] is not None, "the proposal")
    assert levels["declared"] == "orange"
    assert levels["zones"][0]["declaration"]["comment"] == given["reason"]
    until(lambda: not desk.alarm("level proposed"), "its end, because it was decided")
    until(lambda: desk.alarm("level declared"), "the word of it")


def do_measure(desk: Desk) -> None:
    """The checklist has what is of yellow and of orange, and nothing of red."""
    todo = desk.get("/measures")["measures"]
    assert [(one["level"], one["organisation"]) for one in todo] == [
        ("yellow", "municipality"),
        ("orange", "police"),
    ]
    path = f"/zones/deck/measures/{todo[1]['measure']}"
    version = todo[1]["version"]
    done = change(desk.operator, "PUT", path, version, is_done=True, comment="gate 2")
    assert (done.status, done.said["said"]["by"]) == (200, NAME), done.text
    desk.killed()
    assert [one["is_done"] for one in desk.get("/measures")["measures"]] == [False, True]


def hand_over(desk: Desk) -> None:
    """One hands over, and another one takes over."""
    version = desk.get("/handover")["version"]
    handed = change(desk.operator, "POST", "/handover", version, comment="gate 2 is shut")
    assert handed.status == 200, handed.text
    desk.killed()
    entry, path = desk.get("/handover")["handed_over"]["entry"], "/handover/acceptance"
    assert change(desk.operator, "POST", path, entry).status == 409
    taken = change(desk.relief, "POST", path, entry)
    assert taken.said["taken_over"]["by"] == "relief", taken.text
    desk.killed()


def test_a_shift_in_which_the_centre_is_killed_between_the_steps_loses_nothing(desk: Desk) -> None:
    path = acknowledge(desk)
    assign_and_shelve(desk, path)
    declare(desk)
    do_measure(desk)
    hand_over(desk)
    log = json.loads(run(desk.centre, "shift", "log", "--json"))
    deeds = [one["deed"] for one in log if one["actor"] != "centre"]
    assert deeds == [
        "alarm acknowledged",
        "alarm assigned",
        "alarm shelved",
        "level declared",
        "measure done",
        "handed over",
        "taken over",
    ]
    assert [one["deed"] for one in log].count("alarm raised") == 2


def test_the_report_is_one_page_and_says_all_of_it(desk: Desk) -> None:
    page = desk.operator.get("/v1/sites/beach/report")
    assert page.status == 200
    assert "Afgekondigd niveau: oranje" in page.text
    assert "Close the way in." in page.text
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    english = desk.operator.get("/v1/sites/beach/report?language=en").text
    assert "Declared level: orange" in english
    assert len(desk.get("/outlook")["days"]) == 7


def test_the_report_is_a_pdf_of_one_page_too(desk: Desk) -> None:
    address = f"{desk.centre.url}/v1/sites/beach/report?format=pdf"
    key = desk.centre.key_header()
    with urllib.request.urlopen(urllib.request.Request(address, headers=key)) as answer:  # noqa: S310 - loopback
        pdf = answer.read()
        assert answer.headers["content-type"] == "application/pdf"
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1


def test_the_stream_tells_what_was_missed_and_then_what_comes(desk: Desk) -> None:
    address = f"{desk.centre.url}/v1/sites/beach/shift/stream"
    headers = {**desk.centre.key_header(), "Last-Event-ID": "1"}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as stream:  # noqa: S310 - loopback

        def event() -> tuple[int, str]:
            while not (line := stream.readline()).startswith(b"id: "):
                pass
            assert stream.readline() == b"event: shift\n"
            said = json.loads(stream.readline().removeprefix(b"data: "))
            return int(line.removeprefix(b"id: ")), said["deed"]

        last = desk.get("/log")["items"][0]["id"]
        missed = [event() for _ in range(2, last + 1)]
        assert [number for number, _ in missed] == list(range(2, last + 1))
        assert change(desk.relief, "POST", "/log", None, text="listen").status == 201
        assert event() == (last + 1, "note")


def test_a_viewer_only_looks_and_a_screen_sees_no_names(desk: Desk) -> None:
    viewer = Browser(desk.centre, key=add_key(desk.centre, "looker", "viewer"))
    assert viewer.get("/v1/sites/beach/alarms").status == 200
    assert change(viewer, "POST", "/log", None, text="hello").status == 403
    screen = Browser(desk.centre)
    assert screen.pair(add_key(desk.centre, "wall", "wall-screen")).status == 200
    shown = screen.get("/v1/sites/beach/levels").said
    assert (shown["declared"], shown["zones"][0]["declaration"]) == ("orange", None)
    assert screen.get("/v1/sites/beach/log").status == 403
    assert change(desk.relief, "POST", "/log", None, text="a note").status == 201


def test_a_name_is_erased_from_the_shift_too_and_the_chain_stands(desk: Desk) -> None:
    assert NAME in desk.operator.get("/v1/sites/beach/log").text
    run(desk.centre, "access", "erase", "--person", NAME)
    log = desk.officer.get("/v1/sites/beach/log")
    assert log.status == 200
    assert NAME not in log.text
    assert NAME not in desk.officer.get("/v1/sites/beach/measures").text
    store = Path(desk.centre.store)
    desk.centre.kill()
    with ShiftFile(store, size_mib_max=64) as keeper:
        assert fault_of_chain(keeper.whole_log()) is None
    assert NAME.encode() not in store.read_bytes()
