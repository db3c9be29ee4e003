"use strict";
const $ = (id) => document.getElementById(id);
const span = 5 * 60 * 1000;
let past = [], last = null, chosen = null, paused = false, order = "name", down = false, rates = new Map();

const make = (tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
};
const bytes = (n) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return (i && n < 100 ? n.toFixed(1) : Math.round(n)) + " " + units[i];
};
const count = (n) => Math.round(n).toLocaleString("en");
const since = (t) => {
  if (!t) return "–";
  const s = Math.max(0, (Date.parse(last.at) - Date.parse(t)) / 1000);
  return s < 60 ? Math.floor(s) + " s ago" : s < 3600 ? Math.floor(s / 60) + " min ago" : s < 172800 ? Math.floor(s / 3600) + " h ago" : Math.floor(s / 86400) + " days ago";
};
// A damaged region has no identity, and its name stands for it.
const key = (r) => r.id || "name:" + r.name;

// series gives [time, value] pairs of one ring: rates of counters, or plain values.
function series(id, field, rate) {
  const out = [];
  let old = null;
  for (const look of past) {
    const p = look.points && look.points[id], t = Date.parse(look.at);
    if (!p) { old = null; continue; }
    if (!rate) out.push([t, p[field]]);
    else if (old && t > old[0] && p[field] >= old[1]) out.push([t, (p[field] - old[1]) * 1000 / (t - old[0])]);
    old = [t, p[field]];
  }
  return out;
}

function remember(look) {
  past.push({ at: look.at, points: look.points });
  while (past.length && Date.parse(past[0].at) < Date.parse(look.at) - span) past.shift();
}

// between computes the rates of every ring over the last two looks.
function between() {
  rates = new Map();
  const b = past[past.length - 1], a = past[past.length - 2];
  if (!a || !a.points || !b.points) return;
  const s = (Date.parse(b.at) - Date.parse(a.at)) / 1000;
  for (const id of Object.keys(b.points)) {
    const x = a.points[id], y = b.points[id];
    if (x && s > 0) rates.set(id, { records: Math.max(0, y.records - x.records) / s, bytes: Math.max(0, y.bytes - x.bytes) / s, waits: Math.max(0, y.waits - x.waits) / s });
  }
}

const full = (r) => r.ring ? r.ring.depth_bytes / Math.max(1, r.ring.capacity_bytes) : -1;
const value = {
  name: (r) => r.name, producer: (r) => r.ring ? r.ring.producer.state : "", consumer: (r) => r.ring ? r.ring.consumer.state : "",
  records: (r) => (rates.get(key(r)) || {}).records || 0, bytes: (r) => (rates.get(key(r)) || {}).bytes || 0, waits: (r) => (rates.get(key(r)) || {}).waits || 0,
  full, attached: (r) => r.attached, size: (r) => r.size_bytes,
};

function shown() {
  const want = $("filter").value.toLowerCase();
  const by = value[order];
  return (last.list || []).filter((r) => r.name.toLowerCase().includes(want)).sort((a, b) => {
    const x = by(a), y = by(b);
    return (x < y ? -1 : x > y ? 1 : a.name < b.name ? -1 : 1) * (down ? -1 : 1);
  });
}

function line(r) {
  const body = $("list").tBodies[0];
  let tr = [...body.rows].find((x) => x.dataset.key === key(r));
  if (!tr) {
    tr = make("tr");
    tr.dataset.key = key(r);
    const head = make("th"), b = make("button", r.name);
    head.scope = "row";
    b.type = "button";
    b.addEventListener("click", () => choose(tr.dataset.key));
    head.append(b);
    tr.append(head);
    for (const c of ["", "", "n", "n", "", "n", "n", "n"]) tr.append(make("td", "", c));
    const m = make("meter");
    m.max = 1; m.high = 0.8; m.low = 0.5; m.optimum = 0;
    tr.cells[5].append(m, make("span"));
  }
  const t = rates.get(key(r)), c = tr.cells;
  const put = (i, text, cls) => { if (c[i].textContent !== text) c[i].textContent = text; if (cls !== undefined) c[i].className = cls; };
  put(1, r.ring ? r.ring.producer.state : r.error ? "damaged" : "–", r.ring ? r.ring.producer.state : "none");
  put(2, r.ring ? r.ring.consumer.state : "–", r.ring ? r.ring.consumer.state : "none");
  put(3, r.ring && t ? count(t.records) : "–");
  put(4, r.ring && t ? bytes(t.bytes) + "/s" : "–");
  const [m, s] = c[5].children;
  m.hidden = !r.ring;
  m.value = Math.max(0, full(r));
  m.setAttribute("aria-label", "full");
  s.textContent = r.ring ? " " + Math.round(full(r) * 100) + " %" : "–";
  put(6, r.ring && t ? count(t.waits) : "–");
  put(7, String(r.attached));
  put(8, bytes(r.size_bytes));
  if (key(r) === chosen) tr.setAttribute("aria-current", "true"); else tr.removeAttribute("aria-current");
  return tr;
}

