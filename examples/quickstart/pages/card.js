// Takes a token of the laboratory apart, and asks the server about every change to it.
"use strict";

const token = document.getElementById("token");
const verdict = document.getElementById("verdict");
const names = ["header", "payload", "signature"];

function bytesOf(segment) {
  const text = atob(segment.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function segmentOf(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function decoded(segment) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(segment));
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return `no JSON:\n${text}`;
    }
  } catch {
    return "not readable any more";
  }
}

// Where two texts differ, as what is the same before and what is the same after.
function difference(old, now) {
  const shorter = Math.min(old.length, now.length);
  let before = 0;
  while (before < shorter && old[before] === now[before]) {
    before += 1;
  }
  let after = 0;
  while (after < shorter - before && old.at(-1 - after) === now.at(-1 - after)) {
    after += 1;
  }
  return [before, after];
}

// Fills an element with a text, in which what differs from the old one is marked. What is in the token
// is text to this page, never markup.
function fill(element, old, now) {
  const [before, after] = difference(old, now);
  const end = now.length - after;
  if (before === end) {
    element.replaceChildren(now);
    return;
  }
  const mark = document.createElement("mark");
  mark.textContent = now.slice(before, end);
  element.replaceChildren(now.slice(0, before), mark, now.slice(end));
}

let sample = "";

// Shows three coloured parts, and in each what was changed since the desk signed it.
function paint() {
  const signed = sample.split(".");
  const segments = token.value.trim().split(".");
  const spans = segments.flatMap((segment, index) => {
    const span = document.createElement("span");
    span.className = `part-${names[Math.min(index, 2)]}`;
    fill(span, signed[index] ?? "", segment);
    return index === 0 ? [span] : [".", span];
  });
  document.getElementById("parts").replaceChildren(...spans);
  for (const [index, name] of ["header", "payload"].entries()) {
    fill(document.getElementById(name), decoded(signed[index]), decoded(segments[index] ?? ""));
  }
  document.getElementById("changed").textContent = change(signed, segments);
}

// Says in words what is marked.
function change(signed, segments) {
  if (segments.length !== signed.length) {
    return "It no longer has three parts.";
  }
  const changed = names.filter((_, index) => signed[index] !== segments[index]);
  if (changed.length === 0) {
    return "Nothing is changed.";
  }
  if (changed.join() !== "payload") {
    return `Changed: the ${changed.join(", the ")}.`;
  }
  const [old, now] = [decoded(signed[1]), decoded(segments[1])];
  const [before, after] = difference(old, now);
  const [was, is] = [old, now].map((text) => text.slice(before, text.length - after));
  const short = was && is && was.length + is.length < 30;
  return short ? `Changed in the payload: ${was} is now ${is}.` : "Changed: the payload.";
}

function judge(accepted, text) {
  verdict.parentElement.dataset.accepted = String(accepted);
  verdict.textContent = text;
}

let asked = new AbortController();

async function check() {
  asked.abort();
  asked = new AbortController();
  try {
    const response = await fetch("/card/check", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: token.value.trim() }),
      signal: asked.signal,
    });
    if (response.status === 401) {
      logInAgain();
      return;
    }
    const { accepted, says } = await response.json();
    judge(accepted, `${accepted ? "Accepted" : "Refused"}: ${says}.`);
  } catch (error) {
    if (error.name !== "AbortError") {
      judge(false, "The server cannot be reached.");
    }
  }
}

function logInAgain() {
  judge(false, "Your own key card has expired. ");
  const link = document.createElement("a");
  link.href = `/login?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = "Log in again";
  verdict.append(link);
}

function changed() {
  paint();
  check();
}

// Changes a byte of the payload that a person would like to change: the room, or the name.
function flip() {
  const segments = token.value.trim().split(".");
  try {
    const bytes = bytesOf(segments[1]);
    const text = String.fromCharCode(...bytes);
    const found = /"room":\d*(?=\d)/.exec(text) ?? /"name":"(?=[A-Za-z])/.exec(text);
    const place = found.index + found[0].length;
    const next = { "9": "0", Z: "A", z: "a" }[text[place]] ?? String.fromCharCode(bytes[place] + 1);
    bytes[place] = next.charCodeAt(0);
    segments[1] = segmentOf(bytes);
    token.value = segments.join(".");
  } catch {
    // It is no readable payload any more: change the last character of whatever is there.
    const text = token.value.trim();
    token.value = text.slice(0, -1) + (text.endsWith("A") ? "B" : "A");
  }
  changed();
}

async function restore() {
  const response = await fetch("/card/sample");
  if (response.status === 401) {
    logInAgain();
    return;
  }
  sample = (await response.json()).access_token;
  token.value = sample;
  changed();
}

// What one looks at stays in the hotel: a link would lead out into raw JSON.
async function showKey() {
  const response = await fetch("/.well-known/jwks.json");
  document.getElementById("key").textContent = JSON.stringify(await response.json(), null, 2);
}

token.addEventListener("input", changed);
document.getElementById("flip").addEventListener("click", flip);
document.getElementById("restore").addEventListener("click", () => restore().catch(() => judge(false, "The server cannot be reached.")));
addEventListener("pageshow", (event) => event.persisted && location.reload());

document.getElementById("restore").click();
showKey().catch(() => document.getElementById("key").textContent = "The server cannot be reached.");
