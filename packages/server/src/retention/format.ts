/** Amounts as operators read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
const DAY_MS = 24 * 60 * 60 * 1000

/** Such as `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}

/** In days, such as `30 days`. */
export function formatDuration(ms: number): string {
  const days = Math.round((ms / DAY_MS) * 10) / 10
  return `${days} ${days === 1 ? 'day' : 'days'}`
}
