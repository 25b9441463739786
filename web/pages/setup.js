// Set-up: whoever holds the one-time link makes the first admin.
import { act } from "/api.js";
import { tellRefusal, words } from "/door_words.js";
import { el } from "/dom.js";
import { say } from "/languages.js";
import { openDoor } from "/shell.js";

// The token is in the fragment only, which no server and no log ever sees; out of the address bar nobody reads it off,
// and it does not stay in the browser's history.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);

function wrong(text) {
  el("wrong").textContent = text;
  el("wrong").hidden = false;
}

async function makeAdmin(event) {
  event.preventDefault();
  el("wrong").hidden = true;
  if (el("password").value !== el("again").value) return wrong(say("differ"));
  el("go").disabled = true;
  try {
    await act("/setup", { token, name: el("name").value.trim(), password: el("password").value });
    location.replace("/");
  } catch (problem) {
    el("go").disabled = false;
    tellRefusal(problem, el("wrong"), el("go"));
  }
  return undefined;
}

openDoor({ words });
el("no-token").hidden = token !== "";
el("setup").hidden = token === "";
el("setup").addEventListener("submit", makeAdmin);
