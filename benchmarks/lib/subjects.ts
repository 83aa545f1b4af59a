/** The algorithms that are measured: as small as an author can write them, so that what is seen is the platform. */
import { createAlgorithm, publish, pushGreen, type Workshop } from '../../conformance/lib/algorithms.ts'
import { curl } from '../../conformance/lib/curl.ts'
import type { Aim } from './generator.ts'
import type { RulerLanguage } from './ruler.ts'
import type { Service } from './service.ts'

export interface Subject {
  readonly id: string
  readonly name: string
  readonly ruler: RulerLanguage
  readonly language: 'python3' | 'javascript'
  readonly source: string
}

const GREET = `
def apply(input):
    return "Hello " + input if isinstance(input, str) else input
`

/** Greets text and echoes the rest, as the ruler's worker does. */
export const PYTHON: Subject = {
  id: 'python',
  name: 'Python',
  ruler: 'python',
  language: 'python3',
  source: GREET,
}

/** The same by the template that authors begin with. */
export const PYTHON_ADK: Subject = {
  id: 'python-adk',
  name: 'Python with the ADK',
  ruler: 'python',
  language: 'python3',
  source: `from Algorithmia import ADK\n\n${GREET}\n\nalgorithm = ADK(apply)\nalgorithm.init("Algorithmia")\n`,
}

/** Echoes. */
export const JAVASCRIPT: Subject = {
  id: 'javascript',
  name: 'JavaScript',
  ruler: 'javascript',
  language: 'javascript',
  source: 'exports.apply = async (input) => input\n',
}

export const SUBJECTS: readonly Subject[] = [PYTHON, PYTHON_ADK, JAVASCRIPT]

/** Creates, pushes, builds and publishes it. */
export async function install(
  { target, account }: Pick<Service, 'target' | 'account'>,
  { language, source }: Pick<Subject, 'language' | 'source'>,
  { name = 'Subject', files = {} }: { readonly name?: string; readonly files?: Readonly<Record<string, string>> } = {},
): Promise<Workshop> {
  const { shop } = await createAlgorithm(target, account, { name, language })
  const main =
    language === 'python3' ? { [`src/${name}.py`]: source, 'requirements.txt': '' } : { [`src/${name}.js`]: source }
  await pushGreen(shop, { ...main, ...files })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return shop
}

export const TEXT = 'text/plain'
export const JSON_TYPE = 'application/json'
export const BINARY = 'application/octet-stream'

/** Calls of an algorithm, checked once. @throws Error with the reply when it is not 200 */
export async function aimAt(shop: Workshop, contentType: string, body: string | Buffer): Promise<Aim> {
  const { key } = shop.owner
  const reply = await curl('POST', shop.callUrl, { key, contentType, body })
  if (reply.status !== 200) throw new Error(`${shop.callUrl}: ${reply.text.slice(0, 1000)}`)
  return { url: shop.callUrl, headers: { Authorization: `Simple ${key}`, 'Content-Type': contentType }, body }
}
