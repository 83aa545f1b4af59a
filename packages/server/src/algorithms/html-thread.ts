/** The thread of html-renderer.ts: one text at a time, its HTML back. */
import { parentPort } from 'node:worker_threads'
import type { HtmlTask } from './html-renderer.ts'
import { renderMarkdown, sanitizeHtmlText } from './sanitize.ts'

parentPort?.on('message', ({ kind, text }: HtmlTask) => {
  parentPort?.postMessage(kind === 'markdown' ? renderMarkdown(text) : sanitizeHtmlText(text))
})
