// A manifest as a form and as YAML, side by side on the same data. The API says while one types which rule is broken.

import { html, useEffect, useRef, useState } from '../lib/html.mjs';
import { all, post, put, read } from '../lib/http.mjs';
import { useAction, useLoad } from '../lib/loading.mjs';
import { manifestPath } from '../lib/paths.mjs';
import { go, holdUnsaved, href } from '../lib/router.mjs';
import { Problem, Show } from '../parts/basics.mjs';
import { Editor } from '../parts/editor.mjs';
import { Check, Choice, TextField, faultOf } from '../parts/form.mjs';
import { ManifestFiles } from '../parts/manifest_files.mjs';
import { fromYaml, toYaml } from '../parts/manifest_yaml.mjs';
import { announce } from '../parts/notices.mjs';
import { TextDiff } from '../parts/diff.mjs';

const pauseBeforeAsking = 400;

const fresh = (/** @type {string} */ bucket) => ({
  name: '',
  profile: 'supervisor',
  bucket,
  files: [{ path: 'run.sh', file_type: 'template', mode: '0755' }],
  collect_logs: true,
  log_files: ['logs/stdout.log', 'logs/stderr.log'],
});

/** What the API would answer, asked a moment after the last change. */
function useRules(/** @type {any} */ value, /** @type {string | undefined} */ name) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [asking, setAsking] = useState(true);
  const text = JSON.stringify(value);
  useEffect(() => {
    if (value === undefined) {
      setAsking(false);
      setProblem(null);
      return undefined;
    }
    let wanted = true;
    setAsking(true);
    const timer = setTimeout(async () => {
      let found = /** @type {unknown} */ (null);
      try {
        if (name) await put(manifestPath(name), value, { query: { dry_run: true } });
        else await post('/manifests', value, { query: { dry_run: true } });
      } catch (why) {
        found = why;
      }
      if (wanted) {
        setProblem(found);
        setAsking(false);
      }
    }, pauseBeforeAsking);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [text, name]);
  return { problem, asking };
}

function Fields({ value, set, problem, isNew, buckets, profiles }) {
  const field = (/** @type {string} */ name) => ({
    value: value[name] ?? (name === 'resource_profile' ? 'unlimited' : ''),
    fault: faultOf(problem, name),
    set: (/** @type {any} */ next) => {
      const { [name]: _, ...others } = value;
      set(next === '' ? others : { ...value, [name]: next });
    },
  });
  return html`<div class="stack">
    ${isNew && html`<${TextField} label="Name" required ...${field('name')} />`}
    <div class="columns"><${Choice} label="Profile" ...${field('profile')} options=${[
      ['systemd', 'systemd: a unit'],
      ['supervisor', 'supervisor: a program'],
      ['deploy', 'deploy: files only'],
    ]} />
      <${Choice} label="Bucket" ...${field('bucket')} options=${buckets.map((/** @type {any} */ one) => one.name)} />
      <${Choice} label="Limits" ...${field('resource_profile')} options=${[['', 'unlimited'], ...profiles.map((/** @type {any} */ one) => one.name).filter((/** @type {string} */ name) => name !== 'unlimited')]} /></div>
    <${ManifestFiles} files=${Array.isArray(value.files) ? value.files : []} set=${(/** @type {any[]} */ files) => set({ ...value, files })} problem=${problem} />
    <div class="columns"><${TextField} label="Runs as user" ...${field('service_owner')} placeholder="root" /><${TextField} label="Group" ...${field('service_group')} placeholder="root" />
      <${TextField} label="Mode of its folder" ...${field('service_folder_mode')} placeholder="0700" /></div>
    <${Check} label="Collect the last lines of its logs after a deployment" value=${value.collect_logs ?? true} set=${(/** @type {boolean} */ collect_logs) => set({ ...value, collect_logs })} />
    <${TextField} label="Log files" value=${(value.log_files ?? []).join(', ')} fault=${faultOf(problem, 'log_files')} hint="Paths in the service’s folder, with commas between."
      set=${(/** @type {string} */ text) =>
        set({
          ...value,
          log_files: text
            .split(',')
            .map((one) => one.trim())
            .filter(Boolean),
        })} />
    <p class="hint">Health checks are written in the YAML: <code>health: [{type: http, url: http://127.0.0.1:8080/}]</code></p>
  </div>`;
}

