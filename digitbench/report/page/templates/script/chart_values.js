/* The value of a chart's mark, near the pointer or, with arrow keys, at the mark. */

const NEAR_PX = 24;
const tip = make("div", { class: "tip", "aria-hidden": "true" });
tip.hidden = true;
document.body.append(tip);

const middleOf = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];

/** What an element with a title marks; the browser would show a title a second time. */
const titled = (title) => {
  const element = title.parentElement;
  title.remove();
  return { text: title.textContent, place: () => element.getBoundingClientRect() };
};

/** The points of a line that has a value for each. */
const pointsOf = (line) => {
  const values = line.dataset.values.split("|");
  return [...line.points].map(({ x, y }, i) => ({
    text: values[i],
    place: () => {
      const at = new DOMPoint(x, y).matrixTransform(line.getScreenCTM());
      return new DOMRect(at.x, at.y);
    },
  }));
};

const marksOf = (plot) => [
  ...[...plot.querySelectorAll("title")].map(titled),
  ...[...plot.querySelectorAll("[data-values]")].flatMap(pointsOf),
];

const distance = (box, x, y) =>
  Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));

const show = (mark) => {
  const [x, y] = middleOf(mark.place());
  tip.textContent = mark.text;
  tip.hidden = false;
  const left = Math.min(x + 12, document.documentElement.clientWidth - tip.offsetWidth - 4);
  const above = y - tip.offsetHeight - 10;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${above > 4 ? above : y + 14}px`;
};

const hide = () => (tip.hidden = true);

const makePointed = (plot, marks) => {
  const point = ({ clientX: x, clientY: y }) => {
    const near = marks
      .map((mark) => [distance(mark.place(), x, y), mark])
      .filter(([far]) => far <= NEAR_PX)
      .sort(([a], [b]) => a - b);
    if (near.length) show(near[0][1]);
    else hide();
  };
  plot.addEventListener("pointermove", point);
  plot.addEventListener("pointerdown", point);
  plot.addEventListener("pointerleave", hide);
};

/** One tab stop for the charts of a group; arrow keys go through their marks. */
const makeWalked = (group, marks, label) => {
  group.tabIndex = 0;
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", `${label}: left and right arrow keys read the values`);
  let at = -1;
  group.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target !== group) return;
    event.preventDefault();
    at = (at + step + marks.length) % marks.length;
    const box = marks[at].place();
    if (box.top < 80 || box.bottom > innerHeight - 20) scrollBy(0, box.top - innerHeight / 2);
    show(marks[at]);
    say(marks[at].text);
  });
  group.addEventListener("blur", hide);
};

for (const group of document.querySelectorAll(".dots, .smalls")) {
  const found = [...group.querySelectorAll("svg.plot:not(svg svg)")].map((plot) => [plot, marksOf(plot)]);
  for (const [plot, marks] of found) if (marks.length) makePointed(plot, marks);
  const all = found.flatMap(([, marks]) => marks);
  if (all.length) makeWalked(group, all, textOf(group.closest("section").querySelector("h2, h3, h4")));
}
document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
document.addEventListener("scroll", hide, { passive: true });
