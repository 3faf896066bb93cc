/* Tables: sorted by the heading that is pressed, copied as Markdown or CSV. */

const ABSENT = "—";
const NUMBER = /^(?:≈|<)?\s*([-+]?[\d,]*\.?\d+)/;
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const FIGURE = /^[-+]?[\d.,]+( to [-+]?[\d.,]+)?$/;

/** The headings of each column from top to bottom, of which the last is the column's own. */
const headingsOf = (table) => {
  const columns = [];
  [...table.tHead.rows].forEach((row, top) => {
    let left = 0;
    for (const cell of row.cells) {
      while (columns[left]?.[top]) left += 1;
      for (let x = left; x < left + cell.colSpan; x += 1) {
        columns[x] ??= [];
        for (let y = top; y < top + cell.rowSpan; y += 1) columns[x][y] = cell;
      }
    }
  });
  return columns.map((cells) => [...new Set(cells)]);
};

/** What a cell is sorted by: a number, a text, or nothing; names of rows are texts. Cells with units bring a value. */
const valueOf = (cell) => {
  if (cell.dataset.value) return Number(cell.dataset.value);
  const text = textOf(cell);
  if (text === ABSENT || text === "") return null;
  if (cell.matches("th")) return text;
  if (/^(above|below) 0/.test(text)) return text.startsWith("above") ? 1e-12 : -1e-12;
  const digits = text.match(NUMBER)?.[1];
  return digits ? Number(digits.replaceAll(",", "")) : text;
};

const compared = (a, b) =>
  typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), "en", { numeric: true });

/** The rows by a column; last, whichever way, those with nothing in it, or no number in one of numbers. */
const sorted = (rows, column, sign) => {
  const keyed = rows.map((row) => [valueOf(row.cells[column]), row]);
  const numeric = keyed.some(([key]) => typeof key === "number");
  const isKnown = ([key]) => (numeric ? typeof key === "number" : key !== null);
  const known = keyed.filter(isKnown).sort(([a], [b]) => sign * compared(a, b));
  return [...known, ...keyed.filter((each) => !isKnown(each))].map(([, row]) => row);
};

const NEXT = { ascending: "descending", descending: null };

const makeSortable = (table, columns) => {
  const body = table.tBodies[0];
  const original = [...body.rows];
  if (original.length < 2 || original.some((row) => row.cells.length !== columns.length)) return;
  columns.forEach((cells, column) => {
    const heading = cells.at(-1);
    const sort = button("", () => {
      const before = heading.getAttribute("aria-sort");
      const order = before ? NEXT[before] : "ascending";
      for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
      if (order) heading.setAttribute("aria-sort", order);
      body.append(...(order ? sorted(original, column, order === "ascending" ? 1 : -1) : original));
    });
    sort.append(...heading.childNodes);
    heading.append(sort);
  });
};

const inMarkdown = (text) =>
  text.replace(/[\\`*_[\]<>|~&]|^[-+#](?!\d)/g, "\\$&").replace(/[@#](?=\w)/g, "$&<!-- -->");

const asMarkdown = ([headings, ...rows]) => {
  const line = (cells) => `| ${cells.map(inMarkdown).join(" | ")} |\n`;
  return [line(headings), `|${" --- |".repeat(headings.length)}\n`, ...rows.map(line)].join("");
};

/** A cell as RFC 4180 has it; a spreadsheet takes no text for a formula. */
const inCsv = (text) => {
  const safe = FORMULA.test(text) && !FIGURE.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const asCsv = (rows) => rows.map((cells) => `${cells.map(inCsv).join(",")}\r\n`).join("");

/** Copy a text; a page that came over plain HTTP has no clipboard. */
const copy = async (text, format) => {
  try {
    await navigator.clipboard.writeText(text);
    say(`The table is copied as ${format}.`);
  } catch {
    say("The browser does not let this page copy: open it as a file or over HTTPS.");
  }
};

const makeCopyable = (table, columns) => {
  const rows = () => [
    columns.map((cells) => cells.map(textOf).filter(Boolean).join(", ")),
    ...[...table.tBodies[0].rows, ...(table.tFoot?.rows ?? [])].map((row) => [...row.cells].map(textOf)),
  ];
  const tools = toolbar(
    `Copy: ${textOf(table.caption)}`,
    button("Copy as Markdown", () => copy(asMarkdown(rows()), "Markdown")),
    button("Copy as CSV", () => copy(asCsv(rows()), "CSV")),
  );
  (table.closest(".scroll") ?? table).after(tools);
};

for (const table of document.querySelectorAll("main table")) {
  if (!table.tHead) continue;
  const columns = headingsOf(table);
  if (!table.matches(".matrix, .versus")) makeSortable(table, columns);
  makeCopyable(table, columns);
}
