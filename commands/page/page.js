// The page: what is typed and dropped goes in, the report comes out.

import { audit } from "./audit.js";
import { LedgerError } from "./errors.js";
import { EvidenceSource } from "./evidence.js";
import { parseFingerprint } from "./fingerprint.js";
import { find } from "./parts.js";
import { Story } from "./story.js";
import { TABLES } from "./tables.js";
import { figure, printable } from "./text.js";
import { trustOf } from "./trust.js";
import { showReport } from "./view.js";

const SLICE_MS = 40; // so long may work go on before the page lives
const STAGES = {
  reading: "reading the file",
  hashing: "hashing entries",
  proofs: "checking proofs",
  judging: "judging entries",
  ordering: "comparing entries",
  documents: "hashing documents",
};
let chosen = null;

function begin() {
  const file = find("file"), form = find("form"), drop = find("drop");
  file.addEventListener("change", () => choose(file.files[0] ?? null));
  find("fingerprint").addEventListener("input", checkFingerprint);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    judge();
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    file.value = ""; // the field would go on naming another file
    choose(event.dataTransfer.files[0]);
  });
  find("needs-script").hidden = true;
  find("ask").hidden = false;
}

function choose(file) {
  chosen = file;
  const told = file && `${printable(file.name)}, ${figure(file.size)} bytes`;
  find("chosen").textContent = told ?? "";
  find("check").disabled = file === null;
}

/** Tell a slip as soon as a whole fingerprint is typed. */
function checkFingerprint() {
  const field = find("fingerprint"), told = find("fingerprint-told");
  const letters = field.value.replace(/[\s-]/g, "").length;
  told.textContent = letters >= 64 ? flaw(() => parseFingerprint(field.value)) : "";
  field.setAttribute("aria-invalid", String(told.textContent !== ""));
}

function flaw(call) {
  try {
    call();
    return "";
  } catch (error) {
    if (error instanceof LedgerError) return printable(error.text());
    throw error;
  }
}

/** Audit the chosen file and show the report, or why there is none. */
async function judge() {
  const problem = find("problem"), results = find("results"), fields = find("fields");
  problem.textContent = "";
  results.replaceChildren();
  results.setAttribute("aria-busy", "true");
  fields.disabled = true;
  const began = performance.now();
  try {
    const trust = trustOf(await given());
    const story = new Story();
    const source = new EvidenceSource(chosen, breathe);
    const report = await audit(source, trust, breathe, (event) => story.take(event));
    showReport(results, report, story, (performance.now() - began) / 1000);
    find("ask").open = false; // the verdict comes first
  } catch (error) {
    const known = error instanceof LedgerError;
    const what = known ? error.text() : `internal error, nothing is decided: ${error}`;
    problem.textContent = printable(what);
    problem.focus();
  } finally {
    find("progress").hidden = true;
    fields.disabled = false;
    results.setAttribute("aria-busy", "false");
    results.querySelector("h2")?.focus();
  }
}

async function given() {
  const lines = (name) => find(name).value.split("\n").map((line) => line.trim()).filter(Boolean);
  const notes = [...find("checkpoints").files];
  const [policy] = find("policy").files;
  return {
    fingerprint: find("fingerprint").value,
    pins: lines("pins"),
    required: lines("required"),
    checkpoints: await Promise.all(notes.map((note) => firstBytes(note, TABLES.limits.noteBytes))),
    policy: policy && (await firstBytes(policy, TABLES.limits.policy)),
  };
}

/** Return a file's bytes, one more than may be at most: what they are, others tell. */
async function firstBytes(file, most) {
  return new Uint8Array(await file.slice(0, most + 1).arrayBuffer());
}

let resume = null;
const channel = new MessageChannel();
channel.port1.onmessage = () => resume?.();
let lived = 0;

/** Let the page live for a moment if the last one is long ago, and show how far the work is. */
async function breathe(stage, done, all) {
  if (performance.now() - lived < SLICE_MS) return;
  const bar = find("progress-bar");
  find("progress").hidden = false;
  bar.max = all;
  bar.value = done;
  find("progress-told").textContent = `${STAGES[stage]}: ${figure(done)} of ${figure(all)}`;
  await new Promise((done_) => {
    resume = done_;
    channel.port2.postMessage(null);
  });
  lived = performance.now();
}

begin();
