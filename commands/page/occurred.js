// Dates with their own precision, and the times of entries (ledger/occurred.py).

import { malformed } from "./errors.js";
import { quoted } from "./text.js";

const YEAR_MIN = 1970;
const YEAR_MAX = 2999;
const OFFSET_MINUTES_MAX = 14 * 60;
const known = new Set();

/** Throw for a date of a known form that no calendar has. */
export function checkOccurred(text) {
  if (known.has(text)) return;
  const wrong = text.includes("T") ? wrongInstant(text) : wrongDay(text.replace("../", ""));
  if (wrong) throw malformed("OCCURRED-DATE", `${quoted(text)} is no date: ${wrong}`);
  if (known.size > 4096) known.clear(); // a log has many events of one day
  known.add(text);
}

function wrongInstant(text) {
  const hours = Number(text.slice(20, 22)), minutes = Number(text.slice(23, 25));
  if (wrongYear(text)) return wrongYear(text);
  if (minutes > 59 || hours * 60 + minutes > OFFSET_MINUTES_MAX) {
    return "the offset is beyond 14 hours";
  }
  if (text.slice(19) === "-00:00") return "a zero offset is written +00:00";
  if (text.slice(11, 13) === "24") return "the hour is beyond 23";
  return wrongDay(text.slice(0, 10)) || wrongTime(text);
}

function wrongDay(text) {
  const [year, month = 1, day = 1] = text.split("-").map(Number);
  if (wrongYear(text)) return wrongYear(text);
  if (month < 1 || month > 12) return "month must be in 1..12";
  return day < 1 || day > daysOf(year, month) ? "day is out of range for month" : "";
}

function wrongYear(text) {
  const year = Number(text.slice(0, 4));
  const inside = year >= YEAR_MIN && year <= YEAR_MAX;
  return inside ? "" : `the year is outside ${YEAR_MIN} to ${YEAR_MAX}`;
}

function daysOf(year, month) {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

function wrongTime(text) {
  if (Number(text.slice(11, 13)) > 23) return "hour must be in 0..23";
  if (Number(text.slice(14, 16)) > 59) return "minute must be in 0..59";
  return Number(text.slice(17, 19)) > 59 ? "second must be in 0..59" : "";
}

/** Throw for a `recorded_at` of the right form that no calendar or clock has. */
export function checkRecorded(text) {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  const real = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
  if (!real || wrongTime(text)) {
    throw malformed("RECORDED-AT", `${quoted(text)} is no recorded_at`);
  }
}
