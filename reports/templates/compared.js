"use strict";
// Sorts and filters the tables of a comparison, and copies their numbers. Without it the page says the same.

const ROWS_FILTERED = 8;  // fewer are seen at a glance
const COPIED_MS = 2500;   // as long as the message stands

const spoken = document.createElement("output");
spoken.className = "spoken";
document.body.append(spoken);

function plain(element) {
  return element ? element.textContent.replace(/\s+/g, " ").trim() : "";
}

// Sorting: down, up, and as it was. What is no number stands last.

function key(row, at) {
  return at ? parseFloat(row.cells[at].textContent) : plain(row.cells[0]);
}

function before(one, other) {
  if (typeof one === "string") return one.localeCompare(other, "en", { numeric: true });
  return Number.isNaN(one) - Number.isNaN(other) || one - other || 0;
}

function sort(table, head, at) {
  const orders = at ? ["descending", "ascending", null] : ["ascending", "descending", null];
  const order = orders[(orders.indexOf(head.ariaSort) + 1) % orders.length];
  for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  if (order) head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const sorted = [...table.tBodies[0].rows].sort((a, b) => {
    const [one, other] = [key(a, at), key(b, at)];
    const unknown = Number.isNaN(one) || Number.isNaN(other);
    return (order && (unknown ? 1 : sign) * before(one, other)) || a.dataset.at - b.dataset.at;
  });
  table.tBodies[0].append(...sorted);
}

function makeSortable(table) {
  [...table.tBodies[0].rows].forEach((row, at) => { row.dataset.at = at; });
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, head, at));
    head.append(button);
  });
}

// Filtering: a row stays that has all the words.

function makeFilter(table) {
  const rows = [...table.tBodies[0].rows];
  const [field, count, label] = ["input", "output", "label"].map((tag) => document.createElement(tag));
  field.type = "search";
  label.className = "filter";
  label.append("Rows with ", field, " ", count);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    count.textContent = field.value ? `${rows.filter((row) => !row.hidden).length} of ${rows.length}` : "";
  });
  table.parentElement.before(label);
}

// A click on a number copies it with its interval, what it is of, and on which machine.

function told(cell) {
  const table = cell.closest("table");
  const number = [plain(cell.querySelector("b")), plain(cell.querySelector("small"))];
  const where = [plain(cell.parentElement.cells[0]), plain(table.tHead.rows[0].cells[cell.cellIndex])];
  return `${number.filter(Boolean).join(" ")} (${where.join("; ")})`;
}

function say(words) {
  spoken.textContent = words;
  clearTimeout(say.ends);
  say.ends = setTimeout(() => { spoken.textContent = ""; }, COPIED_MS);
}

document.addEventListener("click", async (event) => {
  const cell = event.target.closest("table.compared tbody td:has(b)");
  if (!cell || !getSelection().isCollapsed) return;
  const text = told(cell);
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied: ${text}`);
  } catch {  // not allowed here: leave it to Ctrl-C
    getSelection().selectAllChildren(cell);
    say("Selected: press Ctrl-C");
  }
});

// Only what scrolls sideways needs to be reached by keyboard.

function reachable() {
  for (const part of document.querySelectorAll(".scroll")) {
    if (part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

for (const table of document.querySelectorAll("table.compared:not(.facts)")) {
  makeSortable(table);
  if (table.tBodies[0].rows.length >= ROWS_FILTERED) makeFilter(table);
}
addEventListener("resize", reachable);
for (const fold of document.querySelectorAll("details")) fold.addEventListener("toggle", reachable);
reachable();
