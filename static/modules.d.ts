// Packages that come without types, as far as they are used.

declare module 'js-yaml' {
  export const FAILSAFE_SCHEMA: unknown;
  export function load(text: string, options?: { schema?: unknown }): any;
  export function dump(value: any, options?: Record<string, unknown>): string;
}

declare module 'diff/line' {
  export const lineDiff: {
    diff(from: string, to: string, options?: { timeout?: number }): { value: string; added?: boolean; removed?: boolean }[] | undefined;
  };
}
