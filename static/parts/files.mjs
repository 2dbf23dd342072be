// Files one can look at, and upload: by choosing them, or by dropping them.

import { html, useEffect, useRef, useState } from '../lib/html.mjs';
import { bytes } from '../lib/format.mjs';
import { readText } from '../lib/http.mjs';
import { useLoad } from '../lib/loading.mjs';
import { raw } from '../lib/paths.mjs';
import { Bar, Show } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { Code } from './editor.mjs';

/** How a file's rights read in one line. */
export function rightsOf(/** @type {any} */ file) {
  return [file.file_type, file.mode, file.owner && `${file.owner}${file.group ? `:${file.group}` : ''}`].filter(Boolean).join(' ');
}

/** A file's content, when it is a text. */
export function ViewFile({ title, path, close }) {
  const loaded = useLoad(() => readText(path), [path]);
  return html`<${Dialog} title=${title} close=${close} wide=${true}>
    <${Show} from=${loaded} what="the file">${(/** @type {any} */ file) =>
      file.text === null
        ? html`<p>This is not a text, or larger than 1 MiB (${bytes(file.size)}).</p>`
        : file.text === ''
          ? html`<p class="quiet">It is empty.</p>`
          : html`<${Code} text=${file.text} label=${title} />`}<//>
    <div class="actions"><a class="button" href=${raw(path)} download=${path.split('/').at(-1)}>Download</a><button type="button" onClick=${close}>Close</button></div><//>`;
}

/** The files that were dropped, those in folders with their path. */
async function dropped(/** @type {DataTransfer} */ transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ path: file.name, file }));
  /** @type {{ path: string, file: File }[]} */
  const found = [];
  const walk = async (/** @type {any} */ entry, /** @type {string} */ below) => {
    if (entry.isFile) {
      found.push({ path: below + entry.name, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // at most 100 at a time
      if (some.length === 0) return;
      for (const one of some) await walk(one, `${below}${entry.name}/`);
    }
  };
  for (const entry of entries) await walk(entry, '');
  return found;
}

/**
 * A place to drop files on; a button does the same for the keyboard.
 * @param {{ take: (files: { path: string, file: File }[]) => void, children: any, busy?: boolean }} props
 */
export function DropPlace({ take, children, busy = false }) {
  const [over, setOver] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  return html`<div class="drop ${over ? 'over' : ''}" onDragOver=${(/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(true);
  }}
    onDragLeave=${() => setOver(false)} onDrop=${async (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer && !busy) take(await dropped(event.dataTransfer));
    }}>
    <p>${children} <button type="button" disabled=${busy} onClick=${() => input.current?.click()}>Choose files …</button></p>
    <input ref=${input} type="file" multiple hidden aria-label="Files to upload" onChange=${(/** @type {any} */ event) => {
      take([...event.currentTarget.files].map((file) => ({ path: file.name, file })));
      event.currentTarget.value = '';
    }} /></div>`;
}

/** @typedef {{ path: string, size: number, sent: number, state: 'waiting' | 'running' | 'succeeded' | 'failed', error: string | null }} Sending */

/**
 * Uploads, two at a time, each with its progress.
 * @param {(path: string, file: File, told: (sent: number) => void, signal: AbortSignal) => Promise<any>} send
 * @param {() => void} done after the last one
 */
export function useUploads(send, done) {
  const [list, setList] = useState(/** @type {Sending[]} */ ([]));
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const busy = list.some((one) => one.state === 'waiting' || one.state === 'running');
  const change = (/** @type {string} */ path, /** @type {Partial<Sending>} */ now) =>
    setList((old) => old.map((one) => (one.path === path ? { ...one, ...now } : one)));
  const start = async (/** @type {{ path: string, file: File }[]} */ files) => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setList(files.map(({ path, file }) => ({ path, size: file.size, sent: 0, state: 'waiting', error: null })));
    const waiting = [...files];
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { path, file } = next;
        if (signal.aborted) return change(path, { state: 'failed', error: 'you stopped it' });
        change(path, { state: 'running' });
        try {
          await send(path, file, (sent) => change(path, { sent }), signal);
          change(path, { state: 'succeeded', sent: file.size });
        } catch (why) {
          change(path, { state: 'failed', error: /** @type {Error} */ (why).message });
        }
      }
      return undefined;
    };
    await Promise.all([worker(), worker()]);
    done();
  };
  return { list, busy, start, stop: () => stop.current.abort(), clear: () => setList([]) };
}

export function Uploads({ uploads }) {
  const { list, busy } = uploads;
  if (list.length === 0) return null;
  const total = list.reduce((/** @type {number} */ sum, /** @type {Sending} */ one) => sum + one.size, 0);
  const sent = list.reduce((/** @type {number} */ sum, /** @type {Sending} */ one) => sum + one.sent, 0);
  const failed = list.filter((/** @type {Sending} */ one) => one.state === 'failed');
  return html`<section class="uploads" aria-label="Uploads"><p class="line"><strong>${list.length - failed.length} of ${list.length} files</strong> <span class="quiet">${bytes(sent)} of ${bytes(total)}</span>
      ${busy ? html`<button type="button" onClick=${uploads.stop}>Stop</button>` : html`<button type="button" onClick=${uploads.clear}>Close</button>`}</p>
    <${Bar} done=${sent} total=${total || 1} label="All uploads" />
    <ul class="plain-list">${list.slice(0, 100).map(
      (
        /** @type {Sending} */ one,
      ) => html`<li key=${one.path}><span class="upload-name">${one.path}</span> <span class="quiet">${bytes(one.size)}</span>
      ${one.state === 'failed' ? html`<span class="fault" role="alert">${one.error}</span>` : html`<${Bar} done=${one.sent} total=${one.size || 1} label=${one.path} />`}</li>`,
    )}</ul></section>`;
}
