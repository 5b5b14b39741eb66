// The report in words, line by line as the Python verifier prints it (ledger/verify/words.py).

import { bytesOfHex } from "./bytes.js";
import { speakable } from "./fingerprint.js";
import { TABLES } from "./tables.js";
import { figure, printable } from "./text.js";

/** Return the report: ledger, steps, conditions, keys, trust, what was not checked, verdict. */
export function reportLines(report) {
  return [
    ...(report.demonstration ? [TABLES.words.demonstration] : []),
    ...aboutLines(report),
    "",
    "steps",
    ...report.steps.map(stepLine),
    ...markLines(report),
    "",
    ...keyLines(report),
    "it rests on",
    ...trustWords(report.trust).map((line) => `  ${line}`),
    "",
    "not checked",
    ...report.notChecked.map((line) => `  ${printable(line)}`),
    "",
    verdictLine(report),
  ];
}

export function verdictLine(report) {
  const line = `${report.verdict}, scope ${printable(report.scope)}`;
  return report.verdict === "PASS" ? `${line}; ${TABLES.words.integrityOnly}` : line;
}

function aboutLines(report) {
  const lines = [`audit of ${printable(report.source)}`];
  if (report.origin !== null) lines.push(`  ledger       ${report.origin}`);
  if (report.fingerprint !== null) {
    lines.push(`  fingerprint  ${speakable(bytesOfHex(report.fingerprint))}`);
    lines.push(`               ${report.fingerprint}`);
  }
  const root = report.root === null ? "" : `, root ${report.root}`;
  if (report.size) lines.push(`  entries      ${figure(report.size)}${root}`);
  if (report.recordedFrom !== null && report.recordedTo !== null) {
    const times = `${report.recordedFrom} to ${report.recordedTo}`;
    lines.push(`  recorded     ${times}, says its operator`);
  }
  return [...lines, ...outsideWords(report).map(([name, told]) => `  ${name.padEnd(13)}${told}`)];
}

/** Return what outsiders said, each with its name. */
export function outsideWords(report) {
  const upTo = `up to entry ${report.cosigned - 1}, by the quorum of the policy`;
  const dated = report.dated.map((one) => ["dated", datedWords(one)]);
  return report.cosigned === null ? dated : [["cosigned", upTo], ...dated];
}

function datedWords({ entry, notBefore, notAfter }) {
  const told = [`entry ${entry}`];
  if (notBefore !== null) told.push(`not before ${notBefore.moment} (${printable(notBefore.by)})`);
  if (notAfter !== null) told.push(`not after ${notAfter.moment} (${printable(notAfter.by)})`);
  return told.join("; ");
}

function stepLine(step) {
  const number = String(step.number).padStart(2);
  return `  ${number} ${step.verdict.padEnd(11)} ${step.title} (${figure(step.checked)} checked)`;
}

function markLines(report) {
  if (report.marks.length === 0) return [];
  const lines = ["", "conditions"];
  for (const one of report.marks) {
    lines.push(`  ${markWords(one)}`);
    lines.push(`    expected ${printable(one.expected)}`);
    lines.push(`    found    ${printable(one.found)}`);
  }
  const more = notShown(report);
  if (more > 0) lines.push(`  ${figure(more)} more of the same kinds`);
  return lines;
}

function keyLines({ keys }) {
  if (keys.length === 0) return [];
  return ["keys, and who vouches for them", ...keys.map((key) => `  ${keyWords(key)}`), ""];
}

/** Return how many conditions were met beyond those that are shown. */
export function notShown(report) {
  return report.steps.reduce((sum, step) => sum + step.conditions, 0) - report.marks.length;
}

export function markWords(one) {
  const where = one.entry === null ? "" : `, entry ${one.entry}`;
  return `${one.verdict} step ${one.step}${where}: ${one.words} (${one.code})`;
}

export function keyWords(key) {
  const told = [printable(key.words), printable(key.holder), `since entry ${key.enrolled}`];
  if (key.revoked !== null) told.push(`revoked by entry ${key.revoked}`);
  if (key.doubted_since !== null) told.push(`in doubt from entry ${key.doubted_since} on`);
  if (key.reset) told.push("not signed for by the key before it");
  return told.join("; ");
}

export function trustWords(trust) {
  const none = "no fingerprint: nothing says that this is the ledger you mean";
  return [
    trust.fingerprint === null ? none : "the ledger's fingerprint, given by you",
    ...trust.pins.map((pin) => `the pin ${printable(pin)}`),
    ...trust.oldCheckpoints.map((size) => `a checkpoint of ${figure(size)} entries, seen earlier`),
    ...(trust.policy === null ? [] : [`the witness policy ${trust.policy}`]),
  ];
}
