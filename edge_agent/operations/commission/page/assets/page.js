// SPDX-License-Identifier: Apache-2.0
// The installer's page. It shows the state that the box tells, twice a second, and asks.
"use strict";

const WORDS = {
  en: {
    title: "Set-up", left: "left", other: "Nederlands",
    legend: "Blue: walked ground. Dots: feet, by cells of a thirtieth. There is no picture.",
    aim: "Aim", ground: "Ground", lines: "Lines", count: "Count", finish: "Finish",
    sharpness: "sharpness of 31", best: "best so far", light: "light", people: "people in sight",
    smallest: "smallest person, px", rows: "feet, from the top",
    aimHelp: "Turn the focus until the sharpness is at its best. Aim so that people walk across the middle of the frame.",
    tooSmall: "People far off are smaller than 40 pixels: aim lower, or come closer.",
    groundHelp: "Let people walk, near and far. Where nobody passes, walk yourself: towards the camera, away, and across.",
    notKnown: "not known yet", samples: "heights seen", camera: "camera height, m", pitch: "down, degrees",
    confirmed: "confirmed by tape", unconfirmed: "not confirmed: stand on two marks",
    lens: "Lens, degrees across", set: "Set", metres: "Distance by tape, m", right: "Right of middle, m (or empty)",
    stand: "I stand on it", standing: "Stand still …", taped: "taped points", forget: "Forget them",
    linesHelp: "Draw on the frame: tap the two ends of a line, or the corners of an area. Or walk along the line.",
    name: "Name", draw: "Draw", drawLine: "line", drawZone: "zone", drawMask: "mask", done: "Done", undo: "Undo",
    walk: "I walk along it", walked: "Walk is done", at: "Across at, m", put: "Put", turn: "Turn", remove: "Remove",
    countHelp: "Walk across a line five times. Compare what the box counted with what you did.",
    begin: "Begin", end: "End", "in": "in", out: "out", beside: "passed beside it", notWalked: "not walked across",
    finishHelp: "Writes lines, zones, masks and ground into the box, and ends. Then the box counts.",
    write: "Write and end", over: "Written or ended. Look at the terminal.", gone: "The session is over, or the box is out of reach.",
    bound: "At most {n} bits a second leave the process that sees. Dropped: {d}.",
    fine: "fine", dark: "dark", overexposed: "too bright", frozen: "frozen", blocked: "covered", moved: "moved", blurred: "blurred", rain: "rain or drops",
    none: "nothing yet", steps: "Steps",
  },
  nl: {
    title: "Instellen", left: "over", other: "English",
    legend: "Blauw: belopen grond. Stippen: voeten, per vak van een dertigste. Er is geen beeld.",
    aim: "Richten", ground: "Grond", lines: "Lijnen", count: "Tellen", finish: "Klaar",
    sharpness: "scherpte van 31", best: "beste tot nu", light: "licht", people: "mensen in zicht",
    smallest: "kleinste mens, px", rows: "voeten, van boven",
    aimHelp: "Draai aan de scherpte tot het getal op zijn hoogst is. Richt zo dat mensen door het midden van het kader lopen.",
    tooSmall: "Mensen ver weg zijn kleiner dan 40 pixels: richt lager, of kom dichterbij.",
    groundHelp: "Laat mensen lopen, dichtbij en ver weg. Komt er niemand, loop dan zelf: naar de camera toe, ervan af en overdwars.",
    notKnown: "nog niet bekend", samples: "lengtes gezien", camera: "camerahoogte, m", pitch: "omlaag, graden",
    confirmed: "bevestigd met meetlint", unconfirmed: "niet bevestigd: ga op twee merktekens staan",
    lens: "Lens, graden breed", set: "Zet", metres: "Afstand met lint, m", right: "Rechts van midden, m (of leeg)",
    stand: "Ik sta erop", standing: "Blijf stilstaan …", taped: "gemeten punten", forget: "Vergeet ze",
    linesHelp: "Teken in het kader: tik de twee einden van een lijn aan, of de hoeken van een vlak. Of loop langs de lijn.",
    name: "Naam", draw: "Teken", drawLine: "lijn", drawZone: "zone", drawMask: "masker", done: "Gereed", undo: "Terug",
    walk: "Ik loop erlangs", walked: "Klaar met lopen", at: "Dwars op, m", put: "Zet", turn: "Keer om", remove: "Weg",
    countHelp: "Loop vijf keer over een lijn. Vergelijk wat het kastje telde met wat je deed.",
    begin: "Begin", end: "Einde", "in": "in", out: "uit", beside: "ging erlangs", notWalked: "niet overgelopen",
    finishHelp: "Schrijft lijnen, zones, maskers en grond in het kastje, en eindigt. Daarna telt het kastje.",
    write: "Schrijf en eindig", over: "Geschreven of beëindigd. Kijk op de terminal.", gone: "De sessie is voorbij, of het kastje is buiten bereik.",
    bound: "Hoogstens {n} bits per seconde verlaten het proces dat ziet. Weggelaten: {d}.",
    fine: "goed", dark: "donker", overexposed: "te licht", frozen: "bevroren", blocked: "bedekt", moved: "gedraaid", blurred: "onscherp", rain: "regen of druppels",
    none: "nog niets", steps: "Stappen",
  },
};
const STEPS = ["aim", "ground", "lines", "count", "finish"];
const CELLS = 30, FADES_MS = 20000;
let language = navigator.language.startsWith("nl") ? "nl" : "en";
let step = "aim", state = null, corners = [], kind = "line", feet = [], shown = "";
const by = (id) => document.getElementById(id);
const word = (name) => WORDS[language][name];

