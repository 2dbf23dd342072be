// Dialogs on the browser's own element: it keeps the focus inside, closes with Escape, and gives the focus back.

import { html, useEffect, useId, useRef, useState } from '../lib/html.mjs';
import { session } from '../lib/session.mjs';
import { createStore, useStore } from '../lib/store.mjs';
import { useAction } from '../lib/loading.mjs';
import { Problem } from './basics.mjs';

/**
 * @param {{ title: string, close: () => void, children: any, wide?: boolean }} props
 */
export function Dialog({ title, close, children, wide = false }) {
  const place = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const leaving = useRef(false);
  const id = useId();
  useEffect(() => {
    const dialog = place.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog?.showModal();
    return () => {
      leaving.current = true;
      dialog?.close();
      const back = before?.isConnected ? before : /** @type {HTMLElement | null} */ (document.querySelector('main')); // a row that was deleted
      back?.focus();
    };
  }, []);
  const leave = (/** @type {Event} */ event) => {
    event.preventDefault();
    close();
  };
  const stay = () => {
    if (!leaving.current) place.current?.showModal(); // Chromium closes one that has refused before, whatever the page says
  };
  return html`<dialog ref=${place} class=${wide ? 'wide' : ''} aria-labelledby=${id} onCancel=${leave} onClose=${stay} onKeyDown=${(
    /** @type {KeyboardEvent} */ event,
  ) => {
    if (event.key === 'Escape') leave(event);
  }}>
    <div class="dialog-head"><h2 id=${id}>${title}</h2>
      <button type="button" class="icon" aria-label="Close" onClick=${close}>✕</button></div>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}

/**
 * @typedef {{ title: string, body: any, action: string, danger?: boolean, typed?: string, act: () => Promise<void> }} Question
 */

/** @type {import('../lib/store.mjs').Store<Question | null>} */
const asked = createStore(/** @type {Question | null} */ (null));

/**
 * Names what will be done and to how many, and does it when agreed to. `typed` is asked for only when nothing can undo it.
 * @param {Question} question
 */
export function ask(question) {
  asked.set(question);
}

function Ask({ question }) {
  const [typed, setTyped] = useState('');
  const close = () => asked.set(null);
  const doing = useAction(async () => {
    await question.act();
    close();
  });
  const ready = question.typed === undefined || typed === question.typed;
  return html`<${Dialog} title=${question.title} close=${close}>
    <form onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      if (ready && !doing.busy) doing.run();
    }}>
      <div class="stack">${question.body}</div>
      ${
        question.typed !== undefined &&
        html`<label class="field"><span>This cannot be undone. Type <code>${question.typed}</code> to confirm</span>
        <input value=${typed} autocomplete="off" spellcheck="false" onInput=${(/** @type {any} */ event) => setTyped(event.currentTarget.value)} /></label>`
      }
      <${Problem} problem=${doing.problem} doing=${question.action} />
      <div class="actions"><button type="submit" class=${question.danger ? 'danger' : 'primary'} disabled=${!ready || doing.busy}>
        ${doing.busy ? `${question.action} …` : question.action}</button>
        <button type="button" onClick=${close}>Cancel</button></div>
    </form>
  <//>`;
}

// Whoever logs in next was asked nothing.
session.subscribe(() => {
  if (session.get().user === null) asked.set(null);
});

export function Asking() {
  const question = useStore(asked, (now) => now);
  return question && html`<${Ask} question=${question} />`;
}
