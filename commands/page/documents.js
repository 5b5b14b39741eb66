// Step 10: the documents of a source, against the entries that name them
// (ledger/verify/documents.py).

import { hexOf } from "./bytes.js";
import { mark } from "./report.js";
import { sha256 } from "./sha256.js";
import { sortedTexts } from "./text.js";

/** Hash every document that is there, and find those that events name and that are not. */
export async function judgeDocuments(source, named, disposed, breathe) {
  const result = { checked: 0, annexes: 0, leftOut: 0, disposed: 0, marks: [] };
  const names = new Set([...named.values()].map((one) => one.sha256));
  const sizes = new Map(); // null stands for the size of one that is another
  const all = new Set([...source.documentNames(), ...names]);
  for (const name of all) {
    const data = await source.document(name);
    if (data === null) continue;
    result.checked += 1;
    const actual = hexOf(sha256(data));
    sizes.set(name, actual === name ? data.length : null);
    if (actual !== name) {
      result.marks.push(mark("DOCUMENT-DIFFERS", null, name, actual));
    } else if (!names.has(name)) {
      result.marks.push(mark("DOCUMENT-STRAY", null, "no such document", name));
    }
    await breathe("documents", result.checked, all.size);
  }
  const leftOut = new Set(source.leftOut());
  for (const name of sortedTexts(leftOut)) {
    if (names.has(name)) continue;
    const expected = "a document that an event names";
    result.marks.push(mark("LEFT-OUT-STRAY", null, expected, name));
  }
  for (const one of named.values()) judgeNamed(one, { sizes, disposed, leftOut }, result);
  return result;
}

function judgeNamed({ sha256: name, size, index }, { sizes, disposed, leftOut }, result) {
  if (!sizes.has(name)) {
    if (disposed.has(name)) result.disposed += 1;
    else if (size === null) result.annexes += 1;
    else if (leftOut.has(name)) result.leftOut += 1;
    else result.marks.push(mark("DOCUMENT-MISSING", index, name, "not in the source"));
    return;
  }
  const found = sizes.get(name);
  if (size !== null && found !== null && found !== size) {
    result.marks.push(mark("DOCUMENT-SIZE", index, `${size} bytes`, `${found} bytes`));
  }
}
