// A value that parts of the page share and are told of when it is replaced. It is never changed in place.

import { useEffect, useRef, useState } from './html.mjs';

/**
 * @template T
 * @typedef {{ get: () => T, set: (next: T) => void, patch: (change: Partial<T>) => void, subscribe: (told: () => void) => () => void }} Store
 */

/**
 * @template T
 * @param {T} initial
 * @returns {Store<T>}
 */
export function createStore(initial) {
  let value = initial;
  /** @type {Set<() => void>} */
  const readers = new Set();
  const set = (/** @type {T} */ next) => {
    if (next === value) return;
    value = next;
    for (const told of [...readers]) told();
  };
  return {
    get: () => value,
    set,
    patch: (change) => set({ ...value, ...change }),
    subscribe: (told) => {
      readers.add(told);
      return () => readers.delete(told);
    },
  };
}

/**
 * What a component sees of a store; it is drawn anew when that has changed.
 * @template T, S
 * @param {Store<T>} store
 * @param {(value: T) => S} select
 * @returns {S}
 */
export function useStore(store, select) {
  const [, drawAgain] = useState(0);
  const seen = select(store.get());
  const drawn = useRef({ select, seen });
  drawn.current = { select, seen };
  useEffect(() => {
    const look = () => {
      if (!Object.is(drawn.current.select(store.get()), drawn.current.seen)) drawAgain((count) => count + 1);
    };
    look(); // it may have changed since it was drawn
    return store.subscribe(look);
  }, [store]);
  return seen;
}
