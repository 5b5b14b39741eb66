// What the events of a file tell of custody, title and use, one row an event, in log order. It says
// what was said and by whom; where units went in between, nobody said, so no row says it.

import { gather, replacedBy, rowOf } from "./statement.js";
import { figure } from "./text.js";

const NOBODY = "a party that is not named";
const BASES = {
  first_party: "its own word",
  authority: "as an authority",
  counterparty: "as the other party",
  third_party_report: "as a report",
};
const PLACED = { installed: "installed", operational: "started", stock: "switched off" };
const KINDS = ["batch", "rack", "shipment", "lease", "site", "party", "model", "title", "stock"];

const ROWS_MAX = 20_000; // what a page can hold and a reader can use

/** The rows as they come, and what later entries say of them. */
export class Story {
  constructor() {
    this.rows = [];
    this.byId = new Map();
    this.untold = 0; // events behind the last row that is kept
  }

  /** Take the next event in. */
  take({ index, statement }) {
    if (statement.unknown) return;
    this.note(index, statement);
    const tell = Object.hasOwn(TELLERS, statement.type) ? TELLERS[statement.type] : null;
    if (tell === null) return;
    if (this.rows.length === ROWS_MAX) {
      this.untold += 1;
      return;
    }
    const [book, what, then] = tell(statement.data);
    const names = new Set();
    for (const kind of KINDS) gather(statement.data, rowOf(statement.type).data, kind, names);
    for (const one of statement.references) names.add(one.value.toLowerCase());
    const who = `${statement.asserted_by}, ${BASES[statement.basis]}`;
    const row = { index, when: statement.occurred, book, what, then, who, later: [], names };
    this.rows.push(row);
    this.byId.set(statement.id, row);
  }

  /** Note on an earlier row that this statement corrects, voids, accepts or disputes it. */
  note(index, { type, corrects, data, asserted_by: by, id }) {
    const replaced = replacedBy({ type, corrects, data });
    const row = this.byId.get((replaced ?? data.target)?.id);
    if (row === undefined) return;
    if (type === "EventVoided.v1") row.later.push(`voided by entry ${index}`);
    else if (corrects !== null) row.later.push(`corrected by entry ${index}`);
    else if (type === "Countersigned.v1") {
      const stance = { accepts: "accepted", accepts_except: "accepted in part" }[data.stance];
      row.later.push(`${stance ?? "disputed"} by ${by} in entry ${index}`);
    }
    if (type === "EventVoided.v1" || corrects !== null) row.replaced = true;
    if (type === "EventVoided.v1") this.byId.set(id, row); // nothing follows it
  }
}