async function ask(what) {
  const posts = what !== undefined;
  try {
    const answer = await fetch(posts ? "ask" : "state", posts ? { method: "POST", body: JSON.stringify(what) } : {});
    if (!answer.ok) throw new Error(String(answer.status));
    state = await answer.json();
    const now = performance.now();
    for (const body of state.people) if (body) feet.push([body[0], body[1], now]);
    feet = feet.filter((one) => now - one[2] < FADES_MS).slice(-400);
    by("said").textContent = state.said;
  } catch {
    by("said").textContent = state && state.finished ? word("over") : word("gone");
  }
  render();
}

function make(tag, fields, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(fields || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((one) => one !== null));
  return made;
}
const button = (name, act, main) => make("button", { type: "button", className: main ? "main" : "", onclick: act }, word(name));
const figure = (value, name, cls) => make("div", {}, make("b", { className: `figure ${cls || ""}` }, String(value)), make("span", {}, word(name)));
const field = (id, name, value, kindOf) => make("label", {}, word(name), make("input", { id, value: value || "", inputMode: kindOf || "decimal", autocomplete: "off" }));
const number = (id) => { const text = by(id).value.trim().replace(",", "."); return text === "" ? null : Number(text); };
const named = () => by("name").value.trim().toLowerCase();

const SECTIONS = {
  aim: () => [make("p", {}, word("aimHelp")), make("div", { className: "figures", id: "live" })],
  ground: () => [
    make("p", {}, word("groundHelp")), make("div", { className: "figures", id: "live" }),
    make("div", { className: "row" }, field("lens", "lens"), button("set", () => ask({ do: "lens", metres: number("lens") }))),
    make("div", { className: "row" }, field("metres", "metres"), field("right", "right"),
      button("stand", () => ask({ do: "stand", metres: number("metres"), right: number("right") }), true)),
    make("ul", { className: "list", id: "rows" }),
  ],
  lines: () => [
    make("p", {}, word("linesHelp")),
    make("div", { className: "row" },
      make("label", {}, word("draw"), make("select", { id: "kind", onchange: (event) => { kind = event.target.value; corners = []; draw(); } },
        ...["line", "zone", "mask"].map((one) => make("option", { value: one, selected: one === kind }, word(`draw${one[0].toUpperCase()}${one.slice(1)}`))))),
      field("name", "name", "a", "text"),
      button("done", drawn, true), button("undo", () => { corners.pop(); draw(); })),
    make("div", { className: "row" },
      button("walk", () => ask({ do: "walk", name: named() })), button("walked", () => ask({ do: "walked" })),
      field("at", "at"), button("put", () => ask({ do: "line_at", name: named(), metres: number("at") }))),
    make("ul", { className: "list", id: "rows" }),
  ],
  count: () => [make("p", {}, word("countHelp")), make("div", { className: "figures", id: "live" }), make("ul", { className: "list", id: "rows" })],
  finish: () => [make("p", {}, word("finishHelp")), make("ul", { className: "list", id: "rows" }), button("write", () => ask({ do: "finish" }), true)],
};

function drawn() {
  if (kind === "mask") ask({ do: "mask", corners });
  else ask({ do: kind, name: named(), corners });
  corners = [];
}

