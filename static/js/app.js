// The portal's own script. Everything here is an extra: every page works without it. No eval, nothing inline.
const $ = (s, root = document) => root.querySelector(s);
const $$ = (s, root = document) => [...root.querySelectorAll(s)];
const words = $("#nrm-texts")?.dataset ?? {};
const say = (text, values = {}) => Object.entries(values).reduce((t, [k, v]) => t.replace(`{${k}}`, v), text ?? "");
const token = () => $("input[name=csrfmiddlewaretoken]")?.value ?? "";
const visible = (el) => el && el.getClientRects().length > 0;
const typing = (el) => el?.closest?.("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]");
const clockTime = () => new Date().toLocaleTimeString(document.documentElement.lang, {hour: "numeric", minute: "2-digit"})
  .replace(":", document.documentElement.lang === "sv" ? "." : ":");

// --- one start for the page and for every part htmx swaps in ------------------------------------
function start(root) {
  $$("[data-nrm-script]", root).forEach((el) => (el.hidden = false));
  $$("select[data-nrm-combobox]", root).forEach(combobox);
  $$("[data-nrm-count]", root).forEach(countdown);
  $$("[data-nrm-if]", root).forEach(conditional);
  $$("form[data-nrm-autosave]", root).forEach(autosave);
  $("[data-nrm-focus]", root)?.focus();
}
document.addEventListener("htmx:after:settle", (e) => start(e.target instanceof Element ? e.target : document));
document.addEventListener("htmx:config:request", (e) => {
  const headers = e.detail?.ctx?.request?.headers;
  if (headers) headers["X-CSRFToken"] = token();
});

// --- keys: any control may name its own with data-nrm-key="n" or "g 1" ----------------------------
let lead = "";
addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
    const form = e.target.closest?.("form");
    const button = form && ($("[data-nrm-primary]", form) ?? $("button:not([type=button])", form));
    if (button) { e.preventDefault(); form.requestSubmit(button); }
    return;
  }
  if (document.body.dataset.nrmShortcuts !== "on" || e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || $("dialog[open]")) return;
  if (e.key === "?") return $("#shortcuts")?.showModal();
  if (e.key === "g" && !lead) { lead = "g "; return setTimeout(() => (lead = ""), 1500); }
  if (!lead && "jkxX".includes(e.key) && list(e.key)) return e.preventDefault();
  const wanted = lead + e.key;
  lead = "";
  const el = $$(`[data-nrm-key="${CSS.escape(wanted)}"]`).find((x) => visible(x) || wanted === "g l" || wanted.startsWith("g "));
  if (!el) return;
  e.preventDefault();
  el.matches("input") ? el.focus() : el.click();
});

