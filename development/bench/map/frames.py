# SPDX-License-Identifier: Apache-2.0
"""Count frames of a map of many zones that turns, and of a bare scene of the same columns.

Both are drawn by this machine's processor, in the same run and in turns: only their ratio means
anything.
"""

import functools
import http.server
import json
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from development.bench.map.exercise import READY, SLOW_S, enter
from development.bench.picture.large_site import site_file
from development.set_up.page import DASHBOARD, MODULES, node_program
from development.testbed.broker import PlainBroker
from development.testbed.browser import Browser, Tab
from development.testbed.centre import Centre
from development.testbed.guests import let_in
from development.testbed.program import finished
from fusion_service.estimate.observation import Basis, ZoneCondition, ZoneEstimate
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.sqlite.estimates import EstimateFile

SITE = "bench"
STORE_MIB = 64
SECONDS = 5.0
SETTLE_S = 2.0
ROUNDS = 6
"""Short ones in turns: what else the machine does meets both alike, and the median is of pairs."""
SEED = 5
COUNTER = """
(() => {
  let drew = false;
  for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"])
  {
    const own = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...given) {
      drew = true;
      return own.apply(this, given);
    };
  }
  window.frames_drawn = 0;
  const count = () => {
    if (drew) window.frames_drawn += 1;
    drew = false;
    requestAnimationFrame(count);
  };
  count();
})()
"""
BEGIN_TURN = """
(() => {
  const canvas = document.querySelector(".maplibregl-canvas-container");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  let [x, y] = [left + width / 2, top + height / 2];
  const event = (name) => new MouseEvent(name, {
    bubbles: true, button: 2, buttons: 2, clientX: x, clientY: y, cancelable: true,
  });
  canvas.dispatchEvent(event("mousedown"));
  window.is_turning = true;
  const turn = () => {
    x += 0.5;
    if (window.is_turning) {
      document.dispatchEvent(event("mousemove"));
      requestAnimationFrame(turn);
    } else document.dispatchEvent(event("mouseup"));
  };
  turn();
})()
"""
"""The map is turned with the mouse, as somebody would: it knows of no other who measures it."""
END_TURN = "window.is_turning = false"


def frame_ratio(folder: Path, browser: Browser, *, zones: int) -> dict[str, float]:
    """Return frames a second of both, and of the map as a share of the bare scene."""
    with _centre(folder, zones) as centre:
        tab = browser.open("many", locale="en-GB")
        enter(tab, centre.url, let_in(centre.config, "many", "officer", language="en"))
        tab.goto(centre.url + "/map")
        tab.wait(READY, within_s=SLOW_S)
        size = tab.evaluate(
            "(({clientWidth: w, clientHeight: h}) => [w, h])(document.querySelector('.map-canvas'))"
        )
        served = folder / "bare"
        _build(served)
        for name in ("map.geojson", "latest"):
            found = centre.get(f"/v1/sites/{SITE}/{name}")
            (served / f"{name.partition('.')[0]}.json").write_text(json.dumps(found), "utf-8")
        with _serving(served) as url:
            bare = browser.open("bare", locale="en-GB")
            bare.goto(f"{url}/bare.html?width={size[0]}&height={size[1]}")
            bare.wait(READY, within_s=SLOW_S)
            tab.evaluate(COUNTER)
            bare.evaluate(COUNTER)
            ours, theirs = [], []
            for _ in range(ROUNDS):
                theirs.append(_frames(bare, turns=False))
                ours.append(_frames(tab, turns=True))
            bare.close()
        tab.close()
    shares = [one / other for one, other in zip(ours, theirs, strict=True) if other]
    of_map, of_bare = statistics.median(ours), statistics.median(theirs)
    return {
        "map_frames": round(of_map, 2),
        "bare_frames": round(of_bare, 2),
        "frame_ratio": round(statistics.median(shares), 3) if shares else 0.0,
    }


def _frames(tab: Tab, *, turns: bool) -> float:
    """Return frames a second while the camera turns; who is not looked at stands still."""
    tab.come_to_front()
    if turns:
        tab.evaluate(BEGIN_TURN)
    time.sleep(SETTLE_S)
    tab.evaluate("window.frames_drawn = 0")
    begun_s = time.monotonic()
    time.sleep(SECONDS)
    drawn: int = tab.evaluate("window.frames_drawn")
    passed_s = time.monotonic() - begun_s
    if turns:
        tab.evaluate(END_TURN)
    return drawn / passed_s


@contextmanager
def _centre(folder: Path, zones: int) -> Iterator[Centre]:
    """Start a centre with a site of many zones, each of which has a number."""
    with PlainBroker(folder / "broker") as broker:
        centre = Centre(folder / "centre", broker.port)
        drawn = folder / "site.toml"
        drawn.write_text(site_file(SITE, zones=zones, devices=1), "utf-8")
        finished([*centre.program, "site", "import", drawn, "--config", centre.config])
        with EstimateFile(centre.store, size_mib_max=STORE_MIB) as file:
            file.keep(list(_rows(zones)), in_place=True)
        with centre:
            yield centre


def _rows(zones: int) -> Iterator[EstimateRow]:
    draw, now_s = random.Random(SEED), int(time.time()) // 60 * 60  # noqa: S311 - a picture
    for number in range(zones):
        people = draw.uniform(50, 8_500)
        yield EstimateRow(
            SITE,
            now_s * 1_000,
            ZoneEstimate(
                zone=f"zone-{number:04d}",
                at_s=now_s,
                people=people,
                low_50=people * 0.93,
                high_50=people * 1.07,
                low_80=people * 0.85,
                high_80=people * 1.15,
                low_95=people * 0.75,
                high_95=people * 1.25,
                density=people / 9_000,
                trend=draw.uniform(-20, 20),
                basis=Basis.COUNTED,
                condition=ZoneCondition.FINE,
                contributions=(),
            ),
        )


def _build(folder: Path) -> None:
    config = DASHBOARD / "bench" / "vite.config.js"
    node = node_program()
    assert node is not None  # noqa: S101 - a browser was started by it
    vite = MODULES / "vite" / "bin" / "vite.js"
    finished([node, vite, "build", "--config", config, "--outDir", folder, "--logLevel", "error"])


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
        """Say nothing of each request."""
