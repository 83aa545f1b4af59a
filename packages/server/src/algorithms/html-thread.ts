/** The thread of html-renderer.ts: one text at a time, its HTML back. */
import { parentPort } from 'node:worker_threads'
import type { HtmlTask } from './html-renderer.ts'
import { renderMarkdown, sanitizeEntry, sanitizeHtmlText } from './sanitize.ts'

const MAKERS = { markdown: renderMarkdown, html: sanitizeHtmlText, entry: sanitizeEntry }

parentPort?.on('message', ({ kind, text }: HtmlTask) => parentPort?.postMessage(MAKERS[kind](text)))
