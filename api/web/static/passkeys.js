// Passkeys: forms marked with data-passkey fetch their options, ask the authenticator and go on.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const ids = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

const create = async (options) => {
  const made = await navigator.credentials.create({ publicKey: {
    ...options, challenge: bytes(options.challenge), excludeCredentials: ids(options.excludeCredentials),
    user: { ...options.user, id: bytes(options.user.id) },
  } });
  return answer(made, {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
  });
};

const get = async (options) => {
  const proof = await navigator.credentials.get({ publicKey: {
    ...options, challenge: bytes(options.challenge), allowCredentials: ids(options.allowCredentials),
  } });
  return answer(proof, {
    clientDataJSON: text(proof.response.clientDataJSON),
    authenticatorData: text(proof.response.authenticatorData),
    signature: text(proof.response.signature),
    userHandle: proof.response.userHandle ? text(proof.response.userHandle) : null,
  });
};

const answer = (credential, response) => ({
  id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
  clientExtensionResults: {},
});

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const note = form.querySelector("[data-refused]");
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    note.hidden = true;
    try {
      const asked = await fetch(form.dataset.options, { method: "POST", headers: { Accept: "application/json" } });
      if (!asked.ok) throw new Error((await asked.json()).title);
      const options = await asked.json();
      const made = await (form.dataset.passkey === "create" ? create(options) : get(options));
      form.elements.credential.value = JSON.stringify(made);
      form.requestSubmit();
    } catch (error) {
      note.hidden = false;
      if (error.name === "Error") note.textContent = error.message;
    }
  });
}
