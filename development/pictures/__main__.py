# SPDX-License-Identifier: Apache-2.0
"""Make docs/pictures anew: the page on a desk, at night, on a telephone and on a wall.

What is shown is the shipped exercise at four in the afternoon, with the evening's crowd and the
morning's two faults moved into it: a picture without any would show half of what the page is for.
Nobody was counted.
"""

import argparse
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from development.testbed.browser import DESKTOP, PHONE, WEBGL, Browser, Scheme, Tab
from development.testbed.exercise import Exercise
from development.testbed.guests import let_in
from development.testbed.program import StageError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"
CONFIGS = ROOT / "firmware_configs"
SCENARIO = CONFIGS / "scenarios" / "hot-sunday.toml"
SITE = CONFIGS / "sites" / "scheveningen.toml"
BYTES_MAX = 300_000
SMALL_WALL = (1600, 900)
"""A picture of a whole wall is more than a README should carry."""
LAST_HOUR = 16
"""The picture is of just before: the exercise ends then, and stays as it is."""
MOVED = (("boxes_fail", "15:20", "17:00"), ("crowd_arrives", "15:15", "15:55"))
CROWD = 1_500
"""So many come to the show, and it is where most people are: a level worth a picture."""
SHOWN = "table.zones, .wall-zone, article.box, .chart, .alarm, .shift-page, [data-ready=yes]"
STILL_MS = 2_000
"""A map is drawn by the processor here, and takes so long at the most."""
SLOW_S = 90.0
"""A machine that does other things as well takes so long to draw a map."""
WORST = "/zones/strandweg"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, what it shows, on which screen, by day or night, in which language."""

    name: str
    path: str
    size: tuple[int, int] = DESKTOP
    scheme: Scheme = "light"
    language: str = "en"


PICTURES = (
    Picture("zones", "/"),
    Picture("zones-dark-nl", "/", scheme="dark", language="nl"),
    Picture("phone", "/", PHONE),
    Picture("phone-dark-nl", "/", PHONE, "dark", "nl"),
    Picture("wall", "/wall", SMALL_WALL, "dark", "nl"),
    Picture("zone", WORST),
    Picture("alarms", "/alarms", scheme="dark"),
    Picture("alarms-phone-nl", "/alarms", PHONE, language="nl"),
    Picture("shift", "/shift"),
    Picture("box", "/boxes/scheveningen/box-01"),
    Picture("map", "/map"),
    Picture("map-wall-nl", "/wall/map", SMALL_WALL, "dark", "nl"),
    Picture("map-phone-dark-nl", "/map", PHONE, "dark", "nl"),
)


def main() -> int:
    """Make all pictures; 0 done, 1 failed."""
    parser = argparse.ArgumentParser(
        prog="scripts/pictures", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="where they go")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), arguments.out)
    except StageError as error:
        print(f"pictures: {error}", file=sys.stderr)
        return 1
    return 0


def make(folder: Path, out: Path) -> None:
    """Play the exercise up to the picture, and take all of them."""
    scenario = folder / "scenario.toml"
    scenario.write_text(afternoon(SCENARIO.read_text("utf-8")), "utf-8")
    with Exercise(folder, scenario, SITE) as exercise, Browser(*WEBGL) as browser:
        exercise.wait_until_it_is_over()
        guest = let_in(exercise.config, "duty-1", "officer", language="en")
        tab = browser.open("pictures", locale="en-GB")
        tab.goto(exercise.url)
        log_in(tab, guest.login, guest.password, guest.codes[0])
        handle(tab, exercise.url)
        for picture in PICTURES:
            tab.look(picture.size, picture.scheme)
            tab.evaluate(f"localStorage.setItem('language', '{picture.language}')")
            tab.goto(exercise.url + picture.path)
            tab.wait(SHOWN, within_s=SLOW_S)
            tab.until("document.querySelector('.link.is-live') !== null")
            tab.until(
                "document.querySelector('.pair-declared, .alarm, .shift-page, .box, .map-label')"
                " !== null"
            )
            if "map" in picture.name:
                tab.evaluate(f"new Promise((done) => setTimeout(done, {STILL_MS}))")
            take(tab, out / f"{picture.name}.png")


def log_in(tab: Tab, login: str, password: str, code: str) -> None:
    """Log in as somebody would."""
    tab.wait("#field-login")
    tab.fill("#field-login", login)
    tab.fill("#field-password", password)
    tab.fill("#field-code", code)
    tab.press("Enter")
    tab.wait(SHOWN)


def handle(tab: Tab, url: str) -> None:
    """Do what an officer would have done by then: see to an alarm, declare, tick a measure."""
    tab.goto(f"{url}/alarms")
    tab.wait(".alarm")
    tab.click(".alarm [data-value^=acknowledge]")
    tab.fill("#deed-comment", "Two teams are on their way.")
    tab.press("Enter")
    tab.wait(".alarm .done")
    tab.goto(url + WORST)
    tab.wait("[data-value^=declare]")
    tab.click("[data-value^=declare]")
    tab.fill("#deed-reason", "Stewards see no way through at the tram.")
    tab.press("Enter")
    tab.wait(".declare .done")
    tab.click("button[role=checkbox]")
    tab.wait(".measures .done")


def take(tab: Tab, path: Path) -> None:
    """Write one picture. Raises StageError where it is larger than a README should carry."""
    tab.screenshot(path)
    size = path.stat().st_size
    if size > BYTES_MAX:
        raise StageError(f"{path}: {size} bytes, wanted {BYTES_MAX} at most")
    print(f"{path}: {size // 1000} kB")


def afternoon(scenario: str) -> str:
    """Return the scenario up to the picture, with faults and a crowd in it that are of elsewhen."""
    head, *injects = scenario.split("[[injects]]")
    hours = re.search(r'begins = "(\d\d)', head)
    begins = int(hours[1]) if hours is not None else 0
    head = re.sub(r"^hours = .*$", f"hours = {LAST_HOUR - begins}", head, flags=re.MULTILINE)
    moved = [_moved(one) for one in injects]
    kept = [one for one in moved if int(_at(one)[:2]) < LAST_HOUR]
    return "[[injects]]".join([head, *kept])


def _moved(inject: str) -> str:
    for kind, at, until in MOVED:
        if f'kind = "{kind}"' in inject:
            inject = re.sub(r"^at = .*$", f'at = "{at}"', inject, flags=re.MULTILINE)
            inject = re.sub(r"^until = .*$", f'until = "{until}"', inject, flags=re.MULTILINE)
            inject = re.sub(r"^people = .*$", f"people = {CROWD}", inject, flags=re.MULTILINE)
            inject = inject.replace('zone = "show"', 'zone = "beside-the-tram"')
    return inject


def _at(inject: str) -> str:
    found = re.search(r'^at = "(\d\d:\d\d)"', inject, re.MULTILINE)
    return found[1] if found is not None else "00:00"


if __name__ == "__main__":
    sys.exit(main())
