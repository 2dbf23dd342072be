// node --experimental-vm-modules build_page.mjs --static DIR --modules DIR --out DIR [--source FILE] [--link]
//
// Lays the page out as it is served: our files, and those of static/package.json that it uses, with every bare import
// rewritten to a path, since a browser knows no packages and the Content-Security-Policy forbids import maps. All of it is
// below assets/<hash>/, so that browsers may keep it for ever. With --source it becomes a C++ file, compressed as well; with
// --link our files are links to the sources and the hash is "dev", for `fleetman serve --dev-static OUT`.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import vm from 'node:vm';
import zlib from 'node:zlib';

const { values: options } = parseArgs({
  options: {
    static: { type: 'string' },
    modules: { type: 'string' },
    out: { type: 'string' },
    source: { type: 'string' },
    link: { type: 'boolean', default: false },
  },
});

/** What is taken from packages: the file's place in node_modules, and in the page. */
const vendored = {
  'preact/dist/preact.mjs': 'vendor/preact.mjs',
  'preact/hooks/dist/hooks.mjs': 'vendor/hooks.mjs',
  'htm/dist/htm.mjs': 'vendor/htm.mjs',
  'diff/libesm/diff/line.js': 'vendor/diff/diff/line.mjs',
  'diff/libesm/diff/base.js': 'vendor/diff/diff/base.mjs',
  'diff/libesm/util/params.js': 'vendor/diff/util/params.mjs',
  'js-yaml/dist/js-yaml.mjs': 'vendor/js-yaml.mjs',
};

/** What a bare import, or one that names a file by its old name, leads to. */
const places = {
  preact: 'vendor/preact.mjs',
  'preact/hooks': 'vendor/hooks.mjs',
  htm: 'vendor/htm.mjs',
  'diff/line': 'vendor/diff/diff/line.mjs',
  'js-yaml': 'vendor/js-yaml.mjs',
  './base.js': 'vendor/diff/diff/base.mjs',
  '../util/params.js': 'vendor/diff/util/params.mjs',
};

const ourFolders = ['', 'css', 'lib', 'parts', 'views'];
const outside = new Set(['index.html', 'openapi.json']);

function ourFiles() {
  return ourFolders
    .flatMap((folder) =>
      readdirSync(path.join(options.static, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(mjs|css|html)$|^openapi\.json$/.test(entry.name))
        .map((entry) => path.join(folder, entry.name)),
    )
    .sort();
}

function relative(from, to) {
  const way = path.posix.relative(path.posix.dirname(from), to);
  return way.startsWith('.') ? way : `./${way}`;
}

/** Import specifiers become paths. A source map's address, which would be asked for in vain, goes. */
function rewritten(name, text) {
  return text
    .replace(/\b(from|import)(\s*)(["'])([^"']+)\3/g, (whole, word, space, quote, specifier) =>
      specifier in places ? `${word}${space}${quote}${relative(name, places[specifier])}${quote}` : whole,
    )
    .replace(/^\/\/# sourceMappingURL=.*$/gm, '');
}

/** Every static import leads to a file that is there. V8's parser says what is imported, so that a hole in the rewriting shows. */
function checkImports(files) {
  for (const [name, { content }] of files) {
    if (!name.endsWith('.mjs')) continue;
    const parsed = new vm.SourceTextModule(content.toString(), { identifier: name });
    const wanted = parsed.moduleRequests?.map((one) => one.specifier) ?? parsed.dependencySpecifiers;
    for (const specifier of wanted) {
      const target = path.posix.join(path.posix.dirname(name), specifier);
      if (!specifier.startsWith('.') || !files.has(target)) throw new Error(`${name} imports ${specifier}, which is no file of the page`);
    }
    files.get(name).imports = wanted.map((specifier) => path.posix.join(path.posix.dirname(name), specifier));
  }
}

/** The modules that the first view needs, so that the browser asks for all of them at once. */
function reachable(files, from, seen = new Set()) {
  if (seen.has(from)) return seen;
  seen.add(from);
  for (const next of files.get(from).imports) reachable(files, next, seen);
  return seen;
}

function collect() {
  const files = new Map();
  for (const name of ourFiles()) {
    const source = path.resolve(options.static, name);
    const raw = readFileSync(source);
    const content = name.endsWith('.mjs') ? Buffer.from(rewritten(name, raw.toString())) : raw;
    files.set(name, { content, source: content.equals(raw) ? source : null });
  }
  for (const [place, name] of Object.entries(vendored)) {
    const raw = readFileSync(path.join(options.modules, place), 'utf8');
    files.set(name, { content: Buffer.from(rewritten(name, raw)), source: null });
  }
  return files;
}

function hashOf(files) {
  if (options.link) return 'dev';
  const sum = createHash('sha256');
  for (const [name, { content }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    sum.update(`${name}\0${content.length}\0`).update(content);
  return sum.digest('hex').slice(0, 16);
}

function laidOut(files) {
  const below = `assets/${hashOf(files)}/`;
  const preloads = [...reachable(files, 'app.mjs'), 'views/overview.mjs'].flatMap((name) => [...reachable(files, name)]);
  const links = [...new Set(preloads)]
    .filter((name) => name !== 'app.mjs')
    .sort()
    .map((name) => `  <link rel="modulepreload" href="/${below}${name}">`)
    .join('\n');
  const index = files.get('index.html').content.toString().replaceAll('"/assets/', `"/${below}`).replace('  <!-- modulepreload -->', links);
  const placed = new Map();
  for (const [name, file] of files) placed.set(outside.has(name) ? name : below + name, file);
  placed.set('index.html', { content: Buffer.from(index), source: null });
  return placed;
}

function write(placed) {
  rmSync(options.out, { recursive: true, force: true });
  for (const [name, { content, source }] of placed) {
    const target = path.join(options.out, name);
    mkdirSync(path.dirname(target), { recursive: true });
    if (options.link && source) symlinkSync(source, target);
    else writeFileSync(target, content);
  }
}

/** Only what gets a good deal smaller is kept compressed. */
function compressed(content) {
  const brotli = zlib.brotliCompressSync(content, { params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
  const gzip = zlib.gzipSync(content, { level: 9 });
  return gzip.length < content.length * 0.9 ? { gzip, brotli } : { gzip: Buffer.alloc(0), brotli: Buffer.alloc(0) };
}

function array(name, bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 64) lines.push(`    ${[...bytes.subarray(at, at + 64)].join(',')},`);
  return `const unsigned char ${name}[] = {\n${lines.join('\n')}\n    0};\n`;
}

function source(placed) {
  const arrays = [];
  const rows = [...placed].map(([name, { content }], index) => {
    const parts = { plain: content, ...compressed(content) };
    const views = Object.entries(parts).map(([kind, bytes]) => {
      if (bytes.length === 0) return '{}';
      arrays.push(array(`${kind}_${index}`, bytes));
      return `{reinterpret_cast<const char*>(${kind}_${index}), ${bytes.length}}`;
    });
    return `    {${JSON.stringify(name)}, ${views.join(', ')}},`;
  });
  return `// Made by cmake/build_page.mjs.
#include <fleetman/api/assets.hpp>

namespace fleetman::app {
namespace {

${arrays.join('\n')}
const fleetman::api::embedded_file files[] = {
${rows.join('\n')}
};

} // namespace

std::span<const fleetman::api::embedded_file> page_files();

std::span<const fleetman::api::embedded_file> page_files()
{
    return files;
}

} // namespace fleetman::app
`;
}

const files = collect();
checkImports(files);
const placed = laidOut(files);
write(placed);
if (options.source) writeFileSync(options.source, source(placed));
