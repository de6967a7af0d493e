"use strict";
// Everything reads without this: it only adds a filter and sorting to long tables,
// and opens what is folded before printing in browsers whose styles cannot.

// What a row is searched for: its own words, and the policies and actions that it points to by number.
function searchable(table, rows) {
  const items = (id) => Array.from(document.getElementById(id)?.children ?? [], (item) => item.textContent);
  const terms = table.dataset.terms ? items(table.dataset.terms) : [];
  const numbers = (text) => (text ? text.split(" ").map(Number) : []);
  const words = (text) => numbers(text).map((number) => terms[number]).join(" ");
  const documents = table.dataset.documents ? items(table.dataset.documents).map(words) : [];
  return rows.map((row) => {
    const behind = numbers(row.dataset.d).map((number) => documents[number]);
    return [row.textContent, words(row.dataset.h), ...behind].join(" ").toLowerCase();
  });
}

// How long before the day of the evidence something was last used.
function age(text, day) {
  const days = (Date.parse(day) - Date.parse(text)) / 86400000;
  if (Number.isNaN(days)) return text;
  if (days < 91) return "within 90 days";
  return days < 366 ? "91 to 365 days ago" : "more than a year ago";
}

// A choice for each column that asks for one and has few enough values to choose from.
function facetsOf(table, rows) {
  const facets = [];
  Array.from(table.tHead.rows[0].cells).forEach((head, place) => {
    if (head.dataset.facet === undefined) return;
    const plain = rows.map((row) => row.cells[place].textContent);
    const values = head.dataset.facet ? plain.map((text) => age(text, head.dataset.facet)) : plain;
    const counts = new Map();
    for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
    if (counts.size < 2 || counts.size > 400) return;
    const select = document.createElement("select");
    select.append(new Option("any", ""));
    const order = new Intl.Collator("en", { numeric: true }).compare;
    for (const value of [...counts.keys()].sort(order)) {
      select.append(new Option(value + " (" + counts.get(value) + ")", value));
    }
    const label = document.createElement("label");
    label.append(head.textContent + " ", select);
    facets.push({ select, values, label });
  });
  return facets;
}

for (const table of document.querySelectorAll("table[data-tools]")) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  if (rows.length < 8) continue;
  const tools = document.createElement("div");
  tools.className = "tools";
  const label = document.createElement("label");
  label.textContent = "Filter rows ";
  const input = document.createElement("input");
  input.type = "search";
  label.append(input);
  const shown = document.createElement("span");
  shown.setAttribute("role", "status");
  tools.append(label, shown);
  table.parentElement.before(tools);
  let texts = null;
  const facets = facetsOf(table, rows);
  const narrow = () => {
    texts = texts || searchable(table, rows);
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = facets.filter((facet) => facet.select.value !== "");
    let count = 0;
    rows.forEach((row, place) => {
      const fits =
        chosen.every((facet) => facet.values[place] === facet.select.value) &&
        words.every((word) => texts[place].includes(word));
      row.hidden = !fits;
      if (fits) count += 1;
    });
    shown.textContent = words.length || chosen.length ? count + " of " + rows.length + " rows" : "";
  };
  input.addEventListener("input", narrow);
  for (const facet of facets) {
    facet.select.addEventListener("change", narrow);
    shown.before(facet.label);
  }
  Array.from(table.tHead.rows[0].cells).forEach((head, place) => {
    // Not a real button: browsers leave buttons out of the table heads that they repeat in print.
    const button = document.createElement("span");
    button.setAttribute("role", "button");
    button.tabIndex = 0;
    button.title = "Sort by this column";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[place].textContent;
      const order = new Intl.Collator("en", { numeric: true }).compare;
      const sorted = rows.slice().sort((one, two) => (up ? 1 : -1) * order(key(one), key(two)));
      body.append(...sorted);
    });
  });
}
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) {
    folded.open = true;
    folded.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const folded of document.querySelectorAll("details[data-folded]")) {
    folded.open = false;
    delete folded.dataset.folded;
  }
});
