// The one place where requests are made and failures become sentences.

import { endSession, session } from './session.mjs';

const giveUpAfter = 20_000;

/** What an answer, or the lack of one, says went wrong. */
export class ApiError extends Error {
  /**
   * @param {number} status 0: there was no answer
   * @param {string} detail
   * @param {{ fields?: { field: string, message: string }[], s3?: { code: string, message: string, request_id: string } }} [more]
   */
  constructor(status, detail, more = {}) {
    super(detail);
    this.status = status;
    this.fields = more.fields ?? [];
    this.s3 = more.s3;
  }
}

/**
 * @param {string} path below /api/v1
 * @param {Record<string, string | number | boolean | null | undefined>} [query] what is empty is left out
 */
export function address(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  if (path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part))) {
    throw new ApiError(400, 'a name of only one or two dots cannot be part of an address'); // a browser would go up a folder, to another route
  }
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

/**
 * @param {number} status
 * @param {string} text
 */
function failure(status, text) {
  let problem;
  try {
    problem = JSON.parse(text) ?? {};
  } catch {
    problem = {}; // from something between here and the controller
  }
  return new ApiError(status, problem.detail ?? problem.title ?? `the controller answered ${status}`, {
    fields: problem.errors,
    s3: problem.s3,
  });
}

function ownHeaders(/** @type {Record<string, string>} */ more) {
  const csrf = session.get().csrf;
  return csrf === null ? more : { ...more, 'X-CSRF-Token': csrf };
}

/**
 * @typedef {{ query?: Record<string, any>, json?: unknown, bytes?: BodyInit, etag?: string | null, patience?: number }} Options
 * @param {string} method
 * @param {string} path
 * @param {Options} [options] `etag`: only if it is still that
 */
export async function send(method, path, options = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (options.json !== undefined) headers['Content-Type'] = 'application/json';
  if (options.bytes !== undefined) headers['Content-Type'] = 'application/octet-stream';
  if (options.etag) headers['If-Match'] = options.etag;
  const signal = AbortSignal.timeout(options.patience ?? giveUpAfter);
  const where = address(path, options.query);
  let answer;
  let text;
  try {
    answer = await fetch(where, {
      method,
      headers: ownHeaders(headers),
      signal,
      body: options.json === undefined ? options.bytes : JSON.stringify(options.json),
    });
    if (answer.ok) return answer;
    text = await answer.text();
  } catch {
    throw new ApiError(0, signal.aborted ? 'the controller did not answer in time' : 'the controller does not answer');
  }
  if (answer.status === 401 && path !== '/session') endSession();
  throw failure(answer.status, text);
}

/**
 * What an answer holds; one that was cut off, or is from something else than the controller, is said in a sentence.
 * @template T
 * @param {() => Promise<T>} take
 */
async function whole(take) {
  try {
    return await take();
  } catch (why) {
    const reason = /** @type {Error} */ (why).name;
    if (reason === 'TimeoutError') throw new ApiError(0, 'the answer did not arrive whole in time');
    if (reason === 'SyntaxError') throw new ApiError(0, 'the answer is not one of the controller');
    throw new ApiError(0, 'the connection broke while the answer was read');
  }
}

/** @returns {Promise<any>} */
async function body(/** @type {Response} */ answer) {
  return answer.status === 204 ? null : whole(() => answer.json());
}

export const get = async (/** @type {string} */ path, /** @type {Record<string, any>} */ query = {}, /** @type {Options} */ more = {}) =>
  body(await send('GET', path, { ...more, query }));
export const post = async (/** @type {string} */ path, /** @type {unknown} */ json = undefined, /** @type {Options} */ more = {}) =>
  body(await send('POST', path, { ...more, json }));
export const put = async (/** @type {string} */ path, /** @type {unknown} */ json, /** @type {Options} */ more = {}) =>
  body(await send('PUT', path, { ...more, json }));
export const patch = async (/** @type {string} */ path, /** @type {unknown} */ json, /** @type {Options} */ more = {}) =>
  body(await send('PATCH', path, { ...more, json }));
export const remove = async (/** @type {string} */ path, /** @type {Options} */ more = {}) => body(await send('DELETE', path, more));

/**
 * One thing and the tag by which a later change proves that it has seen it.
 * @param {string} path
 * @returns {Promise<{ data: any, etag: string | null }>}
 */
export async function read(path) {
  const answer = await send('GET', path);
  return { data: await body(answer), etag: answer.headers.get('ETag') };
}

/** The largest file that is shown or edited as text. */
export const largestText = 1 << 20;

/**
 * A file as text; null when it is not text, or too large to look at.
 * @param {string} path
 * @returns {Promise<{ text: string | null, etag: string | null, size: number }>}
 */
export async function readText(path) {
  const answer = await send('GET', path);
  const etag = answer.headers.get('ETag');
  const size = Number(answer.headers.get('Content-Length') ?? 0);
  if (size > largestText) {
    await answer.body?.cancel();
    return { text: null, etag, size };
  }
  const bytes = await whole(() => answer.arrayBuffer());
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text: text.includes('\0') ? null : text, etag, size: bytes.byteLength };
  } catch {
    return { text: null, etag, size: bytes.byteLength };
  }
}

/**
 * Every item of a list, page after page; `event` is where the first page stood.
 * @param {string} path
 * @param {Record<string, any>} [query]
 * @param {(count: number) => void} [told] after each page
 * @param {number} [most] no page is asked for once there are so many; `more` says that there would be
 * @returns {Promise<{ items: any[], event: string | undefined, more: boolean }>}
 */
export async function all(path, query = {}, told = () => {}, most = Infinity) {
  /** @type {any[]} */
  const items = [];
  let event;
  for (let after = null; ;) {
    const page = await get(path, { ...query, limit: 1000, after });
    event ??= page.event;
    items.push(...page.items);
    told(items.length);
    if (!page.next || items.length >= most) return { items, event, more: Boolean(page.next) };
    after = page.next;
  }
}

/**
 * Sends a file with its progress, which fetch cannot tell. A stalled upload is given up after a minute without progress.
 * @param {string} path
 * @param {Blob} file
 * @param {{ told: (sent: number) => void, signal: AbortSignal }} how
 * @returns {Promise<void>}
 */
export function upload(path, file, { told, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout>} */
    let stalled;
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), 60_000);
    };
    request.open('PUT', address(path));
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    for (const [name, value] of Object.entries(ownHeaders({}))) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      watch();
      told(event.loaded);
    };
    request.onload = () => {
      clearTimeout(stalled);
      if (request.status >= 200 && request.status < 300) return resolve(undefined);
      if (request.status === 401) endSession();
      return reject(failure(request.status, request.responseText));
    };
    request.onerror = () => reject(new ApiError(0, 'the connection broke while the file was sent'));
    request.onabort = () =>
      reject(new ApiError(0, signal.aborted ? 'you stopped it' : 'nothing was sent for a minute, so it was given up'));
    request.onloadend = () => clearTimeout(stalled);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    watch();
    request.send(file);
  });
}
