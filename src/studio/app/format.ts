/**
 * Numbers and times as people read them, with their units. The locale is fixed: one page reads the same for everybody
 * it is sent to, and a browser started without a language has none that would work.
 */
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

export function count(n: number): string {
  return whole.format(n);
}

/** 12,400,000 -> 12.4 M */
export function brief(n: number): string {
  if (n < 10_000) return n < 100 && !Number.isInteger(n) ? oneDigit.format(n) : whole.format(n);
  if (n < 1_000_000) return `${oneDigit.format(n / 1_000)} k`;
  return n < 1e9 ? `${oneDigit.format(n / 1e6)} M` : `${oneDigit.format(n / 1e9)} G`;
}

export function share(part: number, all: number): string {
  if (all === 0) return "";
  const percent = (100 * part) / all;
  if (part > 0 && percent < 1) return "<1 %";
  return part < all && percent > 99 ? ">99 %" : `${Math.round(percent)} %`;
}

/** Four digits where it is cents of cents, two where it is money. */
export function usd(amount: number): string {
  if (amount === 0) return "$0";
  if (amount < 0.0001) return "<$0.0001";
  return `$${amount.toFixed(amount < 0.1 ? 4 : 2)}`;
}

export function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = ms / 1_000;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  const hours = Math.floor(s / 3_600);
  return hours < 48 ? `${hours} h ${Math.round((s % 3_600) / 60)} min` : `${Math.round(hours / 24)} days`;
}

/** "38 min left": what is left needs no seconds. */
export function roughTime(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return "<1 min";
  if (minutes < 90) return `${Math.round(minutes)} min`;
  return minutes < 60 * 48 ? `${oneDigit.format(minutes / 60)} h` : `${Math.round(minutes / 1_440)} days`;
}

export function ago(at: number, now: number): string {
  const s = Math.max(0, (now - at) / 1_000);
  if (s < 10) return "now";
  if (s < 60) return `${Math.round(s)} s ago`;
  if (s < 3_600) return `${Math.round(s / 60)} min ago`;
  if (s < 86_400 * 2) return `${Math.round(s / 3_600)} h ago`;
  return `${Math.round(s / 86_400)} days ago`;
}

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
export function when(at: number): string {
  return moment.format(at);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
