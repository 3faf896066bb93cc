/* A chart as a file of its own: SVG with every style in it, or a PNG of that. */

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = [
  ..."fill fill-opacity stroke stroke-width stroke-opacity stroke-dasharray stroke-linejoin".split(" "),
  ..."opacity paint-order vector-effect font-family font-size font-weight text-anchor".split(" "),
];
const MARGIN_PX = 12;
const ASCENT = 0.81; /* of a line's height; much the same in all usual fonts */
const PNG_SCALE = 2;

const draw = (tag, attributes, ...children) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

/** A drawing of the page with the styles that it has there, at its place. */
const styled = (svg, left, top) => {
  const copy = svg.cloneNode(true);
  const copies = [copy, ...copy.querySelectorAll("*")];
  [svg, ...svg.querySelectorAll("*")].forEach((element, i) => {
    const style = getComputedStyle(element);
    if (style.display === "none") copies[i].remove();
    for (const name of ["class", "style", "role", "aria-label", "aria-hidden", "data-values"]) copies[i].removeAttribute(name);
    for (const name of DRAWN) copies[i].setAttribute(name, style.getPropertyValue(name));
  });
  const box = svg.getBoundingClientRect();
  const place = { x: box.left - left, y: box.top - top, width: box.width, height: box.height };
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, value);
  copy.setAttribute("overflow", "visible");
  return copy;
};

/** The lines of a text as they are broken on the page. */
const linesOf = (node) => {
  const lines = new Map();
  const range = document.createRange();
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const box = range.getBoundingClientRect();
    if (!lines.has(box.top)) lines.set(box.top, { box, words: [] });
    lines.get(box.top).words.push(word);
  }
  return [...lines.values()].map(({ box, words }) => ({ box, text: words.join(" ") }));
};

/** The texts around the drawings: headings, names, legends. */
const lettered = (chart, left, top) => {
  const texts = document.createTreeWalker(chart, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest("svg, .tools, .vh")) continue;
    const style = getComputedStyle(node.parentElement);
    for (const { box, text } of linesOf(node)) {
      const attributes = { x: box.left - left, y: box.top - top + ASCENT * box.height, fill: style.color };
      for (const name of DRAWN.filter((each) => each.startsWith("font"))) attributes[name] = style.getPropertyValue(name);
      found.push(draw("text", attributes, text));
    }
  }
  return found;
};

/** The legend that charts of a group share, which is not in any of them. */
const legendOf = (chart) => chart.closest(".curves")?.querySelector(":scope > .legend")?.cloneNode(true);

/** The chart as the text of a file, with its size in pixels. */
const fileOf = (chart) => {
  const legend = legendOf(chart);
  if (legend) chart.querySelector(".tools").before(legend);
  const box = chart.getBoundingClientRect();
  const tools = chart.querySelector(".tools").offsetHeight;
  const [left, top] = [box.left - MARGIN_PX, box.top - MARGIN_PX];
  const [width, height] = [box.width + 2 * MARGIN_PX, box.height - tools + 2 * MARGIN_PX];
  const ground = getComputedStyle(document.body).backgroundColor;
  const file = draw(
    "svg",
    { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` },
    document.querySelector(".defs defs").cloneNode(true),
    draw("rect", { width, height, fill: ground }),
    ...[...chart.querySelectorAll("svg:not(svg svg)")].map((svg) => styled(svg, left, top)),
    ...lettered(chart, left, top),
  );
  legend?.remove();
  return { text: new XMLSerializer().serializeToString(file), width, height };
};

const pngOf = async ({ text, width, height }) => {
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas", { width: width * PNG_SCALE, height: height * PNG_SCALE });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
};

for (const drawing of document.querySelectorAll(".dots, figure.small")) {
  const chart = drawing.closest("figure, section");
  const title = textOf(chart.querySelector("h2, h3, h4, figcaption"));
  const name = `${document.title} ${title}`.replace(/[^\p{L}\p{N}.]+/gu, "-").slice(0, 80);
  const tools = toolbar(
    `Save: ${title}`,
    button("SVG", () => download(`${name}.svg`, new Blob([fileOf(chart).text], { type: "image/svg+xml" }))),
    button("PNG", async () => download(`${name}.png`, await pngOf(fileOf(chart)))),
  );
  chart.append(tools);
}
