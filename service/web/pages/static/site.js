// Comfort only: every page works without this script. Nothing is kept in the browser, and nothing is sent elsewhere.
"use strict";

// A form is sent once: a second click while it is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button) button.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
}));

// Leave quickly: the page is replaced, so that the back button of a shared device does not return to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("[data-leave]");
  if (!link) return;
  event.preventDefault();
  document.documentElement.hidden = true;
  (top === self ? location : top.location).replace(link.href);
});

// What was found wrong is read first.
const first = document.querySelector("[data-focus]");
if (first) first.focus();

// Parts that are still to come are looked at again and filled in place. `data-live` says after how many seconds.
// XMLHttpRequest gives a document without a script of it being run, which fetch does not.
function refresh() {
  const request = new XMLHttpRequest();
  request.open("GET", location.pathname + location.search);
  request.responseType = "document";
  request.onloadend = () => {
    const page = request.status === 200 && request.responseXML;
    liveParts().forEach((part) => {
      const found = page && page.getElementById(part.id);
      if (!found) return void (part.dataset.live = Math.min(60, 2 * Number(part.dataset.live)));
      if (found.textContent.trim() !== part.textContent.trim()) part.replaceChildren(...found.childNodes);
      if (found.dataset.live) part.dataset.live = found.dataset.live;
      else part.removeAttribute("data-live");
    });
    wait();
  };
  request.send();
}
function liveParts() { return document.querySelectorAll("[data-live]"); }
function wait() {
  const seconds = [...liveParts()].map((part) => Number(part.dataset.live));
  if (seconds.length) setTimeout(refresh, 1000 * Math.min(...seconds));
}
wait();
