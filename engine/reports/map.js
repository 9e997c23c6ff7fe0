"use strict";
const map = document.querySelector("svg.map");
const tools = document.querySelector(".tools");
const whole = map.viewBox.baseVal;
const { width, height } = whole;
const points = [...map.querySelectorAll("circle")];
const texts = [...map.querySelectorAll("text")];
const said = points.map((point) => point.textContent.toLowerCase());

function show(x, y, wide) {
  const size = Math.min(Math.max(wide, width / 100), width);
  const scale = size / width;
  whole.width = size;
  whole.height = height * scale;
  whole.x = Math.min(Math.max(x, 0), width - whole.width);
  whole.y = Math.min(Math.max(y, 0), height - whole.height);
  // Points and words keep their size on the screen, or nearly so.
  for (const point of points) point.setAttribute("r", 4 * Math.sqrt(scale));
  for (const text of texts) text.style.fontSize = `${11 * scale}px`;
  for (const text of texts) text.style.strokeWidth = `${3 * scale}px`;
}

function place(event) {
  const box = map.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

map.addEventListener("wheel", (event) => {
  event.preventDefault();
  const [x, y] = place(event);
  const wide = whole.width * (event.deltaY > 0 ? 1.25 : 0.8);
  const grown = Math.min(Math.max(wide, width / 100), width);
  show(whole.x + x * (whole.width - grown),
    whole.y + y * (whole.height - (grown * height) / width), grown);
}, { passive: false });

let held = null;
let moved = false;
map.addEventListener("pointerdown", (event) => { held = place(event); moved = false; });
window.addEventListener("pointerup", () => { held = null; });
window.addEventListener("pointermove", (event) => {
  if (!held) return;
  const [x, y] = place(event);
  show(whole.x + (held[0] - x) * whole.width, whole.y + (held[1] - y) * whole.height, whole.width);
  held = [x, y];
  moved = true;
});
map.addEventListener("dragstart", (event) => event.preventDefault());
// The end of a drag is no click on the article below it.
map.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);

tools.querySelector("button").addEventListener("click", () => show(0, 0, width));
tools.querySelector("input").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  points.forEach((point, place) => {
    const found = words.every((word) => said[place].includes(word));
    point.classList.toggle("other", !found);
    n += found;
  });
  tools.querySelector("output").textContent = words.length ? String(n) : "";
});
tools.hidden = false;
