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

/** The rows as they come, and what later entries say of them. */
export class Story {
  constructor() {
    this.rows = [];
    this.byId = new Map();
  }

  /** Take the next event in. */
  take({ index, statement }) {
    if (statement.unknown) return;
    this.note(index, statement);
    const tell = Object.hasOwn(TELLERS, statement.type) ? TELLERS[statement.type] : null;
    if (tell === null) return;
    const [book, what, then] = tell(statement.data);
    const names = new Set();
    for (const kind of KINDS) gather(statement.data, rowOf(statement.type).data, kind, names);
    for (const one of statement.references) names.add(one.value.toLowerCase());
    const who = `${statement.asserted_by}, ${BASES[statement.basis]}`;
    const row = { index, when: statement.occurred, book, what, then: then ?? "", who, later: [], names };
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

const TELLERS = {
  "BatchCommissioned.v1": (data) => [
    "possession",
    `${name(data.maker)} made ${units(data.quantity, data.model)}, batch ${data.batch}, at ${data.site}`,
    `with ${name(data.maker)} at ${data.site}`,
  ],
  "StockOpened.v1": (data) => [
    "possession",
    `${name(data.holder)} opened stock ${data.stock} of ${lines(data.lines)} at ${data.site}`,
    `with ${name(data.holder)} at ${data.site}`,
  ],
  "UnitsStateChanged.v1": (data) => [
    "possession",
    `${name(data.holder)} reported ${lines(data.lines)} at ${data.site} as ${data.to_state}`,
    data.to_state === "found" || data.to_state === "released"
      ? `with ${name(data.holder)} at ${data.site}`
      : data.to_state,
  ],
  "RackAssembled.v1": (data) => [
    "possession",
    `${name(data.integrator)} built rack ${data.rack} (${data.model}) of ${lines(data.lines)} at ${data.site}`,
    `with ${name(data.integrator)} at ${data.site}`,
  ],
  "RackDisassembled.v1": (data) => [
    "possession",
    `${name(data.holder)} took rack ${data.rack} apart at ${data.site}: ${lines(data.lines)}`,
    `with ${name(data.holder)} at ${data.site}`,
  ],
  "RackPlaced.v1": (data) => [
    "possession",
    `${name(data.holder)} ${PLACED[data.to_state]} ${lines(data.lines)} at ${data.site}`,
    `with ${name(data.holder)} at ${data.site}`,
  ],
  "ComponentReplaced.v1": (data) => [
    "possession",
    `${name(data.holder)} replaced ${figure(total(data.out))} GPUs of rack ${data.rack} by ${figure(total(data.into))} at ${data.site}`,
    `with ${name(data.holder)} at ${data.site}`,
  ],
  "ShipmentDispatched.v1": (data) => [
    "possession",
    `${name(data.consignor)} dispatched ${lines(data.lines)} from ${data.from_site} to ${data.consignee}${
      data.to_site === null ? "" : ` at ${data.to_site}`
    }, shipment ${data.shipment}`,
    `on the way with ${name(data.carrier ?? data.consignor)}`,
  ],
  "ShipmentLegReported.v1": (data) => [
    "possession",
    `${name(data.carrier)} reported of shipment ${data.shipment}: ${data.milestone.replaceAll("_", " ")}, ${data.place}`,
    data.to_holder === null ? "" : `on the way with ${data.to_holder}`,
  ],
  "ShipmentReceived.v1": (data) => [
    "possession",
    `${name(data.receiver)} received ${lines(data.lines)} of shipment ${data.shipment} from ${data.received_from} at ${data.site}${
      data.damaged.length ? `, and ${lines(data.damaged)} damaged` : ""
    }`,
    `with ${name(data.receiver)} at ${data.site}`,
  ],
  "TitleTransferred.v1": (data) => [
    "title",
    `${name(data.seller)} transferred ${lines(data.lines)} to ${data.buyer}`,
    `owned by ${data.buyer}`,
  ],
  "LeaseStarted.v1": (data) => [
    "use",
    `${name(data.lessor)} leased ${capacity(data)} to ${data.lessee}, lease ${data.lease}`,
    `used by ${data.lessee}`,
  ],
  "LeaseChanged.v1": (data) => [
    "use",
    `${name(data.lessor)} changed lease ${data.lease} of ${data.lessee}: ${changes(data)}`,
  ],
  "LeaseEnded.v1": (data) => [
    "use",
    `${name(data.reporter)} ended lease ${data.lease} of ${data.lessee}`,
    `no longer used by ${data.lessee}`,
  ],
};

function name(party) {
  return party ?? NOBODY;
}

function units(quantity, model) {
  return `${figure(quantity)} ${model}`;
}

function total(parts) {
  return parts.reduce((sum, { quantity, racks = [] }) => sum + quantity * Math.max(1, racks.length), 0);
}

/** Return lines as `36,000 B200 in 500 racks (R0001 to R0500)`. */
function lines(given) {
  const models = [...new Set(given.map((one) => one.model))];
  const counted = models.map((model) => units(total(given.filter((one) => one.model === model)), model));
  const racks = [...new Set(given.flatMap((one) => one.racks))].sort();
  if (racks.length === 0) return counted.join(" and ") || "nothing";
  const named = racks.length > 2 ? `${racks.length} racks, ${racks[0]} … ${racks.at(-1)}` : racks.join(", ");
  return `${counted.join(" and ")} in ${racks.length > 2 ? "" : "rack "}${named}`;
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
