// Shows how a run goes on.

import { follow, setBar } from "./follow.js";

const root = document.getElementById("progress");
const part = (name) => root.querySelector(name);

follow(root.dataset.events, {
  progress({ done, planned, latest, models, status }) {
    part("#status").textContent = status;
    part(".count").textContent = `${done} of ${planned} trials`;
    setBar(part("progress"), done, planned);
    if (latest) part("#latest").textContent = latest;
    [...part("#models").rows].forEach((row, at) => {
      const model = models[at];
      row.querySelector(".of-trials").textContent = `${model.done} of ${model.planned}`;
      setBar(row.querySelector("progress"), model.done, model.planned);
      row.querySelector(".failures").textContent = model.failed;
      row.querySelector(".mean").textContent = model.accuracy;
    });
  },
  ended: () => location.reload(),
});
