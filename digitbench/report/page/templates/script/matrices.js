/* Matrices are one tab stop each; arrow keys go from cell to cell. */

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const between = (low, value, high) => Math.min(high, Math.max(low, value));

const makeGrid = (table) => {
  const cells = [...table.tBodies[0].rows].map((row) =>
    [...row.querySelectorAll("td")].map((cell) => cell.querySelector("a") ?? cell),
  );
  if (!cells.length) return;
  table.setAttribute("role", "grid");
  for (const cell of cells.flat()) cell.tabIndex = -1;
  let at = [0, 0];
  const moveTo = (row, column) => {
    cells[at[0]][at[1]].tabIndex = -1;
    at = [between(0, row, cells.length - 1), between(0, column, cells[0].length - 1)];
    cells[at[0]][at[1]].tabIndex = 0;
    return cells[at[0]][at[1]];
  };
  moveTo(0, 0);
  table.addEventListener("focusin", ({ target }) => {
    const row = cells.findIndex((line) => line.includes(target));
    if (row >= 0) moveTo(row, cells[row].indexOf(target));
  });
  table.addEventListener("keydown", (event) => {
    const [row, column] = at;
    const [down, right] = STEPS[event.key] ?? [0, 0];
    const ends = { Home: 0, End: cells[0].length - 1 };
    if (!(event.key in STEPS || event.key in ends) || event.altKey || event.metaKey) return;
    event.preventDefault();
    moveTo(row + down, ends[event.key] ?? column + right).focus();
  });
};

for (const table of document.querySelectorAll("table.matrix, table.versus")) makeGrid(table);

/* A box that scrolls is a tab stop only as long as it scrolls and has none in it. */
const resized = new ResizeObserver((entries) => {
  for (const { target: box } of entries) {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (scrolls && !box.querySelector("button, [tabindex='0'], a")) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".scroll")) resized.observe(box);
