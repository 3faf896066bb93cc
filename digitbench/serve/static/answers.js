// Shows what was found in a picture, and what each model says of it.

const PERCENT = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percent = (fraction) => `${PERCENT.format(100 * fraction)} %`;
const byId = (id) => document.getElementById(id);

class Card {
  constructor(root) {
    this.root = root;
    this.name = root.dataset.name;
    this.bars = [...root.querySelectorAll(".bars li")];
    this.answer = null;
  }

  part(name) {
    return this.root.querySelector(name);
  }

  // Shows the answer about one of the digits; none clears the card.
  show(at) {
    const { labels, probabilities } = this.answer ?? {};
    const row = probabilities?.[at];
    this.part(".digit").textContent = labels?.[at] ?? "–";
    this.part(".share").textContent = row ? percent(row[labels[at]]) : "";
    this.root.classList.toggle("no-bars", Boolean(labels) && !row);
    this.root.classList.remove("waiting");
    this.bars.forEach((bar, digit) => {
      bar.classList.toggle("top-one", Boolean(row) && digit === labels[at]);
      bar.querySelector(".fill").style.transform = `scaleX(${row?.[digit] ?? 0})`;
      bar.querySelector(".value").textContent = row ? percent(row[digit]) : "–";
    });
  }

  state(text, failed = false) {
    this.part(".state").textContent = text;
    this.root.classList.toggle("failed", failed);
  }

  get said() {
    const { labels, probabilities } = this.answer ?? {};
    if (!labels) return null;
    const sure = probabilities && labels.length === 1 ? `, ${percent(probabilities[0][labels[0]])}` : "";
    return `${this.name}: ${labels.join(" ")}${sure}`;
  }
}

export class Answers {
  constructor() {
    const roots = document.querySelectorAll("[data-model]");
    this.cards = new Map([...roots].map((root) => [root.dataset.model, new Card(root)]));
    this.digits = [];
    this.chosen = 0;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.drawDigits());
  }

  // Forgets everything: nothing is drawn.
  clear() {
    this.digits = [];
    this.showDigits();
    this.problem("");
    for (const card of this.cards.values()) {
      card.answer = null;
      card.show(0);
    }
    this.say("");
  }

  // Takes in a line of the answer.
  line(content) {
    if (content.digits) {
      this.digits = content.digits;
      this.chosen = Math.min(this.chosen, Math.max(0, this.digits.length - 1));
      this.showDigits();
      const notes = this.digits.flatMap((digit) => digit.notes);
      this.problem([...content.problems, ...new Set(notes)].join("; "));
      for (const card of this.cards.values()) {
        card.answer = null;
        if (this.digits.length) card.root.classList.add("waiting");
        else card.show(0);
      }
      return;
    }
    const card = this.cards.get(content.model);
    if (!card) return; // of a model that came after this page
    card.answer = content.error ? null : content;
    card.state(content.error ?? "", Boolean(content.error));
    card.show(this.chosen);
  }

  // Says in words what came out, for screen readers too.
  end(error) {
    if (error) {
      this.clear();
      this.problem(error);
      this.say("");
      return;
    }
    const said = [...this.cards.values()].map((card) => card.said).filter(Boolean);
    this.say(said.join("; "));
  }

  async watchModels() {
    let loading = this.cards.size > 0;
    while (loading) {
      const answer = await fetch("/models").catch(() => null);
      const states = answer?.ok ? await answer.json() : [];
      loading = states.some((each) => each.state === "loading");
      for (const { model, state, error } of states) {
        const words = { ready: "", loading: "loading …", failed: error };
        this.cards.get(model)?.state(words[state], state === "failed");
      }
      if (loading) await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  say(text) {
    byId("said").textContent = text;
  }

  problem(text) {
    byId("problems").textContent = text;
    byId("problems").hidden = !text;
  }

  showDigits() {
    const list = byId("digits");
    const several = this.digits.length > 1;
    list.classList.toggle("several", several);
    list.replaceChildren(...this.digits.map((digit, at) => this.digitItem(at, several)));
    byId("none").hidden = this.digits.length > 0;
    this.drawDigits();
  }

  digitItem(at, several) {
    const item = document.createElement("li");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 28;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", several ? `digit ${at + 1}` : "the digit, 28×28 pixels");
    if (!several) {
      item.append(canvas);
      return item;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(at === this.chosen));
    button.append(canvas);
    button.addEventListener("click", () => this.choose(at));
    item.append(button);
    return item;
  }

  choose(at) {
    this.chosen = at;
    document.querySelectorAll("#digits button").forEach((button, place) => {
      button.setAttribute("aria-pressed", String(place === at));
    });
    for (const card of this.cards.values()) card.show(at);
  }

  drawDigits() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    document.querySelectorAll("#digits canvas").forEach((canvas, at) => {
      const context = canvas.getContext("2d");
      const pixels = context.createImageData(28, 28);
      const ink = Uint8Array.from(atob(this.digits[at].image), (letter) => letter.charCodeAt(0));
      ink.forEach((value, place) => {
        pixels.data.set([dark ? 255 : 0, dark ? 255 : 0, dark ? 255 : 0, value], 4 * place);
      });
      context.putImageData(pixels, 0, 0);
    });
  }
}
