// The files of a manifest as rows of a form.

import { html } from '../lib/html.mjs';
import { faultOf } from './form.mjs';

const kinds = ['text', 'template', 'binary', 'folder'];

export function ManifestFiles({ files, set, problem }) {
  const change = (/** @type {number} */ at, /** @type {string} */ name, /** @type {string} */ next) =>
    set(
      files.map((/** @type {any} */ file, /** @type {number} */ other) => {
        if (other !== at) return file;
        const { [name]: _, ...rest } = file;
        return next === '' && name !== 'path' ? rest : { ...rest, [name]: next };
      }),
    );
  const input = (
    /** @type {any} */ file,
    /** @type {number} */ at,
    /** @type {string} */ name,
    /** @type {string} */ label,
    /** @type {string} */ hint = '',
  ) => html`<input aria-label="${label} of file ${at + 1}" value=${file[name] ?? ''} placeholder=${hint}
    autocomplete="off" spellcheck="false" autocapitalize="none" onInput=${(/** @type {any} */ event) => change(at, name, event.currentTarget.value)} />`;
  return html`<fieldset class="manifest-files"><legend>Files</legend>
    <div class="manifest-file head" aria-hidden="true"><span>Path</span><span>Kind</span><span>Owner</span><span>Group</span><span>Mode</span><span></span></div>
    ${files.map((/** @type {any} */ file, /** @type {number} */ at) => {
      const fault = faultOf(problem, `files[${at}]`) ?? faultOf(problem, `files.${at}`);
      return html`<div key=${at} class="manifest-file">${input(file, at, 'path', 'Path', 'bin/server')}
        <select aria-label="Kind of file ${at + 1}" value=${file.file_type} onChange=${(/** @type {any} */ event) => change(at, 'file_type', event.currentTarget.value)}>${kinds.map((kind) => html`<option key=${kind} value=${kind} selected=${kind === file.file_type}>${kind}</option>`)}</select>
        ${input(file, at, 'owner', 'Owner', 'root')}${input(file, at, 'group', 'Group', 'root')}${input(file, at, 'mode', 'Mode', '0644')}
        <button type="button" class="icon" aria-label="Remove file ${at + 1}, ${file.path}" onClick=${() => set(files.filter((/** @type {any} */ _, /** @type {number} */ other) => other !== at))}>✕</button>
        ${fault && html`<p class="fault">${fault}</p>`}</div>`;
    })}
    <button type="button" onClick=${() => set([...files, { path: '', file_type: 'text' }])}>Add a file</button></fieldset>`;
}
