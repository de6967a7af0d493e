"use strict";
// Everything reads without this: it only adds a filter and sorting to long tables,
// and opens what is folded before printing in browsers whose styles cannot.
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
  input.addEventListener("input", () => {
    texts = texts || rows.map((row) => row.textContent.toLowerCase());
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, place) => {
      const fits = words.every((word) => texts[place].includes(word));
      row.hidden = !fits;
      if (fits) count += 1;
    });
    shown.textContent = words.length ? count + " of " + rows.length + " rows" : "";
  });
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
