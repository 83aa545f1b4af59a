/**
 * The content type of a file, from the end of its name and never from its upload (rest-api.md 5.6). Text of every kind goes
 * out as plain text: clients parse what comes as CSV, XML or HTML without being asked.
 */

const PLAIN = 'text/plain; charset=utf-8'

const TEXT_ENDINGS = [
  ...['txt', 'text', 'log', 'md', 'markdown', 'rst', 'csv', 'tsv', 'xml', 'html', 'htm', 'xhtml', 'css'],
  ...['yaml', 'yml', 'toml', 'ini', 'cfg', 'conf', 'properties', 'env', 'sql', 'tex', 'srt', 'vtt'],
  ...['js', 'mjs', 'cjs', 'ts', 'jsx', 'tsx', 'py', 'rb', 'r', 'java', 'scala', 'rs', 'go', 'c', 'h', 'cpp', 'hpp'],
  ...['cs', 'php', 'swift', 'kt', 'lua', 'pl', 'sh', 'bash', 'bat', 'ps1', 'jsonl', 'ndjson', 'geojson', 'ipynb'],
]

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ...TEXT_ENDINGS.map((ending): [string, string] => [ending, PLAIN]),
  ['json', 'application/json'],
  ['pdf', 'application/pdf'],
  ['zip', 'application/zip'],
  ['apng', 'image/apng'],
  ['avif', 'image/avif'],
  ['bmp', 'image/bmp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['ico', 'image/x-icon'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['png', 'image/png'],
  ['svg', 'image/svg+xml'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['webp', 'image/webp'],
  ['aac', 'audio/aac'],
  ['aif', 'audio/aiff'],
  ['aiff', 'audio/aiff'],
  ['flac', 'audio/flac'],
  ['m4a', 'audio/mp4'],
  ['mid', 'audio/midi'],
  ['midi', 'audio/midi'],
  ['mp3', 'audio/mpeg'],
  ['oga', 'audio/ogg'],
  ['ogg', 'audio/ogg'],
  ['opus', 'audio/ogg'],
  ['wav', 'audio/wav'],
  ['weba', 'audio/webm'],
  ['wma', 'audio/x-ms-wma'],
  ['avi', 'video/x-msvideo'],
  ['flv', 'video/x-flv'],
  ['m4v', 'video/x-m4v'],
  ['mkv', 'video/x-matroska'],
  ['mov', 'video/quicktime'],
  ['mp4', 'video/mp4'],
  ['mpeg', 'video/mpeg'],
  ['mpg', 'video/mpeg'],
  ['ogv', 'video/ogg'],
  ['webm', 'video/webm'],
  ['wmv', 'video/x-ms-wmv'],
])

/** The `Content-Type` of a file with this path; bytes when its ending says nothing. */
export function mediaTypeOf(path: string): string {
  const [, ending = ''] = /\.([^./]+)$/.exec(path) ?? []
  return MEDIA_TYPES.get(ending.toLowerCase()) ?? 'application/octet-stream'
}
