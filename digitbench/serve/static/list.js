// Keeps the list of runs up to date while runs are under way.

import { follow, setBar } from "./follow.js";

const MOST = 3; // a browser has few connections to one place

for (const row of [...document.querySelectorAll("[data-events]")].slice(0, MOST)) {
  follow(row.dataset.events, {
    progress({ done, planned }) {
      setBar(row.querySelector("progress"), done, planned);
      row.querySelector(".count").textContent = `${done} of ${planned} trials`;
    },
    ended: () => location.reload(),
  });
}
