// The page to draw on: pad, pictures, and the answers of the models.

import { Answers } from "./answers.js";
import { Pad } from "./pad.js";
import { Preview } from "./preview.js";
import { Reader } from "./reader.js";

const byId = (id) => document.getElementById(id);
const paper = byId("paper");
const answers = new Answers();
const preview = new Preview(byId("preview"));
const pad = new Pad(byId("pad"), changed);
const reader = new Reader({
  line(content) {
    answers.line(content);
    if (content.digits && preview.shown) preview.paint(content.digits.map((digit) => digit.box));
  },
  done: (error) => answers.end(error),
});

function changed(whole) {
  if (!pad.empty) preview.hide();
  buttons();
  if (pad.empty) {
    reader.stop();
    answers.clear();
  } else {
    reader.send(() => pad.picture(), whole);
  }
}

function buttons() {
  byId("hint").hidden = !pad.empty || preview.shown;
  byId("undo").disabled = pad.empty || preview.shown;
  byId("clear").disabled = pad.empty && !preview.shown;
}

async function take(file) {
  const most = Number(paper.dataset.mostBytes);
  reader.stop();
  answers.clear();
  pad.clear();
  if (file.size > most) {
    answers.end(`${file.name} is larger than ${most >> 20} MiB`);
    return;
  }
  await preview.show(file);
  buttons();
  reader.send(() => file, true);
}

function clear() {
  preview.hide();
  pad.clear();
  byId("pad").focus({ preventScroll: true });
}

byId("undo").addEventListener("click", () => pad.undo());
byId("clear").addEventListener("click", clear);
byId("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) take(file);
  event.target.value = ""; // so that the same file can be chosen again
});
document.addEventListener("paste", (event) => {
  const [file] = event.clipboardData.files;
  if (file) take(file);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault(); // or the browser would leave the page for the file
    paper.classList.toggle("over", name === "dragover");
  });
}
document.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer.files;
  if (file) take(file);
});
pad.paint();
buttons();
answers.watchModels();
