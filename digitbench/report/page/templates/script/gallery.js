/* The gallery: digits by what they are, who misreads them, as what, and how. */

const gallery = document.querySelector("#digits");
const cards = [...gallery?.querySelectorAll(".cards > li[data-digit]") ?? []];
const ANY = "";

const chooser = (label, options) => {
  const select = make("select", {});
  for (const [value, text] of options) select.append(make("option", { value }, text));
  return [select, make("label", {}, label, " ", select)];
};

const digitsOf = (values) => [...new Set(values)].sort().map((digit) => [digit, digit]);

const mistakesOf = (card) => [...card.querySelectorAll("[data-model].wrong")];

const makeFilters = () => {
  const kinds = [...new Set(cards.map((card) => card.closest("ul")))];
  const titleOf = (list) => gallery.querySelector(`#${list.dataset.kind}`);
  const models = [...gallery.querySelectorAll(".legend [data-model]")];
  const choices = [
    chooser("Digit", [[ANY, "any"], ...digitsOf(cards.map((card) => card.dataset.digit))]),
    chooser("Misread by", [[ANY, "any model"], ...models.map((m) => [m.dataset.model, textOf(m)])]),
    chooser("As", [[ANY, "any digit"], ...digitsOf(cards.flatMap(mistakesOf).map((m) => m.dataset.said))]),
    chooser("Kind", [[ANY, "all"], ...kinds.map((list) => [list.dataset.kind, textOf(titleOf(list)).split(":")[0]])]),
  ];
  const [digit, model, said, kind] = choices.map(([select]) => select);
  const count = make("span", { role: "status" });
  const fits = (card) =>
    [ANY, card.dataset.digit].includes(digit.value) &&
    [ANY, card.closest("ul").dataset.kind].includes(kind.value) &&
    ((model.value === ANY && said.value === ANY) ||
      mistakesOf(card).some(
        (mistake) =>
          [ANY, mistake.dataset.model].includes(model.value) &&
          [ANY, mistake.dataset.said].includes(said.value),
      ));
  const filter = () => {
    for (const card of cards) card.hidden = !fits(card);
    for (const list of kinds) {
      const none = !list.querySelector("li[data-digit]:not([hidden])");
      for (const part of [titleOf(list), titleOf(list).nextElementSibling, list]) part.hidden = none;
    }
    count.textContent = `${cards.filter((card) => !card.hidden).length} of the ${cards.length} digits shown`;
  };
  for (const [select] of choices) select.addEventListener("change", filter);
  titleOf(kinds[0]).before(
    make("div", { class: "filters", role: "group", "aria-label": "Filter the digits" }, ...choices.map(([, label]) => label), count),
  );
  filter();
};

if (cards.length) makeFilters();
