/* The contents stay in sight and mark the section that is read. */

const root = document.documentElement;
const header = document.querySelector(".top");
const links = new Map(
  [...header.querySelectorAll("nav a")].map((link) => [document.querySelector(link.hash), link]),
);

const markCurrent = () => {
  const line = header.offsetHeight + root.clientHeight / 4;
  const atEnd = root.scrollTop + root.clientHeight >= root.scrollHeight - 2;
  const above = [...links.keys()].filter((section) => section.getBoundingClientRect().top <= line);
  const current = links.get(atEnd && root.scrollTop > 0 ? [...links.keys()].at(-1) : above.at(-1));
  for (const link of links.values()) {
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const list = current?.closest("ul");
  if (list) list.scrollLeft = current.offsetLeft - list.clientWidth / 2;
};

/** A run that is folded opens if a link leads to it. */
const unfold = () => {
  const folded = document.getElementById(location.hash.slice(1))?.querySelector(":scope > details");
  if (folded) folded.open = true;
};
addEventListener("hashchange", unfold);
unfold();

root.classList.add("js");
let awaited = 0;
const markSoon = () => {
  awaited ||= requestAnimationFrame(() => {
    awaited = 0;
    markCurrent();
  });
};
document.addEventListener("scroll", markSoon, { passive: true });
/* What is scrolled to, or has the focus, is not hidden behind the contents. */
new ResizeObserver(() => {
  root.style.scrollPaddingTop = `${header.offsetHeight + 8}px`;
  markSoon();
}).observe(header);