/** Type to what its data tell: the book, a sentence, and where that leaves the units. */
const TELLERS = {
  "BatchCommissioned.v1": (data) => {
    const made = `made ${units(data.quantity, data.model)}, batch ${data.batch}`;
    return at(data.maker, data.site, made);
  },
  "StockOpened.v1": (data) =>
    at(data.holder, data.site, `opened stock ${data.stock} of ${lines(data.lines)}`),
  "UnitsStateChanged.v1": (data) => {
    const [book, what, then] = at(data.holder, data.site, `reported ${lines(data.lines)}`);
    const back = data.to_state === "found" || data.to_state === "released";
    return [book, `${what} as ${data.to_state}`, back ? then : data.to_state];
  },
  "RackAssembled.v1": (data) => {
    const built = `built rack ${data.rack} (${data.model}) of ${lines(data.lines)}`;
    return at(data.integrator, data.site, built);
  },
  "RackDisassembled.v1": (data) =>
    at(data.holder, data.site, `took rack ${data.rack} apart, ${lines(data.lines)},`),
  "RackPlaced.v1": (data) =>
    at(data.holder, data.site, `${PLACED[data.to_state]} ${lines(data.lines)}`),
  "ComponentReplaced.v1": (data) => {
    const swapped = `${figure(total(data.out))} GPUs of rack ${data.rack}`;
    return at(data.holder, data.site, `replaced ${swapped} by ${figure(total(data.into))}`);
  },
  "ShipmentDispatched.v1": (data) => {
    const to = data.to_site === null ? data.consignee : `${data.consignee} at ${data.to_site}`;
    const sent = `dispatched ${lines(data.lines)} from ${data.from_site} to ${to}`;
    const carrier = name(data.carrier ?? data.consignor);
    const what = `${name(data.consignor)} ${sent}, shipment ${data.shipment}`;
    return ["possession", what, `on the way with ${carrier}`];
  },
  "ShipmentLegReported.v1": (data) => {
    const milestone = `${data.milestone.replaceAll("_", " ")}, ${data.place}`;
    const what = `${name(data.carrier)} reported of shipment ${data.shipment}: ${milestone}`;
    const then = data.to_holder === null ? "" : `on the way with ${data.to_holder}`;
    return ["possession", what, then];
  },
  "ShipmentReceived.v1": (data) => {
    const damaged = data.damaged.length ? `, and ${lines(data.damaged)} damaged,` : "";
    const got = `received ${lines(data.lines)}${damaged} of shipment ${data.shipment}`;
    return at(data.receiver, data.site, `${got} from ${data.received_from}`);
  },
  "TitleTransferred.v1": (data) => {
    const what = `${name(data.seller)} transferred ${lines(data.lines)} to ${data.buyer}`;
    return ["title", what, `owned by ${data.buyer}`];
  },
  "LeaseStarted.v1": (data) => {
    const leased = `leased ${capacity(data)} to ${data.lessee}, lease ${data.lease}`;
    return ["use", `${name(data.lessor)} ${leased}`, `used by ${data.lessee}`];
  },
  "LeaseChanged.v1": (data) => {
    const changed = `changed lease ${data.lease} of ${data.lessee}: ${changes(data)}`;
    return ["use", `${name(data.lessor)} ${changed}`, ""];
  },
  "LeaseEnded.v1": (data) => {
    const what = `${name(data.reporter)} ended lease ${data.lease} of ${data.lessee}`;
    return ["use", what, `no longer used by ${data.lessee}`];
  },
};

/** Return what is told of an act of a holder at its site, which leaves the units there. */
function at(holder, site, act) {
  return ["possession", `${name(holder)} ${act} at ${site}`, `with ${name(holder)} at ${site}`];
}

function name(party) {
  return party ?? NOBODY;
}

function units(quantity, model) {
  return `${figure(quantity)} ${model}`;
}

function total(parts) {
  const gpus = parts.map(({ quantity, racks = [] }) => quantity * Math.max(1, racks.length));
  return gpus.reduce((sum, one) => sum + one, 0);
}

/** Return lines as `36,000 B200 in 500 racks (R0001 to R0500)`. */
function lines(given) {
  const models = [...new Set(given.map((one) => one.model))];
  const of = (model) => total(given.filter((one) => one.model === model));
  const counted = models.map((model) => units(of(model), model));
  const racks = [...new Set(given.flatMap((one) => one.racks))].sort();
  if (racks.length === 0) return counted.join(" and ") || "nothing";
  const ends = racks.length > 2 ? `${racks[0]}, …, ${racks.at(-1)}` : racks.join(", ");
  const named = racks.length > 2 ? `${figure(racks.length)} racks (${ends})` : `rack ${ends}`;
  return `${counted.join(" and ")} in ${named}`;
}

function capacity(data) {
  if (data.pool === null) return lines(data.lines);
  const { quantity, model } = data.pool;
  return quantity === null ? `capacity of ${model}` : units(quantity, model);
}

function changes(data) {
  const told = [];
  if (data.status !== null) told.push(data.status);
  if (data.added.length) told.push(`added ${lines(data.added)}`);
  if (data.removed.length) told.push(`gave back ${lines(data.removed)}`);
  return told.join(", ") || data.reason;
}
