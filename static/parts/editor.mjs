// A text editor: the browser's own text area, with the same text coloured behind it. The colours are ranges
// (CSS Custom Highlights), so the text stays text; a browser without them shows it in one colour.

import { html, useEffect, useLayoutEffect, useRef } from '../lib/html.mjs';

const largestColoured = 100_000;

/** What is coloured, whatever the language: good enough for settings, units, scripts and YAML. */
const rules = /** @type {[string, RegExp][]} */ ([
  ['token', /\{\{[^}\n]*\}\}/g],
  ['comment', /(?:^|(?<=\s))[#;].*$/gm],
  ['string', /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/g],
  ['section', /^\s*\[[^\]\n]+\]/gm],
  ['key', /^[ \t-]*[\w.$/-]+(?=\s*[:=])/gm],
]);

const supported = 'highlights' in CSS && typeof Highlight === 'function';
/** @type {Map<string, Highlight>} */
const shared = new Map();

function highlightOf(/** @type {string} */ name) {
  let found = shared.get(name);
  if (!found) {
    found = new Highlight();
    shared.set(name, found);
    CSS.highlights.set(`editor-${name}`, found);
  }
  return found;
}

/** Colours the text of an element; returns what takes the colours away again. */
function colour(/** @type {HTMLElement} */ element) {
  const node = element.firstChild;
  if (!supported || !(node instanceof Text) || node.data.length > largestColoured) return () => {};
  /** @type {[Highlight, Range][]} */
  const made = [];
  const taken = new Uint8Array(node.data.length);
  for (const [name, rule] of rules) {
    for (const match of node.data.matchAll(rule)) {
      if (match[0].length === 0 || taken[match.index]) continue;
      taken.fill(1, match.index, match.index + match[0].length);
      const range = new Range();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const highlight = highlightOf(name);
      highlight.add(range);
      made.push([highlight, range]);
    }
  }
  return () => made.forEach(([highlight, range]) => highlight.delete(range));
}

/** Text as it is, coloured. */
export function Code({ text, label }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => (place.current ? colour(place.current) : undefined), [text]);
  return html`<pre class="code" tabindex="0" role="region" aria-label=${label} ref=${place}>${text}</pre>`;
}

/**
 * @param {{ value: string, set: (text: string) => void, label: string, rows?: number, readOnly?: boolean, described?: string }} props
 */
export function Editor({ value, set, label, rows = 18, readOnly = false, described = undefined }) {
  const behind = useRef(/** @type {HTMLElement | null} */ (null));
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useLayoutEffect(() => {
    if (area.current && area.current.value !== value) area.current.value = value; // the caret stays when it was typed here
  }, [value]);
  useEffect(() => (behind.current ? colour(behind.current) : undefined), [value]);
  const follow = () => {
    if (!behind.current || !area.current) return;
    behind.current.scrollTop = area.current.scrollTop;
    behind.current.scrollLeft = area.current.scrollLeft;
  };
  return html`<div class="editor"><pre ref=${behind} aria-hidden="true">${`${value}\n`}</pre>
    <textarea ref=${area} rows=${rows} aria-label=${label} aria-describedby=${described} spellcheck="false" autocapitalize="none" autocomplete="off" wrap="off" readonly=${readOnly}
      onScroll=${follow} onInput=${(/** @type {any} */ event) => set(event.currentTarget.value)}></textarea></div>`;
}
