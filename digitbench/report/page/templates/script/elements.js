/* What the other parts share. Texts go into the page as texts, never as HTML. */

const make = (tag, attributes, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const button = (text, action) => {
  const made = make("button", { type: "button" }, text);
  made.addEventListener("click", action);
  return made;
};

const toolbar = (label, ...buttons) =>
  make("div", { class: "tools", role: "group", "aria-label": label }, ...buttons);

const status = make("p", { class: "status", role: "status" });
document.body.append(status);
let clearing = 0;

/** Show a message for a while; screen readers speak it. */
const say = (text) => {
  status.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => (status.textContent = ""), 4000);
};

/** The text of an element in one line, with a space where a line ends. */
const textOf = (element) => {
  const copy = element.cloneNode(true);
  for (const end of copy.querySelectorAll("br")) end.replaceWith(" ");
  return copy.textContent.replace(/\s+/g, " ").trim();
};

/** Hand a file to the user. */
const download = (name, blob) => {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
};
