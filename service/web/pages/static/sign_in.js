// Takes the code behind "#" into the form. A browser sends that part of an address nowhere, so no log has it.
"use strict";
const code = location.hash.slice(1);
if (code) {
  document.querySelector("input[name=code]").value = code;
  history.replaceState(null, "", location.pathname + location.search);
}
