/** What the published clients really send and depend on (rest-api.md 6.2), replayed on the wire, client by client. */
import { after, before, describe } from 'node:test'
import { ciQuirks } from './ci.ts'
import { csharpQuirks } from './csharp.ts'
import { dataAddressQuirks } from './data-addresses.ts'
import { dataReplyQuirks } from './data-replies.ts'
import { goQuirks } from './go.ts'
import { javaQuirks } from './java.ts'
import { jsQuirks } from './js.ts'
import { nodeQuirks } from './node.ts'
import { organizationQuirks } from './organizations.ts'
import { phpQuirks } from './php.ts'
import { pythonQuirks } from './python.ts'
import { rQuirks } from './r.ts'
import { rubyQuirks } from './ruby.ts'
import { rustQuirks } from './rust.ts'
import { scalaQuirks } from './scala.ts'
import { swiftQuirks } from './swift.ts'
import { createWorld, type World } from './world.ts'

let world: World | undefined
before(async () => {
  world = await createWorld()
})
after(() => world?.close())

function ask(): World {
  if (!world) throw new Error('The world is there when cases run, not before')
  return world
}

describe('py and its command line', () => pythonQuirks(ask))
describe('node', () => nodeQuirks(ask))
describe('js', () => jsQuirks(ask))
describe('java', () => javaQuirks(ask))
describe('scala', () => scalaQuirks(ask))
describe('go', () => goQuirks(ask))
describe('rust', () => rustQuirks(ask))
describe('ruby', () => rubyQuirks(ask))
describe('R', () => rQuirks(ask))
describe('cs', () => csharpQuirks(ask))
describe('php', () => phpQuirks(ask))
describe('swift', () => swiftQuirks(ask))
describe('ci, mlf and the generated package', () => ciQuirks(ask))
describe('management by node, java, scala, ruby and R', () => organizationQuirks(ask))
describe('data: what each client sends', () => dataAddressQuirks(ask))
describe('data: what each client needs to read', () => dataReplyQuirks(ask))
