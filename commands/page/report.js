// What an audit finds: of each code a count and the first few marks (ledger/verify/report.py).

import { compareText } from "./bytes.js";
import { cut } from "./text.js";
import { TABLES } from "./tables.js";

const { shownPerCode, text: TEXT_MAX } = TABLES.limits;
export const STEPS = Object.entries(TABLES.steps).map(([number, title]) => [Number(number), title]);
const LAST_STEP = Math.max(...STEPS.map(([number]) => number));

/** One condition met: where, what was expected, what was found. */
export function mark(code, index, expected, found) {
  return { code, index, expected, found };
}

export class Findings {
  constructor() {
    this.checked = new Map();
    this.underWay = 0;
    this.met = new Map(); // "step code" to its step, code, count and first marks
  }

  /** Say that a step is under way; those before it that nobody counted were not asked for. */
  begin(step) {
    this.underWay = step;
  }

  count(step, checked) {
    this.checked.set(step, (this.checked.get(step) ?? 0) + checked);
  }

  /** Take a mark in. Few are kept, so that a hostile file cannot fill the memory. */
  add(one) {
    const step = TABLES.conditions[one.code].step || this.underWay;
    const key = `${step} ${one.code}`;
    if (!this.met.has(key)) this.met.set(key, { step, code: one.code, count: 0, marks: [] });
    const kept = this.met.get(key);
    kept.count += 1;
    const after = kept.marks.findIndex((other) => compareMarks(one, other) < 0);
    kept.marks.splice(after < 0 ? kept.marks.length : after, 0, one);
    kept.marks.length = Math.min(kept.marks.length, shownPerCode);
  }

  get failed() {
    return this.verdict() === "FAIL";
  }

  /** FAIL wins over UNDECIDED, which wins over PASS; PASS needs the last step to be done. */
  verdict() {
    const found = worst([...this.met.values()]);
    return found === "PASS" && !this.checked.has(LAST_STEP) ? "UNDECIDED" : found;
  }

  steps() {
    return STEPS.map(([number, title]) => {
      const met = [...this.met.values()].filter((one) => one.step === number);
      let verdict = worst(met);
      if (met.length === 0 && !this.checked.has(number)) {
        verdict = number < this.underWay ? "NOT ASKED" : "NOT REACHED";
      }
      const conditions = met.reduce((sum, one) => sum + one.count, 0);
      return { number, title, verdict, checked: this.checked.get(number) ?? 0, conditions };
    });
  }

  /** Return the marks by step, code and entry, the first few of each code. */
  shown() {
    const met = [...this.met.values()];
    met.sort((one, other) => one.step - other.step || compareText(one.code, other.code));
    return met.flatMap(({ step, marks }) => marks.map((one) => markOut(one, step)));
  }
}

function worst(met) {
  const verdicts = new Set(met.map((one) => TABLES.conditions[one.code].verdict));
  if (verdicts.has("FAIL")) return "FAIL";
  return verdicts.size ? "UNDECIDED" : "PASS";
}

function compareMarks(one, other) {
  return (
    (one.index ?? -1) - (other.index ?? -1) ||
    compareText(one.expected, other.expected) ||
    compareText(one.found, other.found)
  );
}

function markOut({ code, index, expected, found }, step) {
  const { verdict, words } = TABLES.conditions[code];
  return {
    code, verdict, step, entry: index, words,
    expected: cut(expected, TEXT_MAX), found: cut(found, TEXT_MAX),
  };
}
