// Shows a password, and asks the browser for keys. Everything else on these pages works without script.
const $$ = (selector) => document.querySelectorAll(selector);

for (const input of $$("input[data-nrm-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "linkish";
  button.textContent = input.dataset.nrmReveal;
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.textContent = hidden ? input.dataset.nrmHide : input.dataset.nrmReveal;
  });
  input.after(button);
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function decoded(options) {
  const key = structuredClone(options.publicKey);
  key.challenge = toBytes(key.challenge);
  if (key.user) key.user.id = toBytes(key.user.id);
  for (const list of [key.excludeCredentials, key.allowCredentials]) {
    for (const entry of list || []) entry.id = toBytes(entry.id);
  }
  return key;
}

function encoded(credential) {
  const from = credential.response;
  const response = {clientDataJSON: toText(from.clientDataJSON)};
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (from[name]) response[name] = toText(from[name]);
  }
  if (from.getTransports) response.transports = from.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

async function ask(form, way) {
  if (way === "fetch") {
    const answer = await fetch(form.action, {headers: {Accept: "application/json"}});
    return navigator.credentials.get({publicKey: decoded((await answer.json()).request_options)});
  }
  const key = decoded(JSON.parse(document.getElementById("passkey-options").textContent));
  if (way === "get") return navigator.credentials.get({publicKey: key});
  const alone = form.elements.passwordless?.checked;
  key.authenticatorSelection = {
    ...key.authenticatorSelection,
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: !!alone,
    userVerification: alone ? "required" : "preferred",
  };
  return navigator.credentials.create({publicKey: key});
}

for (const form of $$("form[data-nrm-passkey]")) {
  const failed = form.querySelector("[data-nrm-failed]");
  form.querySelector("button[type=button]:not(.linkish)").addEventListener("click", async () => {
    failed.hidden = true;
    try {
      form.elements.credential.value = encoded(await ask(form, form.dataset.nrmPasskey));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