// reach is how far back the charts go: a minute until there is more to draw.
const reach = () => past.length && Date.parse(last.at) - Date.parse(past[0].at) > 60000 ? span : 60000;

function chart(id, points, top, label, unit) {
  const svg = $(id), w = Math.max(200, svg.clientWidth || 500), h = 160, left = 70, foot = 18, ns = "http://www.w3.org/2000/svg";
  const end = Date.parse(last.at), back = reach(), x = (t) => left + (w - left) * (1 - (end - t) / back), y = (v) => h - foot - (h - foot - 8) * Math.min(1, v / (top || 1));
  const kids = [], add = (tag, at, text) => {
    const e = document.createElementNS(ns, tag);
    for (const k of Object.keys(at)) e.setAttribute(k, at[k]);
    if (text) e.textContent = text;
    kids.push(e);
  };
  svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
  for (const part of [0, 0.5, 1]) {
    add("line", { class: "grid", x1: left, x2: w, y1: y(top * part), y2: y(top * part) });
    add("text", { x: left - 6, y: y(top * part) + 4, "text-anchor": "end" }, unit(top * part));
  }
  const [step, unitOf] = back === span ? [60000, (t) => `−${t / 60000} min`] : [15000, (t) => `−${t / 1000} s`];
  for (let t = back; t > 0; t -= step) add("text", { x: x(end - t), y: h - 4, "text-anchor": t === back ? "start" : "middle" }, unitOf(t));
  add("text", { x: w, y: h - 4, "text-anchor": "end" }, "now");
  if (points.length) {
    const path = points.map(([t, v], i) => (i ? "L" : "M") + x(t).toFixed(1) + " " + y(v).toFixed(1)).join("");
    add("path", { class: "area", d: `${path}L${x(points[points.length - 1][0]).toFixed(1)} ${y(0)}L${x(points[0][0]).toFixed(1)} ${y(0)}Z` });
    add("path", { class: "line", d: path });
  }
  svg.replaceChildren(...kids);
  svg.setAttribute("aria-label", label);
}

// nice rounds up so that the scale does not jump at every look.
function nice(v) {
  if (!(v > 0)) return 1024;
  let n = 1024;
  while (n < v) n *= 2;
  return n;
}

function cells(body, rows) {
  body.replaceChildren(...rows.map((r) => {
    const tr = make("tr");
    tr.append(...r.map(([text, cls]) => make("td", text, cls)));
    return tr;
  }));
}

