/** https://github.com/internetarchive/openlibrary, plugins/worksearch/subjects.py */
export const OPENLIBRARY = {
  DEFAULT_WORKS: 12,
  MAX_WORKS: 1000,
  /** How many entries a facet of `details=true` lists. */
  MAX_FACET_ENTRIES: 25,
} as const;

/** https://randomuser.me/documentation#multiple and the service's own source, api/1.4/api.js */
export const RANDOMUSER = {
  MAX_RESULTS: 5000,
  MAX_PAGE: 10_000,
  VERSION: '1.4',
} as const;

/** How long an injected fault may hold an answer back. */
export const MAX_DELAY_MS = 600_000;
