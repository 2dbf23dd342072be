// Fields of forms: a label that belongs to its field, a hint, and the rule that is broken beside it.

import { html, useId } from '../lib/html.mjs';

/**
 * @param {{ label: string, hint?: any, fault?: string, children: (id: string, described: string) => any }} props
 */
export function Field({ label, hint = undefined, fault = undefined, children }) {
  const id = useId();
  return html`<div class="field ${fault ? 'wrong' : ''}"><label for=${id}>${label}</label>
    ${children(id, `${id}-more`)}
    <p class="hint" id="${id}-more">${fault ? html`<span class="fault">${fault}</span> ` : ''}${hint}</p></div>`;
}

/** @param {any} props */
export function TextField({ label, value, set, hint = undefined, fault = undefined, type = 'text', ...more }) {
  return html`<${Field} label=${label} hint=${hint} fault=${fault}>${(
    /** @type {string} */ id,
    /** @type {string} */ described,
  ) => html`<input
    id=${id} aria-describedby=${described} aria-invalid=${fault ? 'true' : undefined} type=${type} value=${value ?? ''} autocomplete="off" spellcheck="false"
    autocapitalize="none" onInput=${(/** @type {any} */ event) => set(event.currentTarget.value)} ...${more} />`}<//>`;
}

/** @param {any} props `options`: values, or [value, text] */
export function Choice({ label, value, set, options, hint = undefined, fault = undefined, ...more }) {
  return html`<${Field} label=${label} hint=${hint} fault=${fault}>${(
    /** @type {string} */ id,
    /** @type {string} */ described,
  ) => html`<select
    id=${id} aria-describedby=${described} value=${value} onChange=${(/** @type {any} */ event) => set(event.currentTarget.value)} ...${more}>
    ${options.map((/** @type {any} */ one) => {
      const [key, text] = Array.isArray(one) ? one : [one, one];
      return html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`;
    })}</select>`}<//>`;
}

export function Check({ label, value, set, disabled = false }) {
  return html`<label class="check"><input type="checkbox" checked=${value} disabled=${disabled}
    onChange=${(/** @type {any} */ event) => set(event.currentTarget.checked)} /> ${label}</label>`;
}

/** A choice among a few, in the address: a row of buttons that are pressed or not. */
export function Pick({ label, options, value, set }) {
  return html`<div class="pick" role="group" aria-label=${label}>${options.map(
    (/** @type {[string, any]} */ [key, text]) => html`<button
    key=${key} type="button" aria-pressed=${value === key} onClick=${() => set(key)}>${text}</button>`,
  )}</div>`;
}

/** The first message about a field, as the API names it; also of what is below it. */
export const faultOf = (/** @type {any} */ problem, /** @type {string} */ field) =>
  problem?.fields?.find(
    (/** @type {any} */ one) => one.field === field || one.field.startsWith(`${field}.`) || one.field.startsWith(`${field}[`),
  )?.message;
