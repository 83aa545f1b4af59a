/**
 * Makes HTML of authors' texts in a thread of its own, one at a time and within a time, and remembers it: a text chosen
 * to be slow delays other texts for a moment, and no call at all. What HTML may hold is sanitize.ts.
 */
import { hash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { escapeHtml } from './sanitize.ts'

export interface HtmlTask {
  /** Markdown, HTML as somebody wrote it, or a text for pages that may be JSON. */
  readonly kind: 'markdown' | 'html' | 'entry'
  readonly text: string
}

export interface HtmlRenderer {
  /** Safe HTML. A text that takes too long, or comes when too many wait, is shown as it was written. */
  render(task: HtmlTask): Promise<string>
  close(): Promise<void>
}

const LIMITS = { timeoutMs: 3000, waiting: 100, rememberedBytes: 32 * 1024 * 1024 }

export function createHtmlRenderer(limits: Partial<typeof LIMITS> = {}): HtmlRenderer {
  const { timeoutMs, waiting, rememberedBytes } = { ...LIMITS, ...limits }
  const remembered = createMemory(rememberedBytes)
  const running = new Map<string, Promise<string>>()
  let last: Promise<unknown> = Promise.resolve()
  let thread: Worker | undefined
  let isClosed = false

  async function renderInThread(task: HtmlTask): Promise<string> {
    if (isClosed) return escapeHtml(task.text)
    thread ??= startThread()
    const worker = thread
    // Only a text under way keeps the process alive.
    worker.ref()
    const html = await answerOf(worker, task, timeoutMs)
    worker.unref()
    if (html !== undefined) return html
    thread = undefined
    await worker.terminate()
    return escapeHtml(task.text)
  }

  function enqueue(key: string, task: HtmlTask): Promise<string> {
    const rendering = last.then(() => renderInThread(task)).catch(() => escapeHtml(task.text))
    last = rendering
    running.set(key, rendering)
    return rendering.then((html) => {
      running.delete(key)
      remembered.set(key, html)
      return html
    })
  }

  return {
    async render(task) {
      const key = hash('sha256', `${task.kind} ${task.text}`, 'base64')
      const known = remembered.get(key) ?? running.get(key)
      if (known !== undefined) return known
      return running.size < waiting ? enqueue(key, task) : escapeHtml(task.text)
    },
    async close() {
      isClosed = true
      await thread?.terminate()
    },
  }
}

function startThread(): Worker {
  const options = { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 } }
  const worker = new Worker(new URL('./html-thread.ts', import.meta.url), options)
  // Whoever waits for an answer learns of it; without a listener it would end the server.
  return worker.on('error', () => {})
}

/** Undefined when the thread failed or took too long; then it is of no more use. */
function answerOf(worker: Worker, task: HtmlTask, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (html?: string) => {
      clearTimeout(timer)
      worker.off('message', settle).off('exit', fail)
      resolve(html)
    }
    const fail = () => settle()
    const timer = setTimeout(fail, timeoutMs)
    worker.once('message', settle).once('exit', fail)
    worker.postMessage(task)
  })
}

/** Forgets what was asked for longest ago. */
function createMemory(maxBytes: number) {
  const entries = new Map<string, string>()
  let sizeBytes = 0
  return {
    get(key: string): string | undefined {
      const html = entries.get(key)
      if (html === undefined) return undefined
      entries.delete(key)
      entries.set(key, html)
      return html
    },
    set(key: string, html: string): void {
      entries.set(key, html)
      sizeBytes += html.length
      for (const [oldest, { length }] of entries) {
        if (sizeBytes <= maxBytes) break
        entries.delete(oldest)
        sizeBytes -= length
      }
    },
  }
}
