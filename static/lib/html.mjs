// The one place that names the packages a view is made with.

import { h } from 'preact';
import htm from 'htm';

export { Fragment, render, createContext } from 'preact';
export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

/** Markup as a template. What is put into it becomes text, never markup. */
export const html = htm.bind(h);
