// Shows who is logged in and what this user may do. It never sees the token: it asks the server, and
// the server decides again at every action.
"use strict";

const result = document.getElementById("result");
const countdown = document.getElementById("countdown");
const buttons = document.querySelectorAll("button[data-action]");

const needs = { minibar: "minibar:order", guests: "guests:read", prices: "prices:write" };

let room = null;

const requests = {
  door: () => ["POST", `/rooms/${room ?? 7}/door`],
  minibar: () => ["POST", "/minibar"],
  guests: () => ["GET", "/guests"],
  prices: () => ["POST", "/prices"],
  bell: () => ["GET", "/bell"],
};

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function show(status, text, good) {
  result.dataset.good = String(good);
  result.replaceChildren(element("strong", {}, status), ` ${text}`);
  // In a low window the answer may end below the edge.
  result.parentElement.scrollIntoView({ block: "nearest" });
}

async function act(action) {
  const [method, path] = requests[action]();
  document.getElementById("asked").textContent = `${method} ${path}`;
  if (action === "bell") {
    ring();
    return;
  }
  try {
    const response = await fetch(path, { method });
    if (response.status === 401) {
      expire("Your key card is no longer good.");
    }
    show(String(response.status), await readable(response), response.ok);
  } catch {
    show("no answer", "the server cannot be reached", false);
  }
}

async function readable(response) {
  const text = (await response.text()).trim();
  if (!response.headers.get("content-type")?.startsWith("application/json")) {
    return text;
  }
  const body = JSON.parse(text);
  if (Array.isArray(body)) {
    return body.map((guest) => `${guest.name} in room ${guest.room}`).join(", ");
  }
  const missing = /scope="([^"]*)"/.exec(response.headers.get("www-authenticate"))?.[1];
  const why = body.error_description ?? text;
  return missing ? `${why}: ${missing}` : why;
}

function ring() {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/bell`);
  let answered = false;
  socket.onopen = () => socket.send("ring");
  socket.onmessage = (message) => {
    answered = true;
    show("101", message.data, true);
    socket.close();
  };
  // Browsers do not tell scripts which status refused the upgrade.
  socket.onclose = () => answered || show("refused", "the server did not open the WebSocket", false);
}

function offer(button, lacks) {
  const action = button.dataset.action;
  button.disabled = lacks !== null;
  if (lacks === null) {
    return;
  }
  const note = element("p", { className: "lacks", id: `lacks-${action}` }, "You lack ", lacks);
  const anyway = element("button", { type: "button", className: "link" }, "Ask anyway");
  anyway.setAttribute("aria-describedby", note.id);
  anyway.addEventListener("click", () => act(action));
  button.setAttribute("aria-describedby", note.id);
  button.after(note, anyway);
}

function loginLink() {
  const way = encodeURIComponent(location.pathname);
  return element("a", { href: `/login?next=${way}` }, "Log in again");
}

function expire(why) {
  countdown.dataset.expired = "true";
  countdown.replaceChildren(`${why} `, loginLink());
  // Where one looks after a press, too.
  const again = document.getElementById("again");
  again.hidden = false;
  again.replaceChildren(`${why} `, loginLink());
  // A timer is not read out by screen readers; its end is.
  document.getElementById("expired").textContent = why;
}

// `offset` is how far the clock of the server is ahead of the one here.
function count(exp, lifetime, offset) {
  const left = Math.ceil(exp - (Date.now() + offset) / 1000);
  if (left <= 0) {
    expire("Your key card has expired.");
    return;
  }
  const seconds = left === 1 ? "second" : "seconds";
  const bar = element("progress", { max: lifetime, value: left });
  bar.setAttribute("aria-hidden", "true");
  countdown.replaceChildren("Your key card is good for ", element("strong", {}, String(left)), ` more ${seconds}.`, bar);
  setTimeout(count, 250, exp, lifetime, offset);
}

async function start() {
  document.getElementById("visible").textContent = document.cookie || "(nothing)";
  const response = await fetch("/session");
  if (!response.ok) {
    expire(response.status === 401 ? "Your key card is no longer good." : `The server answered ${response.status}.`);
    return;
  }
  const { claims, scopes, exp } = await response.json();
  room = claims.room ?? null;
  document.getElementById("name").textContent = claims.name;
  document.getElementById("role").textContent = claims.role;
  document.getElementById("room").textContent = room === null ? "" : `room ${room}`;

  for (const button of buttons) {
    const action = button.dataset.action;
    const scope = needs[action];
    const lacks = scope && !scopes.includes(scope) ? element("code", {}, scope) : null;
    offer(button, action === "door" && room === null ? "a room of your own" : lacks);
    button.addEventListener("click", () => act(action));
  }

  const ahead = Date.parse(response.headers.get("date")) - Date.now();
  const offset = Math.abs(ahead) > 2000 ? ahead : 0;
  count(exp, Math.ceil(exp - (Date.now() + offset) / 1000), offset);
}

// A page that the back button brings back may be about somebody who has logged out since.
addEventListener("pageshow", (event) => event.persisted && location.reload());

start().catch(() => expire("The server cannot be reached."));
