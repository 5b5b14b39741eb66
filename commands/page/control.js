// The control chain: read backwards from the last entry, folded forwards
// (ledger/verify/control.py).

import { Authority } from "./authority.js";
import { decodeEntry, readEvent } from "./entry.js";
import { LedgerError } from "./errors.js";
import { mark } from "./report.js";

export const SEES_ALL = 2 ** 53;

/** Read and fold the control chain of a log of `size` entries, at least one. */
export async function readControl(read, size) {
  const control = { authority: new Authority(), blindAfter: SEES_ALL, chain: [], mark: null };
  let index = size - 1;
  const chain = [index];
  try {
    while (index > 0) {
      const earlier = decodeEntry(await read(index)).control;
      if (earlier >= index) {
        const expected = `a position before ${index}`;
        control.mark = mark("CONTROL-CHAIN", index, expected, String(earlier));
        return control;
      }
      index = earlier;
      chain.push(index);
    }
    control.chain = chain.reverse();
    for (index of control.chain) {
      const { statement } = readEvent(index, await read(index));
      const opens = statement.type === "LedgerOpened.v1";
      if (opens === (index === 0)) {
        control.authority.apply(index, statement);
      } else if (index === 0) {
        control.mark = mark("ENTRY0-MALFORMED", 0, "LedgerOpened", statement.type);
        break;
      } // a second opening opens nothing; the rights pass marks it
    }
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    noteError(control, index, error);
  }
  return control;
}

function noteError(control, index, error) {
  if (error.code === "TYPE-UNKNOWN") {
    control.blindAfter = index;
    if (index === 0) control.mark = mark("TYPE-UNKNOWN", 0, "LedgerOpened", error.message);
  } else if (error.is("Malformed") && error.code !== "EVIDENCE-MALFORMED") {
    const code = index ? "ENTRY-MALFORMED" : "ENTRY0-MALFORMED";
    control.mark = mark(code, index, "its one canonical spelling", error.text());
  } else {
    throw error;
  }
}
