// Login: name and password for a session, and back to where somebody wanted to go.
import { act } from "/api.js";
import { tellRefusal, words } from "/door_words.js";
import { el } from "/dom.js";
import { openDoor } from "/shell.js";

/** Only a place of ours: a link must not send anybody who has just logged in to somewhere else. */
function next(role) {
  const wanted = new URLSearchParams(location.search).get("next") ?? "/";
  const place = new URL(wanted, location.origin);
  const isOurs = wanted.startsWith("/") && place.origin === location.origin && !place.pathname.startsWith("//") && place.pathname !== "/login.html";
  const there = isOurs ? place.pathname + place.search + place.hash : "/";
  return role === "viewer" && there === "/" ? "/studies.html" : there;
}

async function logIn(event) {
  event.preventDefault();
  el("wrong").hidden = true;
  el("go").disabled = true;
  try {
    const { role } = await act("/login", { name: el("name").value.trim(), password: el("password").value });
    location.replace(next(role));
  } catch (problem) {
    el("go").disabled = false;
    el("password").value = "";
    el("password").focus();
    tellRefusal(problem, el("wrong"), el("go"));
  }
}

openDoor({ words });
el("login").addEventListener("submit", logIn);
