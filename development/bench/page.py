# SPDX-License-Identifier: Apache-2.0
"""Time the way from a window's end to the table in a browser, and hold its ages to the truth.

A real box in real time, broker and centre as in `scripts/bench delay`, with windows of ten seconds;
a real browser has the page open. Of each window are told the seconds from its end until the table
showed it; of each second, by how much the age that is read was off. All clocks are this machine's.
The last line is one JSON object.
"""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from development.bench.delay import BOX, DEVICE, DRAWN, SITE, WINDOW_S, ZONE, play_long, rank
from development.demo.stage import CLIP
from development.testbed.box import box_program, make_keys
from development.testbed.broker import PlainBroker
from development.testbed.browser import Browser, Tab
from development.testbed.centre import Centre
from development.testbed.guests import Guest, let_in
from development.testbed.program import Program, StageError, until
from development.testbed.times import unix_ms, unix_s

LENGTH_S = 10
CAPACITY = "[disclosure]\ncapacity_bits_per_minute_max = 512\n"
"""Six times as many windows let out six times as many bits."""
START_S = 60
BEFORE = 4
"""Windows until the site is estimated as often as they come; they are not timed."""
SHOWN_BAR_S, AGE_BAR_S = 2.0, 5.0
WAIT_S = 180.0
RECORDER = f"""
(() => {{
  const age = () => document.querySelector("tr[data-zone={ZONE}] .age");
  const read = (text) => [...text.matchAll(/(\\d+) (min|s)/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * (unit === "min" ? 60 : 1), 0);
  window.seen = {{}};
  window.ages = [];
  const look = () => {{
    const end = age()?.dataset.age;
    if (end !== undefined) window.seen[end] ??= Date.now();
  }};
  new MutationObserver(look).observe(document.body, {{
    attributes: true, childList: true, subtree: true,
  }});
  setInterval(() => {{
    const shown = age();
    if (shown === null) return;
    window.ages.push([Date.now(), Number(shown.dataset.age), read(shown.textContent)]);
  }}, 1000);
  look();
}})()
"""


def main() -> int:
    """Run the measurement; 0 where the page is as soon and as right as it promises."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench page", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--windows", type=int, default=30, help="how many windows of ten seconds")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="page-") as folder:
            result = measure(Path(folder), windows=given.windows)
    except StageError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0 if result["ok"] else 1


def measure(folder: Path, *, windows: int) -> dict[str, Any]:
    """Play the film, follow the page, and return the figures."""
    play_long(CLIP, folder / "film.mp4", seconds=(windows + BEFORE + 2) * LENGTH_S + START_S)
    with ExitStack() as stage:
        broker = stage.enter_context(PlainBroker(folder / "broker"))
        centre = Centre(folder / "centre", broker.port)
        config = folder / "box.toml"
        text = BOX.replace("OFFSET", "release_offset_s = 0").replace("PORT", str(broker.port))
        text = text.replace(f"length_s = {WINDOW_S}", f"length_s = {LENGTH_S}") + CAPACITY
        config.write_text(text, "utf-8")
        (folder / "site.toml").write_text(DRAWN, "utf-8")
        centre.add_device(f"{SITE}/{DEVICE}", make_keys(folder / "keys"))
        centre.draw(folder / "site.toml")
        stage.callback(centre.kill)
        centre.start()
        centre.wait_until_connected()
        guest = let_in(centre.config, "bench", "viewer", language="en")
        browser = stage.enter_context(Browser())
        box = stage.enter_context(box_program(config, folder / "box.log"))
        tab = _opened(browser, centre, guest)
        until(lambda: len(_ends(centre, box)) >= BEFORE, "the first windows", WAIT_S)
        tab.evaluate(RECORDER)
        first_s = max(_ends(centre, box))
        long_s = WAIT_S + windows * LENGTH_S
        until(lambda: _shown(tab, first_s) >= windows, "the windows on the page", long_s)
        ends = _ends(centre, box)
        counted = [end_s for end_s in ends if end_s > first_s][:windows]
        return {**_figures(tab, counted), **_commit_to_cell(tab, centre, counted)}


def _opened(browser: Browser, centre: Centre, guest: Guest) -> Tab:
    tab = browser.open("bench", locale="en-GB")
    tab.goto(centre.url)
    tab.wait("#field-login")
    tab.fill("#field-login", guest.login)
    tab.fill("#field-password", guest.password)
    tab.fill("#field-code", guest.codes[0])
    tab.press("Enter")
    tab.wait(".link")
    return tab


def _ends(centre: Centre, box: Program) -> list[int]:
    """Return when each whole committed window ended, unix seconds."""
    if box.poll() is not None:
        raise StageError(f"the box ended; {box.last_words()}")
    found = centre.get(f"/v1/devices/{SITE}/{DEVICE}/windows?limit=500")["items"]
    return sorted(
        unix_s(one["start"]) + one["length_s"] for one in found if one["length_s"] == LENGTH_S
    )


def _shown(tab: Tab, after_s: int) -> int:
    seen: dict[str, int] = tab.evaluate("window.seen")
    return sum(int(end_ms) > after_s * 1000 for end_ms in seen)


def _commit_to_cell(tab: Tab, centre: Centre, ends: list[int]) -> dict[str, Any]:
    """Return how long windows took from their commit until the table showed them."""
    seen: dict[str, int] = tab.evaluate("window.seen")
    found = centre.get(f"/v1/devices/{SITE}/{DEVICE}/windows?limit=500")["items"]
    committed_ms = {
        unix_s(one["start"]) + one["length_s"]: unix_ms(one["committed_at"])
        for one in found
        if one["committed_at"] is not None
    }
    took_ms = sorted(
        float(seen[str(end_s * 1000)] - committed_ms[end_s])
        for end_s in ends
        if str(end_s * 1000) in seen and end_s in committed_ms
    )
    return {"commit_to_cell_p95_ms": round(rank(took_ms, 95), 1)}


def _figures(tab: Tab, ends: list[int]) -> dict[str, Any]:
    seen: dict[str, int] = tab.evaluate("window.seen")
    ages: list[list[int]] = tab.evaluate("window.ages")
    missed = [end_s for end_s in ends if str(end_s * 1000) not in seen]
    shown_s = sorted(
        seen[str(end_s * 1000)] / 1000 - end_s for end_s in ends if end_s not in missed
    )
    off_s = sorted(abs((now_ms - end_ms) / 1000 - read_s) for now_ms, end_ms, read_s in ages)
    p95_s, age_s = rank(shown_s, 95), max(off_s, default=float("inf"))
    return {
        "windows": len(ends),
        "missed": len(missed),
        "shown_p50_s": round(rank(shown_s, 50), 3),
        "shown_p95_s": round(p95_s, 3),
        "age_samples": len(off_s),
        "age_off_max_s": round(age_s, 3),
        "ok": not missed and p95_s < SHOWN_BAR_S and age_s <= AGE_BAR_S,
    }


if __name__ == "__main__":
    sys.exit(main())