function Form({ start, name, etag, buckets, profiles }) {
  const [base, setBase] = useState({ value: start, etag }); // what the next save has seen
  const [value, setValue] = useState(start);
  const [yaml, setYaml] = useState(() => toYaml(start));
  const [fault, setFault] = useState('');
  const [theirs, setTheirs] = useState(/** @type {any} */ (null));
  const token = useRef({});
  const dirty = JSON.stringify(value) !== JSON.stringify(base.value);
  const rules = useRules(fault || (name && !dirty) ? undefined : value, name); // what is stored keeps the rules
  useEffect(() => {
    holdUnsaved(token.current, dirty);
    return () => holdUnsaved(token.current, false);
  }, [dirty]);
  const byForm = (/** @type {any} */ next) => {
    setValue(next);
    setYaml(toYaml(next));
    setFault('');
  };
  const byYaml = (/** @type {string} */ text) => {
    setYaml(text);
    const read_ = fromYaml(text);
    setFault(read_.fault ?? '');
    if (read_.value) setValue(read_.value);
  };
  const saving = useAction(async (tag) => {
    try {
      if (name) await put(manifestPath(name), value, { etag: tag });
      else await post('/manifests', value);
    } catch (why) {
      if (/** @type {any} */ (why).status !== 412 || !name) throw why;
      const found = await read(manifestPath(name));
      setTheirs({ text: toYaml(editable(found.data)), etag: found.etag, value: editable(found.data) });
      return;
    }
    holdUnsaved(token.current, false);
    announce('Saved');
    go(manifestPath(name ?? value.name));
  });
  const problem = fault ? null : rules.problem;
  return html`<form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!saving.busy && !fault) saving.run(base.etag);
  }}>
    ${
      theirs &&
      html`<div class="note warn" role="alert"><p><strong>Someone else has saved this manifest since you opened it.</strong> What yours would change of theirs:</p><${TextDiff} from=${theirs.text} to=${yaml} />
      <div class="actions"><button type="button" onClick=${() => {
        byForm(theirs.value);
        setBase(theirs);
        setTheirs(null);
      }}>Take theirs</button><button type="button" class="danger" onClick=${() => {
        saving.run(theirs.etag);
        setTheirs(null);
      }}>Save mine over it</button></div></div>`
    }
    <div class="side-by-side"><section aria-label="Form"><${Fields} value=${value} set=${byForm} problem=${problem} isNew=${!name} buckets=${buckets} profiles=${profiles} /></section>
      <section aria-label="YAML"><h2>YAML</h2><${Editor} value=${yaml} set=${byYaml} label="The manifest as YAML" rows=${26} />
        <div role="status" class="rules">${fault ? html`<p class="fault">${fault}</p>` : rules.asking ? html`<p class="quiet">Checking …</p>` : problem ? html`<${Problem} problem=${problem} doing="It cannot be saved like this" />` : html`<p class="state good">All rules are kept</p>`}</div></section></div>
    <${Problem} problem=${saving.problem} doing="Save" />
    <div class="actions"><button type="submit" class="primary" disabled=${saving.busy || fault !== ''}>${saving.busy ? 'Saving …' : name ? 'Save' : 'Create the manifest'}</button><a class="button" href=${href(name ? manifestPath(name) : '/manifests')}>Cancel</a></div>
  </form>`;
}

/** What is written, without what the API only tells. */
function editable(/** @type {any} */ { cells: _cells, name: _name, ...manifest }) {
  return manifest;
}

export default function ManifestForm({ given: [name], query }) {
  const from = query.get('from');
  const loaded = useLoad(async () => {
    const [buckets, profiles, found] = await Promise.all([
      all('/buckets'),
      all('/resource-profiles'),
      name || from ? read(manifestPath(name ?? from ?? '')) : null,
    ]);
    const start = found
      ? name
        ? editable(found.data)
        : { name: `${from}-copy`, ...editable(found.data) }
      : fresh(buckets.items[0]?.name ?? '');
    return { buckets: buckets.items, profiles: profiles.items, start, etag: name ? found?.etag : null };
  }, [name, from]);
  return html`<p class="trail"><a href=${href('/manifests')}>Manifests</a></p><h1>${name ? `Edit ${name}` : from ? `A copy of ${from}` : 'New manifest'}</h1>
    <${Show} from=${loaded} what="the manifest">${(/** @type {any} */ ready) => (ready.buckets.length === 0 ? html`<p>A manifest needs a bucket: <a href=${href('/buckets')}>connect one first</a>.</p>` : html`<${Form} name=${name} ...${ready} />`)}<//>`;
}
