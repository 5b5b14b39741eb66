// The story of custody, title and use as a table that narrows to a name.

import { element, find, section, table } from "./parts.js";
import { figure, printable } from "./text.js";

const SHOWN = 200;
const NOTHING = "No event of the file moves units.";
const LABEL = "Only rows that name (a batch, rack, shipment, lease, site, party or number)";
const NAMES = ["entry", "when", "book", "what", "after it", "whose word", "later"];

/** Return the section that tells the story; nothing is told from a file that fails. */
export function storySection(verdict, { rows, untold }) {
  const title = "Who dispatched, received, holds";
  if (verdict === "FAIL" || rows.length === 0) {
    const none = verdict === "FAIL" ? "No story is told from a file that fails." : NOTHING;
    return section(title, element("p", "", none));
  }
  const told =
    "What the signed statements say, in the order of the log. Each row is somebody's word; what" +
    " happened between two rows, nobody said.";
  const field = element("input", "");
  Object.assign(field, { type: "search", id: "narrow", autocomplete: "off", spellcheck: false });
  const label = element("label", "", LABEL);
  label.htmlFor = "narrow";
  const count = element("p", "quiet");
  count.setAttribute("role", "status");
  const place = element("div", "");
  const all = element("button", "", "");
  all.type = "button";
  const show = (most) => {
    const wanted = field.value.trim().toLowerCase();
    const found = wanted === "" ? rows : rows.filter((row) => row.names.has(wanted));
    const shown = found.slice(0, most);
    place.replaceChildren(table(NAMES, shown.map(cells), "story"));
    for (const [at, line] of [...place.querySelectorAll("tbody tr")].entries()) {
      if (shown[at].replaced) line.className = "replaced";
    }
    count.textContent = `${figure(shown.length)} of ${figure(found.length)} rows`;
    all.textContent = `Show all ${figure(found.length)} rows`;
    all.hidden = shown.length === found.length;
  };
  field.addEventListener("input", () => show(SHOWN));
  all.addEventListener("click", () => {
    show(Infinity);
    find("narrow").focus();
  });
  show(SHOWN);
  const rest = `${figure(untold)} later events are not shown here: ask the program for them.`;
  const more = untold ? [element("p", "", rest)] : [];
  return section(title, element("p", "", told), ...more, label, field, count, place, all);
}

function cells(row) {
  const { index, when, book, what, then, who, later } = row;
  return [String(index), when, book, what, then, who, later.join("; ")].map(printable);
}
