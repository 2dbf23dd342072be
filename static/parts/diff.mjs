// Differences of texts, as lines that went and came.

import { lineDiff } from 'diff/line';

import { html, useMemo } from '../lib/html.mjs';

const context = 3;

/** @typedef {{ sign: ' ' | '+' | '-' | '@', text: string, old?: number, now?: number }} Line */

/** @returns {Line[]} */
function linesOf(/** @type {string} */ from, /** @type {string} */ to) {
  const parts = lineDiff.diff(from, to, { timeout: 2000 });
  if (!parts) return [{ sign: '@', text: 'The texts are too different to compare here.' }];
  /** @type {Line[]} */
  const lines = [];
  let old = 1;
  let now = 1;
  for (const part of parts) {
    const texts = part.value.split('\n');
    if (texts.at(-1) === '') texts.pop();
    for (const text of texts) {
      lines.push({
        sign: part.added ? '+' : part.removed ? '-' : ' ',
        text,
        old: part.added ? undefined : old,
        now: part.removed ? undefined : now,
      });
      if (!part.added) old += 1;
      if (!part.removed) now += 1;
    }
  }
  return lines;
}

/** Equal lines far from any change are left out. */
function folded(/** @type {Line[]} */ lines) {
  const near = new Set();
  lines.forEach((line, at) => {
    if (line.sign !== ' ') for (let other = at - context; other <= at + context; other += 1) near.add(other);
  });
  /** @type {Line[]} */
  const kept = [];
  let left = 0;
  lines.forEach((line, at) => {
    if (near.has(at)) {
      if (left > 0) kept.push({ sign: '@', text: `${left} equal lines` });
      left = 0;
      kept.push(line);
    } else {
      left += 1;
    }
  });
  if (left > 0) kept.push({ sign: '@', text: `${left} equal lines` });
  return kept;
}

/** A unified difference, as the API gives it. */
function parsed(/** @type {string} */ unified) {
  /** @type {Line[]} */
  const lines = [];
  let old = 0;
  let now = 0;
  for (const text of unified.replace(/\n$/, '').split('\n')) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text);
    if (hunk) {
      [old, now] = [Number(hunk[1]), Number(hunk[2])];
      lines.push({ sign: '@', text });
    } else if (old === 0 && now === 0) {
      continue; // the two file names
    } else if (text.startsWith('+')) {
      lines.push({ sign: '+', text: text.slice(1), now: now++ });
    } else if (text.startsWith('-')) {
      lines.push({ sign: '-', text: text.slice(1), old: old++ });
    } else if (text.startsWith('\\')) {
      lines.push({ sign: '@', text: text.slice(2) });
    } else {
      lines.push({ sign: ' ', text: text.slice(1), old: old++, now: now++ });
    }
  }
  return lines;
}

const looks = { '+': 'added', '-': 'removed', '@': 'fold', ' ': '' };
const words = { '+': 'added: ', '-': 'removed: ', '@': '', ' ': '' };

function Lines({ lines, label }) {
  return html`<div class="diff" role="region" tabindex="0" aria-label=${label}><table><tbody>${lines.map(
    (/** @type {Line} */ line, /** @type {number} */ at) => html`<tr key=${at} class=${looks[line.sign]}>
    <td class="line-number">${line.old ?? ''}</td><td class="line-number">${line.now ?? ''}</td>
    <td class="sign" aria-hidden="true">${line.sign === '@' ? '' : line.sign}</td><td class="line-text"><span class="unseen">${words[line.sign]}</span>${line.text}</td></tr>`,
  )}</tbody></table></div>`;
}

export function TextDiff({ from, to, label = 'Differences' }) {
  const lines = useMemo(() => (from === to ? [] : folded(linesOf(from, to))), [from, to]);
  return lines.length === 0 ? html`<p class="quiet">They are equal.</p>` : html`<${Lines} lines=${lines} label=${label} />`;
}

export function UnifiedDiff({ text, label }) {
  const lines = useMemo(() => parsed(text), [text]);
  return html`<${Lines} lines=${lines} label=${label} />`;
}
