// A draft in the browser: the box beside the form follows the answers; when the session has ended the text stays, and saving
// goes on as soon as somebody has signed in in another tab. Never htmx here: it would leave the page for the sign-in page.
const form = document.querySelector("form[data-nrm-autosave]");
const box = document.querySelector("[data-nrm-so-far]");
const banner = document.querySelector("[data-nrm-signed-out]");
const status = document.querySelector("[data-nrm-saved]");
const failed = document.querySelector("#nrm-texts")?.dataset.failed;
const tokens = () => [...document.querySelectorAll("input[name=csrfmiddlewaretoken]")];

async function get(url) {
  try {
    return await fetch(url, {redirect: "manual", headers: {"X-NRM-Background": "1"}});
  } catch {
    return null;
  }
}

async function look() {
  const answer = await get(form.dataset.nrmAutosave);
  if (!answer) return;
  const before = banner.hidden;
  banner.hidden = answer.type !== "opaqueredirect";
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("input[name=csrfmiddlewaretoken]")?.value;
  const renewed = fresh && tokens()[0]?.value !== fresh;
  if (fresh) tokens().forEach((field) => (field.value = fresh));
  if (!before || renewed) form.dispatchEvent(new Event("change", {bubbles: true}));
}

let later;
async function follow() {
  const answer = await get(box.dataset.nrmSoFar);
  if (answer?.ok) box.innerHTML = await answer.text();
}

if (form && banner && status) {
  const watch = {childList: true, characterData: true, subtree: true};
  new MutationObserver(() => status.textContent === failed && look()).observe(status, watch);
  addEventListener("focus", () => banner.hidden || look());
  addEventListener("submit", (e) => {
    if (banner.hidden || e.target !== form) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    banner.scrollIntoView({block: "center"});
    look();
  }, true);
}
if (form && box) form.addEventListener("change", () => { clearTimeout(later); later = setTimeout(follow, 3000); });