function live() {
  const reach = state.reach, ground = state.ground, high = state.frame ? state.frame[1] : 0;
  if (step === "aim") {
    const small = reach ? Math.round(reach.smallest * high) : null;
    return [
      figure(state.sharpness ?? "–", "sharpness", state.sharpness >= state.sharpest - 1 ? "good" : "bad"), figure(state.sharpest, "best"),
      figure(state.light ? word(state.light) : "–", "light", state.light === "fine" ? "good" : "bad"),
      figure(state.people.filter(Boolean).length, "people"), figure(small ?? "–", "smallest", small !== null && small < 40 ? "bad" : ""),
      figure(reach ? `${Math.round(100 * reach.top)}–${Math.round(100 * reach.bottom)} %` : "–", "rows"),
      small !== null && small < 40 ? make("p", { className: "bad" }, word("tooSmall")) : null,
    ];
  }
  if (step === "ground") {
    return ground
      ? [figure(ground.camera_m, "camera"), figure(ground.pitch, "pitch"), figure(state.samples, "samples"),
        make("p", { className: ground.confirmed ? "good" : "bad" }, word(state.standing ? "standing" : ground.confirmed ? "confirmed" : "unconfirmed"))]
      : [figure(state.samples, "samples"), make("p", {}, word(state.standing ? "standing" : "notKnown"))];
  }
  if (step === "count" && state.trial) {
    return [figure(state.trial.in, "in"), figure(state.trial.out, "out"), figure(state.trial.beside, "beside", state.trial.beside ? "bad" : "")];
  }
  return [];
}

function rows() {
  const items = [];
  if (step === "ground" && state.taped.length) {
    items.push(make("li", {}, make("b", {}, `${state.taped.length} ${word("taped")}: ${state.taped.map((one) => `${one.away_m} m`).join(", ")}`),
      button("forget", () => ask({ do: "remove", name: "taped" }))));
  }
  if (step === "ground") return items;
  for (const one of state.lines) {
    const told = one.walked ? `${one.walked[0]} ${word("in")}, ${one.walked[1]} ${word("out")}` : word("notWalked");
    const runs = state.trial && state.trial.line === one.name;
    items.push(make("li", {}, make("b", {}, `${one.name}: ${told}`),
      ...(step === "lines" ? [button("turn", () => ask({ do: "turn", name: one.name })), button("remove", () => ask({ do: "remove", name: one.name }))] : []),
      ...(step === "count" ? [runs ? button("end", () => ask({ do: "trialled" }), true) : button("begin", () => ask({ do: "trial", name: one.name }))] : [])));
  }
  for (const one of state.zones) {
    items.push(make("li", {}, make("b", {}, `${word("drawZone")} ${one.name}`), step === "lines" ? button("remove", () => ask({ do: "remove", name: one.name })) : null));
  }
  state.masks.forEach((_, place) => items.push(make("li", {}, make("b", {}, `${word("drawMask")} ${place + 1}`),
    step === "lines" && place === state.masks.length - 1 ? button("remove", () => ask({ do: "remove", name: "mask" })) : null)));
  return items.length ? items : [make("li", {}, word("none"))];
}

function render() {
  document.documentElement.lang = language;
  document.title = word("title");
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = word(one.dataset.word);
  by("language").textContent = word("other");
  by("language").lang = language === "en" ? "nl" : "en";
  document.querySelector("nav").setAttribute("aria-label", word("steps"));
  if (shown !== `${step} ${language}`) {
    shown = `${step} ${language}`;
    by("steps").replaceChildren(...STEPS.map((one, place) => make("li", {}, make("button",
      { type: "button", onclick: () => { step = one; render(); }, ...(one === step ? { "aria-current": "step" } : {}) }, `${place + 1} ${word(one)}`))));
    by("step").replaceChildren(make("h2", {}, word(step)), ...SECTIONS[step]());
  }
  if (!state) return;
  by("left").textContent = `${Math.floor(state.left_s / 60)}:${String(state.left_s % 60).padStart(2, "0")} ${word("left")}`;
  by("bound").textContent = word("bound").replace("{n}", state.bits_per_second).replace("{d}", state.dropped);
  refresh("live", live());
  refresh("rows", rows());
  draw();
}

// What is the same stays, so that neither focus nor a finger loses its button.
function refresh(id, nodes) {
  const at = by(id);
  if (!at) return;
  const made = make(at.tagName, {}, ...nodes.filter(Boolean));
  if (made.innerHTML !== at.innerHTML) at.replaceChildren(...made.childNodes);
}

