// The report as parts of the page. Whatever a file says enters as text, made printable.

import { bytesOfHex } from "./bytes.js";
import { speakable } from "./fingerprint.js";
import { element, section, table } from "./parts.js";
import { storySection } from "./story_view.js";
import { TABLES } from "./tables.js";
import { figure, printable } from "./text.js";
import {
  keyWords, markWords, notShown, outsideWords, reportLines, trustWords, verdictLine,
} from "./words.js";

const KEYS = "Keys, and who vouches for them";
const MEANINGS = {
  PASS: "Everything in the scope holds.",
  FAIL: "Something in the file contradicts other bytes, the rules, or what you brought.",
  UNDECIDED: "Nothing contradicts, but something that the scope needs is absent or unknown.",
};

/** Put the report into the page. */
export function showReport(place, report, story, seconds) {
  place.append(
    verdictPart(report, seconds),
    ...(report.marks.length ? [conditionsPart(report)] : []),
    aboutPart(report),
    stepsPart(report),
    ...(report.keys.length ? [listPart(KEYS, report.keys.map(keyWords))] : []),
    listPart("It rests on", trustWords(report.trust)),
    listPart("Not checked", report.notChecked.map(printable)),
    storySection(report.verdict, story),
    textPart(report),
  );
}

function verdictPart(report, seconds) {
  const heading = element("h2", "verdict", report.verdict);
  heading.tabIndex = -1;
  const part = element("section", `banner ${report.verdict.toLowerCase()}`, heading);
  part.append(element("p", "scope", verdictLine(report)));
  part.append(element("p", "", MEANINGS[report.verdict]));
  if (report.demonstration) part.append(element("p", "demonstration", TABLES.words.demonstration));
  part.append(element("p", "quiet", `Checked in this browser in ${seconds.toFixed(1)} s.`));
  return part;
}

function conditionsPart(report) {
  const list = element("ul", "conditions");
  for (const one of report.marks) {
    const facts = element("dl", "");
    for (const name of ["expected", "found"]) {
      facts.append(element("dt", "", name), element("dd", "code", printable(one[name])));
    }
    list.append(element("li", one.verdict.toLowerCase(), element("p", "", markWords(one)), facts));
  }
  const more = notShown(report);
  const rest = more ? [element("p", "quiet", `${figure(more)} more of the same kinds`)] : [];
  return section("Conditions", list, ...rest);
}

function aboutPart(report) {
  const facts = element("dl", "about");
  const fact = (name, text, kind) => {
    facts.append(element("dt", "", name), element("dd", kind, text));
  };
  fact("file", printable(report.source), "");
  if (report.asked.length) fact("asked for", printable(report.asked.join(", ")), "");
  if (report.origin !== null) fact("ledger", report.origin, "");
  if (report.fingerprint !== null) {
    fact("its fingerprint", speakable(bytesOfHex(report.fingerprint)), "code");
    fact("in hex", report.fingerprint, "code");
  }
  fact("entries", figure(report.size), "");
  if (report.root !== null) fact("root", report.root, "code");
  if (report.recordedFrom !== null && report.recordedTo !== null) {
    fact("recorded", `${report.recordedFrom} to ${report.recordedTo}, says its operator`, "");
  }
  for (const [name, told] of outsideWords(report)) fact(name, told, "");
  return section("What was checked", facts);
}

function stepsPart(report) {
  const rows = report.steps.map((step) => [
    String(step.number),
    element("span", `badge ${step.verdict.toLowerCase().replace(" ", "-")}`, step.verdict),
    step.title,
    figure(step.checked),
  ]);
  return section("Steps", table(["step", "verdict", "what it looks at", "checked"], rows, "steps"));
}

function listPart(title, texts) {
  const list = element("ul", "plain");
  for (const text of texts) list.append(element("li", "", text)); // a log may have many keys
  return section(title, list);
}

function textPart(report) {
  const text = element("pre", "", reportLines(report).join("\n"));
  text.id = "report-text";
  text.tabIndex = 0;
  return element("details", "", element("summary", "", "The report as text"), text);
}
