// Every agent as a small square of its state's colour and shape, on a canvas: ten thousand stay smooth. What is drawn is
// compared with what was drawn before, and only the difference is painted. For those who cannot see or point at it, the
// canvas is within a list box with one option, the square one is on; the table of agents says the same.

import { html, useEffect, useId, useMemo, useRef, useState } from '../lib/html.mjs';
import { age } from '../lib/format.mjs';
import { go } from '../lib/router.mjs';
import { agentPath } from '../lib/paths.mjs';
import { lookOf, wordOf } from '../lib/states.mjs';

/** @typedef {{ name: string, state: string, detail: string }} Square */

function sizeFor(/** @type {number} */ count) {
  if (count <= 60) return 26;
  if (count <= 400) return 18;
  return count <= 2500 ? 13 : 10;
}

/**
 * As the style sheet says for the theme of now: a canvas does not know its variables.
 * @returns {Record<string, string>}
 */
function colours() {
  const probe = document.createElement('span');
  document.body.append(probe);
  const found = Object.fromEntries(
    ['good', 'busy', 'warn', 'bad', 'none', 'ground', 'edge'].map((name) => {
      probe.style.color = `var(--square-${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return found;
}

/** The colour is never alone: what is well fills its square, a warning is a triangle, what is bad has a cross. */
function paint(
  /** @type {CanvasRenderingContext2D} */ on,
  /** @type {Record<string, string>} */ colour,
  /** @type {string} */ look,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ size,
  /** @type {boolean} */ current,
) {
  const inner = size - Math.max(2, Math.round(size / 8));
  on.fillStyle = colour.ground ?? '';
  on.fillRect(x, y, size, size);
  on.fillStyle = colour[look] ?? '';
  on.beginPath();
  if (look === 'warn') {
    on.moveTo(x + inner / 2, y);
    on.lineTo(x + inner, y + inner);
    on.lineTo(x, y + inner);
    on.fill();
  } else {
    on.fillRect(x, y, inner, inner);
  }
  if (look === 'bad') {
    on.strokeStyle = colour.ground ?? '';
    on.lineWidth = Math.max(1.5, inner / 8);
    on.moveTo(x + inner * 0.25, y + inner * 0.25);
    on.lineTo(x + inner * 0.75, y + inner * 0.75);
    on.moveTo(x + inner * 0.75, y + inner * 0.25);
    on.lineTo(x + inner * 0.25, y + inner * 0.75);
    on.stroke();
  }
  if (current) {
    on.strokeStyle = colour.edge ?? '';
    on.lineWidth = 2;
    on.strokeRect(x + 1, y + 1, inner - 2, inner - 2);
  }
}

/** Draws what differs from the last time; all of it when the size or the colours are others. */
function usePainting(
  /** @type {any} */ canvas,
  /** @type {Square[]} */ squares,
  /** @type {number} */ columns,
  /** @type {number} */ size,
  /** @type {number} */ current,
) {
  const drawn = useRef({ key: '', looks: /** @type {string[]} */ ([]) });
  const [scheme, setScheme] = useState(0);
  useEffect(() => {
    const again = () => setScheme((count) => count + 1);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(again);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    dark.addEventListener('change', again);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', again);
    };
  }, []);
  useEffect(() => {
    const element = canvas.current;
    const on = element?.getContext('2d');
    if (!on || columns === 0) return;
    const rows = Math.ceil(squares.length / columns);
    const sharp = devicePixelRatio || 1;
    const key = `${columns} ${rows} ${size} ${sharp} ${scheme}`;
    if (drawn.current.key !== key) {
      element.width = columns * size * sharp;
      element.height = rows * size * sharp;
      element.style.width = `${columns * size}px`;
      element.style.height = `${rows * size}px`;
      drawn.current = { key, looks: [] };
    }
    on.setTransform(sharp, 0, 0, sharp, 0, 0);
    const colour = colours();
    const looks = squares.map((one, at) => lookOf(one.state) + (at === current ? '!' : ''));
    const before = drawn.current.looks;
    for (let at = 0; at < Math.max(looks.length, before.length); at += 1) {
      if (looks[at] === before[at]) continue;
      const x = (at % columns) * size;
      const y = Math.floor(at / columns) * size;
      const one = squares[at];
      if (one) paint(on, colour, lookOf(one.state), x, y, size, at === current);
      else on.clearRect(x, y, size, size);
    }
    drawn.current.looks = looks;
  });
}

/** @param {{ agents: import('../api').Agent[] }} props */
export function AgentGrid({ agents }) {
  const squares = useMemo(
    () =>
      agents.map((one) => ({
        name: one.node_id,
        state: one.state,
        detail: `last report ${age(Date.now() / 1000 - one.report_timestamp)}, ${one.cells.length} cells`,
      })),
    [agents],
  );
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const canvas = useRef(null);
  const id = useId();
  const [columns, setColumns] = useState(0);
  const [current, setCurrent] = useState(-1);
  const [focused, setFocused] = useState(false);
  const [pointed, setPointed] = useState(-1);
  const size = sizeFor(squares.length);
  useEffect(() => {
    const look = () => setColumns(Math.max(1, Math.floor((box.current?.clientWidth ?? 0) / size)));
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    look();
    return () => observer.disconnect();
  }, [size]);
  usePainting(canvas, squares, columns, size, focused ? current : -1);

  const at = (/** @type {MouseEvent} */ event) => {
    const place = Math.floor(event.offsetY / size) * columns + Math.floor(event.offsetX / size);
    return event.offsetX < columns * size && place < squares.length ? place : -1;
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const steps = /** @type {Record<string, number>} */ ({
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -squares.length,
      End: squares.length,
    });
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setCurrent(Math.max(0, Math.min(squares.length - 1, current + step)));
    } else if (event.key === 'Enter' && squares[current]) {
      go(agentPath(squares[current].name));
    }
  };
  const shown = squares[pointed >= 0 ? pointed : focused ? current : -1];
  return html`<div class="grid">
    <div ref=${box} class="grid-box" role="listbox" tabindex="0" aria-label="Agents, ${squares.length}; the arrows lead from one to the next, Enter opens it"
      aria-activedescendant=${focused && squares[current] ? id : undefined} onKeyDown=${pressed}
      onFocus=${() => {
        setFocused(true);
        setCurrent(Math.max(0, current));
      }} onBlur=${() => setFocused(false)}>
      <canvas ref=${canvas} aria-hidden="true" onMouseMove=${(/** @type {MouseEvent} */ event) => setPointed(at(event))} onMouseLeave=${() => setPointed(-1)}
        onClick=${(/** @type {MouseEvent} */ event) => {
          const one = squares[at(event)];
          if (one) go(agentPath(one.name));
        }}></canvas>
      ${squares[Math.max(0, current)] && html`<span id=${id} class="unseen" role="option" aria-selected="true">${squares[Math.max(0, current)]?.name}, ${squares[Math.max(0, current)]?.state}</span>`}
    </div>
    <p class="grid-label">${
      shown
        ? html`<strong>${shown.name}</strong> ${wordOf(shown.state)}, ${shown.detail}`
        : html`<span class="legend good">active</span>
      <span class="legend warn">warning</span><span class="legend bad">dead</span>`
    }</p>
  </div>`;
}