function draw() {
  const canvas = by("ground"), pen = canvas.getContext("2d");
  if (state && state.frame) canvas.height = Math.round(canvas.width * state.frame[1] / state.frame[0]);
  const { width, height } = canvas, style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink"), soft = style.getPropertyValue("--soft"), bad = style.getPropertyValue("--bad"), good = style.getPropertyValue("--good");
  pen.clearRect(0, 0, width, height);
  if (!state) return;
  const across = width / CELLS, down = height / CELLS;
  [...state.heat].forEach((heat, place) => {
    if (heat === "0") return;
    pen.fillStyle = `rgba(42, 120, 175, ${0.08 + Number(heat) / 13})`;
    pen.fillRect((place % CELLS) * across, Math.floor(place / CELLS) * down, across, down);
  });
  const letter = Math.round(13 * width / (canvas.clientWidth || width));
  pen.font = `${letter}px system-ui, sans-serif`;
  canvas.setAttribute("aria-label", word("legend"));
  if (state.ground) {
    const level = state.ground.horizon * height;
    pen.strokeStyle = pen.fillStyle = soft;
    pen.lineWidth = 1;
    pen.setLineDash([10, 8]);
    let last = height + 30;
    for (const [metres, row] of [...(level > 0 ? [["∞", state.ground.horizon]] : []), ...state.ground.marks]) {
      const y = row * height;
      if (y < 0 || y > height) continue;
      pen.beginPath(); pen.moveTo(0, y); pen.lineTo(width, y); pen.stroke();
      if (Math.abs(last - y) < letter) continue;
      pen.fillText(metres === "∞" ? "∞" : `${metres} m`, width - 3.2 * letter, y - 4);
      last = y;
    }
    pen.setLineDash([]);
  }
  const area = (places, colour) => {
    pen.beginPath();
    places.forEach(([x, y], place) => (place ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
    pen.closePath();
    pen.strokeStyle = colour; pen.lineWidth = 3; pen.stroke();
    pen.globalAlpha = 0.25; pen.fillStyle = colour; pen.fill(); pen.globalAlpha = 1;
  };
  state.masks.forEach((one) => area(one, ink));
  state.zones.forEach((one) => { area(one.corners, good); pen.fillStyle = good; pen.fillText(one.name, one.corners[0][0] * width + 6, one.corners[0][1] * height - 6); });
  for (const one of state.lines) line(pen, one, bad, width, height);
  const now = performance.now();
  for (const [column, row, seen] of feet) {
    pen.fillStyle = ink;
    pen.globalAlpha = Math.max(0, 1 - (now - seen) / FADES_MS) * 0.8;
    pen.beginPath(); pen.arc((column + 0.5) * across, (row + 0.5) * down, 6, 0, 7); pen.fill();
  }
  pen.globalAlpha = 1;
  if (corners.length > 1) area(corners, bad);
  pen.fillStyle = bad;
  for (const [x, y] of corners) { pen.beginPath(); pen.arc(x * width, y * height, 9, 0, 7); pen.fill(); }
}

// The arrow shows which way is in: to the right-hand side of who looks from a to b.
function line(pen, one, colour, width, height) {
  const [ax, ay, bx, by_] = [one.a[0] * width, one.a[1] * height, one.b[0] * width, one.b[1] * height];
  const length = Math.hypot(bx - ax, by_ - ay) || 1, nx = -(by_ - ay) / length, ny = (bx - ax) / length;
  const [mx, my] = [(ax + bx) / 2, (ay + by_) / 2];
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 5;
  pen.beginPath(); pen.moveTo(ax, ay); pen.lineTo(bx, by_); pen.stroke();
  pen.lineWidth = 3;
  pen.beginPath(); pen.moveTo(mx, my); pen.lineTo(mx + 34 * nx, my + 34 * ny); pen.stroke();
  pen.beginPath(); pen.moveTo(mx + 46 * nx, my + 46 * ny);
  pen.lineTo(mx + 30 * nx - 10 * ny, my + 30 * ny + 10 * nx); pen.lineTo(mx + 30 * nx + 10 * ny, my + 30 * ny - 10 * nx); pen.fill();
  pen.fillText(`${one.name} · ${word("in")}`, mx + 50 * nx + 8, my + 50 * ny + 8);
}

by("ground").addEventListener("click", (event) => {
  if (step !== "lines") return;
  const box = event.target.getBoundingClientRect();
  if (kind === "line" && corners.length === 2) corners = [];
  corners.push([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((one) => Math.min(1, Math.max(0, one))));
  draw();
});
by("language").addEventListener("click", () => { language = language === "en" ? "nl" : "en"; render(); });
render();
ask();
setInterval(() => ask(), 500);
