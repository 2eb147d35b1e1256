"use strict";
// Lists every ratio once asked to, and copies numbers. Without it the page says the same.

const COPIED_MS = 2500;  // as long as the message stands
const source = document.body.dataset.source;

const spoken = document.createElement("output");
spoken.className = "spoken";
document.body.append(spoken);

function made(tag, text, ...inside) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...inside);
  return element;
}

function plain(element) {
  return element ? element.textContent.replace(/\s+/g, " ").trim() : "";
}

function say(words) {
  spoken.textContent = words;
  clearTimeout(say.ends);
  say.ends = setTimeout(() => { spoken.textContent = ""; }, COPIED_MS);
}

async function copy(text, element, words) {
  try {
    await navigator.clipboard.writeText(text);
    say(words);
  } catch {  // not allowed here: leave it to Ctrl-C
    getSelection().selectAllChildren(element);
    say("Selected: press Ctrl-C");
  }
}

// A click on a number copies it with its interval, what it is of, machine and commit.

function groupOf(table, at) {
  if (table.tHead.rows.length < 2) return "";
  let left = at;
  for (const head of table.tHead.rows[0].cells) {
    if (left < head.colSpan) return plain(head);
    left -= head.colSpan;
  }
  return "";
}

function told(cell) {
  const table = cell.closest("table");
  const heads = table.tHead.rows[table.tHead.rows.length - 1].cells;
  const number = [plain(cell.querySelector("b") ?? cell), plain(cell.querySelector("small"))];
  const name = [groupOf(table, cell.cellIndex), plain(heads[cell.cellIndex])];
  const row = cell.parentElement.cells[0].cloneNode(true);
  row.querySelector(".doubtful-cell")?.remove();  // a warning is not part of a name
  const group = plain(cell.closest("tbody").querySelector("[scope=rowgroup]"));
  const where = [plain(table.caption), group, plain(row), name.filter(Boolean).join(" "), source];
  return `${number.filter(Boolean).join(" ")} (${where.filter(Boolean).join("; ")})`;
}

document.addEventListener("click", (event) => {
  const cell = event.target.closest("table:not(.facts) tbody td");
  if (!cell || !getSelection().isCollapsed || !/\d/.test(cell.textContent)) return;
  const text = told(cell);
  copy(text, cell, `Copied: ${text}`);
});

// The summary for a mail, in one button.

const mail = document.getElementById("mail");
if (mail) {
  const summary = document.getElementById("summary");
  const button = made("button", "Copy summary");
  button.type = "button";
  button.addEventListener("click", () => {
    summary.closest("details").open = true;
    copy(summary.textContent, summary, "Copied: the summary for a mail");
  });
  mail.before(button, " ");
}

// The list of every ratio: its rows are made when it is opened.

const list = document.getElementById("list");
const rows = list ? JSON.parse(document.getElementById("rows").textContent) : [];
const seen = new Map();
const anchors = rows.map((row) => {  // as a row is addressed from outside
  const parts = row.slice(0, 4).map((name) => name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "") || "unnamed");
  const name = parts.join("-");
  seen.set(name, (seen.get(name) ?? 0) + 1);
  return seen.get(name) > 1 ? `${name}-${seen.get(name)}` : name;
});

function rowOf(row, at) {
  const [workload, cell, phase, label, ...numbers] = row;
  const link = made("a", `${workload}/${cell} ${phase} ${label}`);
  link.href = `#${anchors[at]}`;
  link.tabIndex = -1;  // a thousand stops lead nowhere; its text and address can be selected
  const head = made("th", "", link);
  head.scope = "row";
  const line = made("tr", "", head, ...numbers.map((text) => made("td", text)));
  line.id = anchors[at];
  line.dataset.at = at;
  return line;
}

function key(row, at) {
  return at ? parseFloat(row.cells[at].textContent) : plain(row.cells[0]);
}

function before(one, other) {
  return typeof one === "string" ? one.localeCompare(other, "en", { numeric: true }) : one - other;
}

function sort(table, head, at) {
  const orders = at ? ["descending", "ascending", null] : ["ascending", "descending", null];
  const order = orders[(orders.indexOf(head.ariaSort) + 1) % orders.length];
  for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  if (order) head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const sorted = [...table.tBodies[0].rows].sort((a, b) =>
    (order && sign * before(key(a, at), key(b, at))) || a.dataset.at - b.dataset.at);
  table.tBodies[0].append(...sorted);
}

function filtered(table) {
  const field = document.createElement("input");
  const count = document.createElement("output");
  field.type = "search";
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    let left = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
      left += !row.hidden;
    }
    count.textContent = field.value ? `${left} of ${rows.length}` : "";
  });
  const label = made("label", "", "Rows with ", field, " ", count);
  label.className = "filter";
  return label;
}

function build() {
  if (list.querySelector("table")) return;
  const table = made("table", "", made("caption", "Every ratio"));
  table.className = "narrow";
  const heads = list.dataset.columns.split("|").map((name, at) => {
    const button = made("button", name);
    const head = made("th", "", button);
    button.type = "button";
    head.scope = "col";
    button.addEventListener("click", () => sort(table, head, at));
    return head;
  });
  table.append(made("thead", "", made("tr", "", ...heads)), made("tbody", "", ...rows.map(rowOf)));
  const scroll = made("div", "", table);
  scroll.className = "scroll";
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Every ratio, searched");
  list.querySelector(".unscripted").replaceWith(filtered(table), scroll);
  reachable();
}

// An address leads to a row of the list, or to what is folded away.

function show() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (anchors.includes(name)) {
    build();
    list.open = true;
  }
  const there = document.getElementById(name);
  if (!there) return;
  for (let at = there; at; at = at.parentElement) {
    if (at.tagName === "DETAILS") at.open = true;
    at.hidden = false;
  }
  there.scrollIntoView({ block: there.tagName === "TR" ? "center" : "start" });
}

// Only what scrolls sideways needs to be reached by keyboard.

function reachable() {
  for (const part of document.querySelectorAll(".scroll, .line")) {
    if (part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

if (list) list.addEventListener("toggle", () => { if (list.open) build(); });
addEventListener("hashchange", show);
addEventListener("resize", reachable);
reachable();
show();
