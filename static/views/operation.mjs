// One operation, with everything that came of it.

import { html } from '../lib/html.mjs';
import { operationPath, raw } from '../lib/paths.mjs';
import { href } from '../lib/router.mjs';
import { Copyable, Facts, Loading, Moment, Problem } from '../parts/basics.mjs';
import { OperationProgress, operationTitle, useOperation } from '../parts/operation.mjs';

export default function OperationPage({ given: [id] }) {
  const { operation, problem } = useOperation(id);
  return html`<p class="trail"><a href=${href('/operations')}>Operations</a></p>
    <div class="heading"><h1>${operation ? operationTitle(operation) : 'Operation'}</h1><a class="raw" href=${raw(operationPath(id))}>JSON</a></div>
    <${Problem} problem=${problem} doing="Load the operation" />
    ${!operation && !problem && html`<${Loading} />`}
    ${
      operation &&
      html`<${Facts} rows=${[
        ['Begun', html`<${Moment} at=${operation.started_at} />`],
        ['Ended', html`<${Moment} at=${operation.ended_at} none="still running" />`],
        ['Who', `${operation.who} from ${operation.from}`],
        ['Id', html`<${Copyable} text=${operation.id} />`],
      ]} />
      <${OperationProgress} id=${id} all=${true} />`
    }`;
}
