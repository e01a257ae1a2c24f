// A call in the browser: how long it has lasted, its number after the first save, and what stands beside the form.
const form = document.querySelector("#call-form");
const since = document.querySelector("[data-nrm-since]");
const minutes = document.querySelector("#nrm-texts")?.dataset.minutes ?? "{n} min";

function lasts() {
  const n = Math.max(0, Math.floor((Date.now() - new Date(since.dataset.nrmSince)) / 60e3));
  since.textContent = minutes.replace("{n}", n);
}

form?.addEventListener("nrm:saved", (e) => {
  const {url, number} = e.detail, place = document.querySelector("[data-nrm-number]");
  if (url && form.dataset.nrmAutosave !== url) {
    form.action = form.dataset.nrmAutosave = url;
    history.replaceState(null, "", url);
  }
  const asked = document.querySelector("[data-nrm-names]"), box = asked.querySelector("input"), {names} = e.detail;
  if (names && box.value !== names) { box.value = names; box.checked = false; }
  asked.hidden = !names && !box.checked;
  if (number && !place.textContent.includes(number)) {
    const mark = document.createElement("strong");
    mark.className = "ref";
    mark.textContent = number;
    place.replaceChildren(`${place.dataset.nrmNumber} `, mark);
  }
});

let asked = 0;
async function follow(everything) {
  const mine = ++asked, body = new FormData(form);
  let answer;
  try {
    answer = await fetch(form.dataset.nrmBeside, {method: "POST", body, redirect: "manual", headers: {"X-NRM-Background": "1"}});
  } catch { return; }
  if (!answer.ok || mine !== asked) return;
  const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["call-beside", "call-advice"]) {
    const place = document.getElementById(id);
    if (!place || (!everything && place.contains(document.activeElement))) continue;
    place.replaceChildren(...parts.getElementById(id).childNodes);
  }
}

let later;
const FOLLOWED = ["place", "agency_kind", "topics", "forms", "child", "danger"];
form?.addEventListener("change", (e) => {
  if (!FOLLOWED.includes(e.target.name)) return;
  clearTimeout(later);
  later = setTimeout(follow, 400);
});
form?.addEventListener("click", (e) => {
  if (!e.target.closest("[name=look]") || !navigator.onLine) return;
  e.preventDefault();
  follow(true);
});
if (since) { lasts(); setInterval(lasts, 10e3); }