// --- lists: j, k, x, shift-x; the row in focus is shown beside the list --------------------------
const ticks = (root = document) => $$("[data-nrm-rows] input[type=checkbox]", root).filter(visible);
let ticked = -1;
function tick(at, range) {
  const all = ticks(), from = range && ticked >= 0 ? ticked : at;
  if (!all[at]) return false;
  if (range) for (let n = Math.min(from, at); n <= Math.max(from, at); n++) all[n].checked = true;
  else all[at].checked = !all[at].checked;
  ticked = at;
  all[at].dispatchEvent(new Event("change", {bubbles: true}));
  return true;
}
addEventListener("change", (e) => {
  const form = e.target.closest?.("[data-nrm-bulk]"), note = form && $("[data-nrm-chosen]", form);
  if (!note) return;
  const n = ticks(form).filter((box) => box.checked).length;
  note.dataset.none ??= note.textContent;
  note.textContent = n ? say(words.chosen, {n}) : note.dataset.none;
});
addEventListener("click", (e) => {
  const form = e.target.closest?.("[data-nrm-tick-all]")?.closest("[data-nrm-bulk]");
  if (!form) return;
  const all = ticks(form), on = !all.every((box) => box.checked);
  all.forEach((box) => (box.checked = on));
  all[0]?.dispatchEvent(new Event("change", {bubbles: true}));
});
function list(key) {
  const links = $$("[data-nrm-rows] .row-title a").filter(visible);
  const at = links.findIndex((a) => a.closest("li").contains(document.activeElement));
  if (!links.length) return false;
  if (key === "x" || key === "X") return at >= 0 && tick(ticks().indexOf($("input[type=checkbox]", links[at].closest("li"))), key === "X");
  links[Math.min(Math.max(at + (key === "j" ? 1 : -1), 0), links.length - 1)].focus();
  return true;
}
let wait;
addEventListener("focusin", (e) => {
  const url = e.target.dataset?.nrmPreview, place = $("#preview");
  if (!url || !visible(place)) return;
  clearTimeout(wait);
  wait = setTimeout(() => {
    $$("[data-nrm-rows] [aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    e.target.closest("li").setAttribute("aria-current", "true");
    window.htmx?.ajax("GET", url, {source: place, target: place, swap: "innerHTML"}); // replaces one under way
  }, 180);
});

// --- small things --------------------------------------------------------------------------------
addEventListener("click", async (e) => {
  const opens = e.target.closest?.("[data-nrm-open]"), copies = e.target.closest?.("[data-nrm-copy]");
  if (opens) document.getElementById(opens.dataset.nrmOpen)?.showModal();
  if (copies) {
    await navigator.clipboard.writeText(copies.dataset.nrmCopy);
    const label = $("span", copies), before = label.textContent;
    label.textContent = words.copied ?? "✓";
    announce(words.copied);
    setTimeout(() => (label.textContent = before), 3000);
  }
  $$("details[data-nrm-menu][open]").forEach((menu) => menu.contains(e.target) || (menu.open = false));
});
addEventListener("keydown", (e) => {
  const menu = e.key === "Escape" && $("details[data-nrm-menu][open]");
  if (menu) { menu.open = false; $("summary", menu).focus(); }
});
function announce(text) {
  const place = $("[data-nrm-said]");
  if (place && text) place.textContent = text;
}
// A second press of a submit button does nothing; the server has its own guard.
addEventListener("submit", (e) => {
  const form = e.target, button = e.submitter;
  if (form.method === "dialog" || e.defaultPrevented || form.matches("[hx-post],[hx-get]")) return;
  if (form.dataset.nrmSent) return e.preventDefault();
  form.dataset.nrmSent = "1";
  button?.setAttribute("aria-disabled", "true");
  setTimeout(() => { delete form.dataset.nrmSent; button?.removeAttribute("aria-disabled"); }, 5000);
});
addEventListener("pageshow", (e) => e.persisted && $$("form[data-nrm-sent]").forEach((f) => delete f.dataset.nrmSent));
const offline = $("[data-nrm-offline]");
const online = () => offline && (offline.hidden = navigator.onLine);
addEventListener("offline", online);
addEventListener("online", online);

function countdown(area) {
  const most = +area.dataset.nrmCount, note = document.createElement("p");
  note.className = "hint";
  area.after(note);
  let later;
  const show = () => {
    const left = most - area.value.length;
    note.textContent = say(left < 0 ? words.over : words.chars, {n: Math.abs(left).toLocaleString(document.documentElement.lang || "sv")});
    clearTimeout(later);
    if (left < most / 10) later = setTimeout(() => announce(note.textContent), 1000);
  };
  area.addEventListener("input", show);
  show();
}

function conditional(part) {
  const [name, values] = part.dataset.nrmIf.split("="), allowed = values.split("|");
  const controls = () => $$(`[name="${CSS.escape(name)}"]`, part.closest("form") ?? document);
  const show = () => {
    const chosen = controls().filter((c) => !/radio|checkbox/.test(c.type) || c.checked).map((c) => c.value);
    part.hidden = !chosen.some((value) => allowed.includes(value));
  };
  controls().forEach((c) => c.addEventListener("change", show));
  show();
}

// --- autosave: the page of a draft, on change and a pause, on leaving a field; only to the server ---
function autosave(form) {
  const status = $("[data-nrm-saved]", form) ?? $("[data-nrm-saved]");
  let later, dirty = false, tries = 0, stopped = false;
  const tell = (text) => status && status.textContent !== text && (status.textContent = text);
  async function save() {
    clearTimeout(later);
    if (!dirty || stopped) return;
    const body = new FormData(form);
    $$("input[type=file]", form).forEach((file) => body.delete(file.name));
    dirty = false;
    tell(words.saving);
    try {
      const answer = await fetch(form.dataset.nrmAutosave || form.action, {
        method: "POST", body, headers: {"X-NRM-Autosave": "1", "X-CSRFToken": token()}, redirect: "manual"});
      if (answer.status === 409) { stopped = dirty = true; return tell(words.conflict); }
      if (!answer.ok) throw new Error(answer.status);
      const saved = await answer.json();
      const version = $("[name=version]", form);
      if (version && saved.version != null) version.value = saved.version;
      tries = 0;
      tell(saved.note ?? say(words.saved, {time: saved.saved ?? clockTime()}));
      form.dispatchEvent(new CustomEvent("nrm:saved", {detail: saved}));
    } catch {
      dirty = true;
      tell(words.failed);
      if (offline) offline.hidden = navigator.onLine;
      later = setTimeout(save, Math.min(60, 4 * 2 ** tries++) * 1000);
    }
  }
  const touch = () => { dirty = true; clearTimeout(later); later = setTimeout(save, 2000); };
  form.addEventListener("input", touch);
  form.addEventListener("change", touch);
  form.addEventListener("focusout", () => dirty && tries === 0 && save());
  form.addEventListener("submit", () => { stopped = true; dirty = false; clearTimeout(later); });
  addEventListener("online", save);
  addEventListener("beforeunload", (e) => dirty && e.preventDefault());
}

// --- combobox on top of a select: type to filter; the select stays the value ---------------------
let combos = 0;
function combobox(select) {
  const id = `combo-${++combos}`, input = document.createElement("input"), box = document.createElement("ul");
  const all = [...select.options].filter((o) => o.value);
  let shown = [], at = -1;
  input.className = "input";
  input.type = "text";
  input.autocomplete = "off";
  input.id = select.id;
  select.removeAttribute("id");
  input.value = select.value ? select.selectedOptions[0].text : "";
  const attrs = {role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list"};
  for (const name of ["aria-describedby", "aria-invalid"]) if (select.hasAttribute(name)) attrs[name] = select.getAttribute(name);
  for (const [name, value] of Object.entries(attrs)) input.setAttribute(name, value);
  box.id = id;
  box.hidden = true;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", $(`label[for="${CSS.escape(input.id)}"]`)?.textContent.trim() ?? "");
  select.hidden = true;
  const frame = document.createElement("div");
  frame.className = "combo";
  select.before(frame);
  frame.append(input, box, select);
  const open = (yes) => { box.hidden = !yes; input.setAttribute("aria-expanded", yes); if (!yes) { at = -1; input.removeAttribute("aria-activedescendant"); } };
  const draw = () => {
    const q = input.value.trim().toLocaleLowerCase("sv");
    shown = all.filter((o) => o.text.toLocaleLowerCase("sv").includes(q));
    shown.sort((a, b) => !a.text.toLocaleLowerCase("sv").startsWith(q) - !b.text.toLocaleLowerCase("sv").startsWith(q));
    shown = shown.slice(0, 50);
    box.replaceChildren(...shown.map((o, n) => {
      const li = document.createElement("li");
      li.id = `${id}-${n}`;
      li.role = "option";
      li.textContent = o.text;
      li.addEventListener("mousedown", (e) => { e.preventDefault(); pick(n); });
      return li;
    }));
    announce(say(words.hits, {n: shown.length}));
    open(shown.length > 0);
  };
  const mark = (n) => {
    at = n;
    [...box.children].forEach((li, k) => li.setAttribute("aria-selected", k === n));
    box.children[n].scrollIntoView({block: "nearest"});
    input.setAttribute("aria-activedescendant", `${id}-${n}`);
  };
  const choose = (value) => { if (select.value !== value) { select.value = value; select.dispatchEvent(new Event("change", {bubbles: true})); } };
  const pick = (n) => { input.value = shown[n].text; choose(shown[n].value); open(false); };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (box.hidden) return draw();
      mark((at + (e.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length);
    } else if (e.key === "Enter" && !box.hidden && !e.ctrlKey) { e.preventDefault(); pick(Math.max(at, 0)); }
    else if (e.key === "Escape" && !box.hidden) { e.stopPropagation(); open(false); }
  });
  input.addEventListener("blur", () => {
    open(false);
    const same = all.find((o) => o.text.toLocaleLowerCase("sv") === input.value.trim().toLocaleLowerCase("sv"));
    choose(same?.value ?? "");
    if (!same) input.value = "";
  });
}

// --- session: warn before the end, any tab's activity counts, at the end nothing is left to read ---
const idle = +document.body.dataset.nrmIdle, box = $("[data-nrm-timeout]");
if (idle && box) {
  const warn = +document.body.dataset.nrmWarn, tabs = new BroadcastChannel("nrm");
  let last = Date.now(), asked = Date.now(), told = 0;
  const touch = (everywhere) => {
    if (box.open && everywhere !== "keep") return;
    last = Date.now();
    if (everywhere) tabs.postMessage("active");
    if (last - asked > 120e3 || everywhere === "keep") { asked = last; fetch(box.dataset.keep, {method: "POST", headers: {"X-CSRFToken": token()}}); }
  };
  tabs.onmessage = (e) => {
    if (e.data === "out") return leave();
    last = Date.now();
    if (box.open) box.close();
  };
  const leave = () => {
    const headers = {"X-CSRFToken": token()};
    const away = () => location.replace(`${box.dataset.out}?next=${encodeURIComponent(location.pathname + location.search)}`);
    document.body.replaceChildren();
    fetch(box.dataset.lock, {method: "POST", headers, keepalive: true}).then(away, away);
  };
  let soon = 0;
  for (const kind of ["keydown", "pointerdown", "scroll"]) addEventListener(kind, () => {
    if (Date.now() - soon > 5000) { soon = Date.now(); touch(true); }
  }, {passive: true});
  box.addEventListener("close", () => touch("keep"));
  $("[data-nrm-keep]", box).addEventListener("click", () => box.close());
  setInterval(() => {
    const left = Math.ceil(idle - (Date.now() - last) / 1000);
    if (left <= 0) { tabs.postMessage("out"); return leave(); }
    if (left > warn) { told = 0; return box.open && box.close(); }
    if (!box.open) box.showModal();
    const text = say(words.left, {time: left > 90 ? say(words.minutes, {n: Math.ceil(left / 60)}) : say(words.seconds, {n: left})});
    $("[data-nrm-left]", box).textContent = text;
    const step = left > 60 ? Math.ceil(left / 60) : left > 30 ? 60 : 30;
    if (step !== told) { told = step; $("[data-nrm-left-said]", box).textContent = text; }
  }, 1000);
}

// --- clocks and counters: once a minute, only while somebody looks ---------------------------------
setInterval(() => {
  if (document.hidden || !navigator.onLine) return;
  $$("[data-nrm-refresh]").filter(visible).forEach((el) => el.contains(document.activeElement) ||
    window.htmx?.ajax("GET", el.dataset.nrmRefresh, {target: el, swap: "innerHTML", headers: {"X-NRM-Background": "1"}}));
}, 60e3);

// --- public pages: leave quickly, also by pressing Shift three times ---------------------------------
const exit = $("[data-nrm-leave]");
if (exit) {
  let shifts = 0, timer;
  const go = (e) => {
    e?.preventDefault();
    const cover = document.createElement("div");
    cover.className = "leaving";
    document.body.replaceChildren(cover);
    document.title = "…";
    location.replace(exit.href);
  };
  $$("[data-nrm-leave]").forEach((a) => a.addEventListener("click", go));
  addEventListener("keyup", (e) => {
    if (e.key !== "Shift") return (shifts = 0);
    clearTimeout(timer);
    timer = setTimeout(() => (shifts = 0), 5000);
    if (++shifts === 3) go();
  });
}

start(document);
online();
