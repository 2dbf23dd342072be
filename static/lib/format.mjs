// Numbers and moments as people read them.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** @param {number | null | undefined} count */
export function bytes(count) {
  if (count === null || count === undefined) return '';
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** @param {number} seconds */
export function age(seconds) {
  if (seconds < -5) return 'in the future';
  if (seconds < 1) return 'now';
  if (seconds < 120) return `${Math.round(seconds)} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** Unix seconds or RFC 3339 as a Date; null when there is none. */
export function moment(/** @type {number | string | null | undefined} */ value) {
  if (value === null || value === undefined || value === 0 || value === '') return null;
  const date = new Date(typeof value === 'number' ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** node2 before node10. One collator for all, since making one for each comparison is what makes sorting slow. */
export const byName = new Intl.Collator(undefined, { numeric: true }).compare;

/** v1.10.0 after v1.9.0; what is no version comes after those that are, by its letters. */
export function compareVersions(/** @type {string} */ a, /** @type {string} */ b) {
  const [left, right] = [a, b].map((one) => (/^v\d+\.\d+\.\d+$/.test(one) ? one.slice(1).split('.').map(Number) : null));
  if (!left || !right) return left ? -1 : right ? 1 : byName(a, b);
  for (let at = 0; at < 3; at += 1) if (left[at] !== right[at]) return (left[at] ?? 0) - (right[at] ?? 0);
  return 0;
}

/** The version that usually follows: the last number one higher. */
export function nextVersion(/** @type {string | undefined} */ version) {
  const found = /^v(\d+)\.(\d+)\.(\d+)$/.exec(version ?? '');
  return found ? `v${found[1]}.${found[2]}.${Number(found[3]) + 1}` : 'v1.0.0';
}
