// Reading works without this. It writes times in the reader's zone and listens to keys.
"use strict";

const language = document.documentElement.lang;

function writeTimes() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const format = new Intl.DateTimeFormat(language, {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    time.textContent = `${part.day} ${part.month} ${part.year} ${part.hour}:${part.minute}`;
  }
  document.getElementById("zone").textContent = zone.replaceAll("_", " ");
}

const PAGES = { t: "/", n: "/night", c: "/coverage", b: "/base", l: "/label", s: "/search" };
let going = false;
let here = -1;

function items() {
  return [...document.querySelectorAll("main .item")].filter((item) => item.offsetParent !== null);
}

function moveTo(step) {
  const all = items();
  if (!all.length) return;
  all[here]?.classList.remove("here");
  here = Math.min(Math.max(here + step, 0), all.length - 1);
  all[here].classList.add("here");
  all[here].scrollIntoView({ block: "nearest" });
  all[here].querySelector("a[href]")?.focus({ preventScroll: true });
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const answer = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (going) {
    going = false;
    if (PAGES[event.key]) location.assign(PAGES[event.key]);
  } else if (answer) {
    answer.click();
  } else if (event.key === "j" || event.key === "k") {
    moveTo(event.key === "j" ? 1 : -1);
  } else if (event.key === "g") {
    going = true;
  } else if (event.key === "/") {
    event.preventDefault();
    (document.querySelector("#q") || document.querySelector(".find input")).focus();
  } else if (event.key === "?") {
    document.getElementById("keys").showModal();
  }
}

writeTimes();
document.addEventListener("keydown", onKey);
const keys = document.getElementById("keys-open");
keys.hidden = false;
keys.addEventListener("click", () => document.getElementById("keys").showModal());
