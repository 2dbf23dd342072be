// What a view asks for itself: loading, there, or failed, and asked for again when something it depends on changes.

import { useCallback, useEffect, useRef, useState } from './html.mjs';

/**
 * @template T
 * @typedef {{ data: T | undefined, problem: any, loading: boolean, at: Date | null, reload: () => Promise<void> }} Loaded
 */

/**
 * What was loaded stays while it is loaded again; an answer to a question that is not asked any more is dropped.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {unknown[]} on what the answer depends on
 * @returns {Loaded<T>}
 */
export function useLoad(ask, on) {
  const [state, setState] = useState(/** @type {any} */ ({ data: undefined, problem: null, loading: true, at: null }));
  const latest = useRef(0);
  const key = JSON.stringify(on);
  const reload = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    setState((/** @type {any} */ old) => ({ ...old, loading: true }));
    try {
      const data = await ask();
      if (mine === latest.current) setState({ data, problem: null, loading: false, at: new Date() });
    } catch (problem) {
      if (mine === latest.current) setState((/** @type {any} */ old) => ({ ...old, problem, loading: false }));
    }
  }, [key]);
  useEffect(() => {
    reload();
    return () => {
      latest.current += 1;
    };
  }, [reload]);
  return { ...state, reload };
}

/**
 * Something that a person has started: while it is under way it cannot be started again, and how it failed is kept.
 * @param {(...given: any[]) => Promise<void>} act
 */
export function useAction(act) {
  const [state, setState] = useState(/** @type {{ busy: boolean, problem: any }} */ ({ busy: false, problem: null }));
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  const run = async (/** @type {any[]} */ ...given) => {
    setState({ busy: true, problem: null });
    try {
      await act(...given);
      if (alive.current) setState({ busy: false, problem: null });
    } catch (problem) {
      if (alive.current) setState({ busy: false, problem });
    }
  };
  return { ...state, run, clear: () => setState({ busy: false, problem: null }) };
}
