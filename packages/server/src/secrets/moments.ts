/** `2021-03-11T20:42:23Z`, as secrets and their providers tell times (rest-api.md 1.10). */
export const withoutMilliseconds = (iso: string): string => `${iso.slice(0, 19)}Z`
