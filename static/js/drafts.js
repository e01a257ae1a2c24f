// A draft whose session has ended: say so, keep the text, and go on as soon as somebody has signed in in another tab.
const form = document.querySelector("form[data-nrm-autosave]");
const banner = document.querySelector("[data-nrm-signed-out]");
const status = document.querySelector("[data-nrm-saved]");
const failed = document.querySelector("#nrm-texts")?.dataset.failed;

async function look() {
  let answer;
  try {
    answer = await fetch(form.dataset.nrmAutosave, {redirect: "manual", headers: {"X-NRM-Background": "1"}});
  } catch {
    return;
  }
  banner.hidden = answer.type !== "opaqueredirect";
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("input[name=csrfmiddlewaretoken]")?.value;
  if (!fresh) return;
  document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => (field.value = fresh));
  form.dispatchEvent(new Event("change", {bubbles: true}));
}

if (form && banner && status) {
  new MutationObserver(() => status.textContent === failed && look()).observe(status, {childList: true, characterData: true, subtree: true});
  addEventListener("focus", () => banner.hidden || look());
}
