// Editing a text file of a version or an override. Whoever saves second is told, and shown what the other one did.

import { html, useEffect, useMemo, useRef, useState } from '../lib/html.mjs';
import { readText, send } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { holdUnsaved, mayLose } from '../lib/router.mjs';
import { Problem, Show } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { TextDiff } from './diff.mjs';
import { Editor } from './editor.mjs';
import { announce } from './notices.mjs';

const known = ['fleetagent_cell_id', 'fleetagent_service_working_dir', 'fleetagent_base_dir'];

/** What looks like a token and is none that the agent replaces, with its line; a comment may hold what it likes. */
function unresolved(/** @type {string} */ text) {
  return text
    .split('\n')
    .flatMap((line, at) =>
      /^\s*[#;]/.test(line)
        ? []
        : [...line.matchAll(/\{\{[ \t]*(\w+)[ \t]*\}\}/g)]
            .filter(([, name]) => !known.includes(name ?? ''))
            .map(([token]) => ({ line: at + 1, token })),
    );
}

function Tokens({ text }) {
  const wrong = useMemo(() => unresolved(text), [text]);
  return html`<div role="status">${wrong.slice(0, 10).map(({ line, token }) => html`<p key="${line} ${token}" class="fault">Line ${line}: the agent does not know <code>${token}</code></p>`)}</div>
    <p class="hint">The agent replaces ${known.map((name) => html`<code key=${name}>${`{{ ${name} }}`}</code> `)}</p>`;
}

/** Someone else's text against ours, and a choice. */
function Conflict({ theirs, ours, takeTheirs, keepOurs }) {
  return html`<div class="note warn" role="alert"><p><strong>Someone else has saved this file since you opened it.</strong> Theirs, and what yours would change of it:</p>
    <${TextDiff} from=${theirs} to=${ours} label="What your text changes of theirs" />
    <div class="actions"><button type="button" onClick=${takeTheirs}>Take theirs</button><button type="button" class="danger" onClick=${keepOurs}>Save mine over it</button></div></div>`;
}

function Form({ path, loaded, saved, close, templates }) {
  const [text, setText] = useState(loaded.text);
  const [base, setBase] = useState(loaded);
  const [theirs, setTheirs] = useState(/** @type {any} */ (null));
  const token = useRef({});
  const dirty = text !== base.text;
  useEffect(() => {
    holdUnsaved(token.current, dirty);
    return () => holdUnsaved(token.current, false);
  }, [dirty]);
  const saving = useAction(async (etag) => {
    try {
      await send('PUT', path, { bytes: new Blob([text]), etag });
    } catch (why) {
      if (/** @type {any} */ (why).status !== 412) throw why;
      setTheirs(await readText(path));
      return;
    }
    announce('Saved');
    saved();
    close();
  });
  return html`<form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!saving.busy) saving.run(base.etag);
  }} onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 's') {
      event.preventDefault();
      if (!saving.busy) saving.run(base.etag);
    }
  }}>
    ${
      theirs
        ? html`<${Conflict} theirs=${theirs.text ?? ''} ours=${text} takeTheirs=${() => {
            setText(theirs.text ?? '');
            setBase(theirs);
            setTheirs(null);
          }}
        keepOurs=${() => {
          setBase(theirs);
          saving.run(theirs.etag);
          setTheirs(null);
        }} />`
        : html`<${Editor} value=${text} set=${setText} label="Text of the file" />`
    }
    ${templates && html`<${Tokens} text=${text} />`}
    <${Problem} problem=${saving.problem} doing="Save" />
    <div class="actions"><button type="submit" class="primary" disabled=${saving.busy || theirs !== null}>${saving.busy ? 'Saving …' : 'Save'}</button>
      <button type="button" onClick=${() => mayLose() && close()}>Cancel</button><span class="quiet">${dirty ? 'Not saved yet' : ''} Ctrl+S saves</span></div>
  </form>`;
}

/**
 * @param {{ title: string, path: string, source?: string, fresh?: boolean, templates?: boolean, saved: () => void, close: () => void }} props
 * `source`: where the text is taken from when the file itself is to be made; `fresh`: there is no file yet
 */
export function EditFile({ title, path, source = undefined, fresh = false, templates = false, saved, close }) {
  const loaded = useLoad(async () => {
    if (fresh && !source) return { text: '', etag: null, size: 0 };
    const found = await readText(source ?? path);
    return fresh ? { ...found, etag: null } : found;
  }, [path, source]);
  return html`<${Dialog} title=${title} close=${() => mayLose() && close()} wide=${true}><${Show} from=${{ ...loaded, reload: loaded.reload }} what="the file">${(
    /** @type {any} */ file,
  ) =>
    file.text === null
      ? html`<p>This is not a text, or it is larger than 1 MiB: download it, change it, and upload it.</p><div class="actions"><button type="button" onClick=${close}>Close</button></div>`
      : html`<${Form} path=${path} loaded=${file} saved=${saved} close=${close} templates=${templates} />`}<//><//>`;
}
