/* hw1 site: search among the claims of the gallery; without this script everything else works. */
"use strict";
const form = document.querySelector("form.search"), field = form.elements.q;
const cards = [...document.querySelectorAll("[data-words]")];
// As `folded` in hw1/report/site/claims.py does with the words of a claim.
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const show = () => {
  const asked = folded(field.value).split(/\s+/).filter(Boolean);
  for (const card of cards) card.hidden = !asked.every((word) => card.dataset.words.includes(word));
  for (const group of document.querySelectorAll(".group-of-cards"))
    group.hidden = !group.querySelector("[data-words]:not([hidden])");
  const found = cards.filter((card) => !card.hidden).length;
  document.getElementById("found").textContent = asked.length ? `${found} of ${cards.length} claims have these words.` : "";
};
form.hidden = false;
if (cards.length) {
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.addEventListener("input", show);
  show();
}
