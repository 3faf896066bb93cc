/* The gallery: digits by what they are, who misreads them, as what, and how. */

const ANY = "";

const chooser = (label, options) => {
  const select = make("select", {});
  for (const [value, text] of options) select.append(make("option", { value }, text));
  return [select, make("label", {}, label, " ", select)];
};

const digitsOf = (values) => [...new Set(values)].sort().map((digit) => [digit, digit]);

const mistakesOf = (card) => [...card.querySelectorAll("[data-model].wrong")];

const makeFilters = (gallery, cards) => {
  const kinds = [...new Set(cards.map((card) => card.closest("[data-kind]")))];
  const models = [...gallery.querySelectorAll(".legend [data-model]")];
  const choices = [
    chooser("Digit", [[ANY, "any"], ...digitsOf(cards.map((card) => card.dataset.digit))]),
    chooser("Misread by", [[ANY, "any model"], ...models.map((m) => [m.dataset.model, textOf(m)])]),
    chooser("As", [[ANY, "any digit"], ...digitsOf(cards.flatMap(mistakesOf).map((m) => m.dataset.said))]),
    chooser("Kind", [[ANY, "all"], ...kinds.map(({ dataset }) => [dataset.kind, dataset.kind])]),
  ];
  const [digit, model, said, kind] = choices.map(([select]) => select);
  const count = make("span", { role: "status" });
  const fits = (card) =>
    [ANY, card.dataset.digit].includes(digit.value) &&
    [ANY, card.closest("[data-kind]").dataset.kind].includes(kind.value) &&
    ((model.value === ANY && said.value === ANY) ||
      mistakesOf(card).some(
        (mistake) =>
          [ANY, mistake.dataset.model].includes(model.value) &&
          [ANY, mistake.dataset.said].includes(said.value),
      ));
  const filter = () => {
    for (const card of cards) card.hidden = !fits(card);
    for (const part of kinds) part.hidden = !part.querySelector("li[data-digit]:not([hidden])");
    count.textContent = `${cards.filter((card) => !card.hidden).length} of the ${cards.length} digits shown`;
  };
  for (const [select] of choices) select.addEventListener("change", filter);
  kinds[0].before(
    make("div", { class: "filters", role: "group", "aria-label": "Filter the digits" }, ...choices.map(([, label]) => label), count),
  );
  filter();
};

for (const gallery of document.querySelectorAll(".gallery")) {
  const cards = [...gallery.querySelectorAll("li[data-digit]")];
  if (cards.length) makeFilters(gallery, cards);
}
