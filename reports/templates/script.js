"use strict";
// Sorts and filters tables, copies numbers with their intervals. Without it the page says the same.

const ROWS_FILTERED = 8;   // fewer are seen at a glance
const COPIED_MS = 2500;    // as long as the message stands

const spoken = document.createElement("output");
spoken.className = "spoken";
document.body.append(spoken);

function button(words, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.append(...words);
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function plain(element) {
  return element ? element.textContent.replace(/\s+/g, " ").trim() : "";
}

// Sorting: down, up, and as it was. What is no number stands last.

function key(row, at) {
  const cell = row.cells[at];
  if (at === 0) return plain(cell);
  return parseFloat(cell.textContent);
}

function before(one, other) {
  if (typeof one === "string") return one.localeCompare(other, "en", { numeric: true });
  return one - other;
}

function sort(table, head, at) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const orders = at === 0 ? ["ascending", "descending", null] : ["descending", "ascending", null];
  const order = orders[(orders.indexOf(head.ariaSort) + 1) % orders.length];
  for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  if (order) head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  rows.sort((a, b) => {
    if (!order) return a.dataset.at - b.dataset.at;
    const [one, other] = [key(a, at), key(b, at)];
    const missing = Number.isNaN(one) - Number.isNaN(other);
    return missing || (Number.isNaN(one) ? 0 : sign * before(one, other)) || a.dataset.at - b.dataset.at;
  });
  body.append(...rows);
}

function makeSortable(table) {
  [...table.tBodies[0].rows].forEach((row, at) => { row.dataset.at = at; });
  [...table.tHead.rows[table.tHead.rows.length - 1].cells].forEach((head, at) => {
    head.append(button([...head.childNodes], "", () => sort(table, head, at)));
  });
}

// Filtering: a row stays that has all the words.

function makeFilter(table) {
  const rows = [...table.tBodies[0].rows];
  const field = document.createElement("input");
  const count = document.createElement("output");
  const label = document.createElement("label");
  field.type = "search";
  label.className = "filter";
  label.append("Rows with ", field, " ", count);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    count.textContent = field.value ? `${rows.filter((row) => !row.hidden).length} of ${rows.length}` : "";
  });
  table.parentElement.before(label);
}

// Copying: the number, its interval, and what it is of.

function told(table, cell) {
  const head = table.tHead.rows[table.tHead.rows.length - 1].cells[cell.cellIndex];
  const group = groupOf(table, cell.cellIndex);
  const name = [group, plain(head)].filter(Boolean).join(" ");
  const where = [plain(table.caption), plain(cell.parentElement.cells[0]), name];
  return `${plain(cell.querySelector("b"))} ${plain(cell.querySelector("small"))} (${where.join("; ")})`;
}

function groupOf(table, at) {
  if (table.tHead.rows.length < 2) return "";
  let left = at;
  for (const head of table.tHead.rows[0].cells) {
    if (left < head.colSpan) return plain(head);
    left -= head.colSpan;
  }
  return "";
}

async function copy(table, cell) {
  const text = told(table, cell);
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied: ${text}`);
  } catch {  // not allowed here: leave it to Ctrl-C
    getSelection().selectAllChildren(cell);
    say("Selected: press Ctrl-C");
  }
}

function say(words) {
  spoken.textContent = words;
  clearTimeout(say.ends);
  say.ends = setTimeout(() => { spoken.textContent = ""; }, COPIED_MS);
}

function makeCopied(table) {
  for (const number of table.querySelectorAll("td > b")) {
    const cell = number.parentElement;
    const made = button([...number.childNodes], "", () => copy(table, cell));
    made.title = "Copy with its interval";
    number.append(made);
  }
}

// An address leads to a row that is folded away, or filtered out.

function show() {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!row) return;
  for (let at = row; at; at = at.parentElement) {
    if (at.tagName === "DETAILS") at.open = true;
    at.hidden = false;
  }
  row.scrollIntoView({ block: row.tagName === "TR" ? "center" : "start" });
}

for (const table of document.querySelectorAll("table:not(.facts)")) {
  makeSortable(table);
  makeCopied(table);
  if (table.tBodies[0].rows.length >= ROWS_FILTERED) makeFilter(table);
}
addEventListener("hashchange", show);
show();
