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
 * @param {{ take: (files: { path: string, file: File }[]) => void, children: any }} props
 */
export function DropPlace({ take, children }) {
  const [over, setOver] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  return html`<div class="drop ${over ? 'over' : ''}" onDragOver=${(/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(true);
  }}
    onDragLeave=${() => setOver(false)} onDrop=${async (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer) take(await dropped(event.dataTransfer));
    }}>
    <p>${children} <button type="button" onClick=${() => input.current?.click()}>Choose files …</button></p>
    <input ref=${input} type="file" multiple hidden aria-label="Files to upload" onChange=${(/** @type {any} */ event) => {
      take([...event.currentTarget.files].map((file) => ({ path: file.name, file })));
      event.currentTarget.value = '';
    }} /></div>`;
}

/** @typedef {{ id: number, path: string, size: number, sent: number, state: 'waiting' | 'running' | 'succeeded' | 'failed', error: string | null }} Sending */

const atOnce = 2;

/**
 * Uploads, two at a time, each with its progress. What is given while others are sent waits for its turn.
 * @param {(path: string, file: File, told: (sent: number) => void, signal: AbortSignal) => Promise<any>} send
 * @param {() => void} done after the last one
 */
export function useUploads(send, done) {
  const [list, setList] = useState(/** @type {Sending[]} */ ([]));
  const own = useRef({
    stop: new AbortController(),
    waiting: /** @type {{ id: number, path: string, file: File }[]} */ ([]),
    working: 0,
    last: 0,
  });
  const busy = list.some((one) => one.state === 'waiting' || one.state === 'running');
  const change = (/** @type {number} */ id, /** @type {Partial<Sending>} */ now) =>
    setList((old) => old.map((one) => (one.id === id ? { ...one, ...now } : one)));
  const sendNext = async () => {
    const { waiting } = own.current;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { id, path, file } = next;
      try {
        change(id, { state: 'running' });
        await send(path, file, (sent) => change(id, { sent }), own.current.stop.signal);
        change(id, { state: 'succeeded', sent: file.size });
      } catch (why) {
        change(id, { state: 'failed', error: /** @type {Error} */ (why).message });
      }
    }
    own.current.working -= 1;
    if (own.current.working === 0) done();
  };
  const start = (/** @type {{ path: string, file: File }[]} */ files) => {
    const now = own.current;
    const idle = now.working === 0;
    if (now.stop.signal.aborted) now.stop = new AbortController();
    const given = files.map((one) => ({ ...one, id: (now.last += 1) }));
    /** @type {Sending[]} */
    const added = given.map(({ id, path, file }) => ({ id, path, size: file.size, sent: 0, state: 'waiting', error: null }));
    setList((old) => (idle ? added : [...old, ...added]));
    now.waiting.push(...given);
    while (now.working < atOnce && now.waiting.length > 0) {
      now.working += 1;
      sendNext();
    }
  };
  const stop = () => {
    own.current.stop.abort();
    for (const { id } of own.current.waiting.splice(0)) change(id, { state: 'failed', error: 'you stopped it' });
  };
  useEffect(() => stop, []);
  return { list, busy, start, stop, clear: () => setList([]) };
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
      ) => html`<li key=${one.id}><span class="upload-name">${one.path}</span> <span class="quiet">${bytes(one.size)}</span>
      ${one.state === 'failed' ? html`<span class="fault" role="alert">${one.error}</span>` : html`<${Bar} done=${one.sent} total=${one.size || 1} label=${one.path} />`}</li>`,
    )}</ul></section>`;
}
