// Solves a proof of work beside the page: tries counters until the key derived from one begins as the challenge says.
// The challenge and the solution are those of altcha, version 2; only this service sees either of them.
"use strict";

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (one) => one.toString(16).padStart(2, "0")).join("");

onmessage = async (event) => {
  const challenge = JSON.parse(event.data), asked = challenge.parameters, nonce = bytes(asked.nonce);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(asked.salt), iterations: asked.cost };
  const password = new Uint8Array(nonce.length + 4), view = new DataView(password.buffer);
  password.set(nonce);
  for (let counter = 0; ; counter += 1) {
    view.setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = hex(await crypto.subtle.deriveBits(how, key, asked.keyLength * 8));
    if (derivedKey.startsWith(asked.keyPrefix)) return postMessage(btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } })));
  }
};
