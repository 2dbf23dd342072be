// Writes run.sh or app.service from the controller's template.

import { html, useState } from '../lib/html.mjs';
import { post } from '../lib/http.mjs';
import { useAction } from '../lib/loading.mjs';
import { Problem } from './basics.mjs';
import { Dialog } from './dialog.mjs';
import { Choice, TextField, faultOf } from './form.mjs';
import { announce } from './notices.mjs';

/** @type {Record<string, [string, string, string][]>} the variables of each template: name, label, hint */
const variables = {
  'run.sh': [['command', 'Command', 'A line of shell; else ./bin/server.']],
  'app.service': [
    ['description', 'Description', ''],
    ['after', 'Starts after', 'Units; else network-online.target.'],
    ['restart', 'Restart', 'always, on-failure or no.'],
    ['restart_sec', 'Seconds before a restart', 'Else 2.'],
    ['stop_timeout_sec', 'Seconds to stop', 'Else what systemd does.'],
    ['limit_nofile', 'Open files', ''],
  ],
};

export function ServiceFile({ path, saved, close }) {
  const [file, setFile] = useState('run.sh');
  const [values, setValues] = useState(/** @type {Record<string, string>} */ ({}));
  const writing = useAction(async () => {
    const given = Object.fromEntries(
      Object.entries(values).filter(([name, value]) => value !== '' && variables[file]?.some(([known]) => known === name)),
    );
    await post(path, { path: file, variables: given });
    announce(`${file} is written`);
    saved();
    close();
  });
  return html`<${Dialog} title="Generate a service file" close=${close}><form onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (!writing.busy) writing.run();
  }}>
    <${Choice} label="File" value=${file} set=${setFile} options=${[
      ['run.sh', 'run.sh: what the service is started with'],
      ['app.service', 'app.service: the unit, with the limits of the resource profile'],
    ]} />
    ${variables[file]?.map(([name, label, hint]) => html`<${TextField} key=${name} label=${label} hint=${hint} value=${values[name] ?? ''} set=${(/** @type {string} */ next) => setValues({ ...values, [name]: next })} fault=${faultOf(writing.problem, name) ?? faultOf(writing.problem, `variables.${name}`)} />`)}
    <${Problem} problem=${writing.problem} doing="Write ${file}" />
    <div class="actions"><button type="submit" class="primary" disabled=${writing.busy}>Write ${file}</button><button type="button" onClick=${close}>Cancel</button></div></form><//>`;
}
