// Has the proof of work of a form done while the visitor types. The form waits for it some seconds, then goes without:
// a form without a proof is taken too, only fewer of them.
"use strict";

const proof = document.querySelector("[data-challenge]");
if (proof && self.Worker && self.crypto && crypto.subtle) {
  const path = proof.dataset.worker;
  // The only policy of ours: the address of the one worker is written by the server, never by what was typed.
  const policy = self.trustedTypes && trustedTypes.createPolicy("worker", { createScriptURL: () => path });
  const worker = new Worker(policy ? policy.createScriptURL("") : path);
  let working = true, send = null;
  const finish = () => { working = false; if (send) send(); send = null; };
  worker.onmessage = (event) => { proof.value = event.data; finish(); };
  worker.onerror = finish;
  worker.postMessage(proof.dataset.challenge);
  // Before the listener of site.js, which lets a form go once.
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (!working || !form.contains(proof)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!send) setTimeout(finish, 8000);
    if (button) button.setAttribute("aria-busy", "true");
    send = () => form.requestSubmit(button);
  }, true);
}