function detail(r) {
  $("detail").hidden = !r;
  if (!r) return;
  $("chosen").textContent = r.name;
  document.querySelector(".charts").hidden = !r.ring;
  $("seats").parentElement.hidden = !r.ring;
  if (r.ring) {
    const th = series(key(r), "bytes", true), de = series(key(r), "depth", false);
    const peak = Math.max(0, ...th.map((p) => p[1])), cur = th.length ? th[th.length - 1][1] : 0;
    $("now-bytes").textContent = bytes(cur) + "/s";
    $("now-depth").textContent = `${bytes(r.ring.depth_bytes)} of ${bytes(r.ring.capacity_bytes)}`;
    const time = reach() === span ? "five minutes" : "minute";
    chart("chart-bytes", th, nice(peak), `Throughput over the last ${time}: now ${bytes(cur)} a second, at most ${bytes(peak)} a second`, (v) => bytes(v) + "/s");
    chart("chart-depth", de, r.ring.capacity_bytes, `Depth over the last ${time}: now ${Math.round(full(r) * 100)} percent full, at most ${bytes(Math.max(0, ...de.map((p) => p[1])))}`, bytes);
    cells($("seats").tBodies[0], ["producer", "consumer"].map((side) => {
      const s = r.ring[side];
      return [[side], [s.state, s.state], [count(s.records), "n"], [count(s.waits), "n"], [count(s.wakeups), "n"], [s.last_error || "–", s.last_error ? "note" : ""]];
    }));
  }
  const who = (r.attachments || []).map((a) => [[a.name || "?"], [String(a.pid), "n"], [a.role || "–"], [since(a.since)]]);
  cells($("who").tBodies[0], who.length ? who : [[["nobody"], ["–", "n"], ["–"], ["–"]]]);
  const facts = [["Path", r.path], ["Kind", `${r.kind || "–"}, version ${r.version}`], ["Size", `${bytes(r.size_bytes)}, ${bytes(Math.max(0, r.allocated_bytes))} in use`],
    ["Mode", `${r.mode || "–"}, user ${r.uid}`], ["Made", `${since(r.created)} by ${r.creator.name || "?"} (pid ${r.creator.pid})`]];
  if (r.error) facts.push(["Error", r.error]);
  $("facts").replaceChildren(...facts.flatMap(([k, v]) => [make("dt", k), make("dd", v, k === "Error" ? "note" : "")]));
}

function draw() {
  if (!last) return;
  const rows = shown(), body = $("list").tBodies[0];
  if (!rows.some((r) => key(r) === chosen)) chosen = rows.length ? key(rows.find((r) => r.ring) || rows[0]) : null;
  const lines = rows.map(line);
  // Moving a focused row would lose the focus, so nothing moves that is in place.
  for (const tr of [...body.rows]) if (!lines.includes(tr)) tr.remove();
  lines.forEach((tr, i) => { if (body.rows[i] !== tr) { const f = document.activeElement; body.insertBefore(tr, body.rows[i] || null); if (tr.contains(f)) f.focus(); } });
  for (const b of document.querySelectorAll("[data-sort]")) {
    if (b.dataset.sort === order) b.closest("th").setAttribute("aria-sort", down ? "descending" : "ascending");
    else b.closest("th").removeAttribute("aria-sort");
  }
  $("empty").hidden = (last.list || []).length > 0 || Boolean(last.error);
  detail(rows.find((r) => key(r) === chosen));
}

// say tells what changed for good, not each number, or a screen reader never ends.
function say() {
  if (last.error) return tell(last.error);
  const all = last.list || [], rings = all.filter((r) => r.ring);
  const dead = rings.filter((r) => r.ring.producer.state === "dead" || r.ring.consumer.state === "dead").length;
  tell(`${rings.length} rings, ${all.length - rings.length} other regions` + (dead ? `, ${dead} with a dead side` : "") + (paused ? " (paused)" : ""));
}
function tell(text) { if ($("status").textContent !== text) $("status").textContent = text; }

function choose(k) { chosen = k; draw(); }
function step(n) {
  const rows = shown(), i = rows.findIndex((r) => key(r) === chosen) + n;
  if (rows[i]) choose(key(rows[i]));
}
function pause() {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  if (last) { draw(); say(); }
}

$("pause").addEventListener("click", pause);
$("filter").addEventListener("input", draw);
for (const b of document.querySelectorAll("[data-sort]")) b.addEventListener("click", () => {
  down = order === b.dataset.sort ? !down : !["name", "producer", "consumer"].includes(b.dataset.sort);
  order = b.dataset.sort;
  draw();
});
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  if (e.target === $("filter")) {
    if (e.key === "Escape") { $("filter").value = ""; $("filter").blur(); draw(); }
    return;
  }
  const act = { "/": () => $("filter").focus(), p: pause, j: () => step(1), k: () => step(-1) }[e.key];
  if (act && last) { e.preventDefault(); act(); }
});
addEventListener("resize", draw);

const source = new EventSource("events");
source.addEventListener("past", (e) => { past = JSON.parse(e.data) || []; past.pop(); });
source.addEventListener("look", (e) => {
  const look = JSON.parse(e.data);
  remember(look);
  if (paused) return;
  last = look;
  between();
  draw();
  say();
});
source.addEventListener("error", () => tell("The connection is gone; trying again…"));
