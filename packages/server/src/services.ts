/** What compose/ builds once and hands to every feature; rules take the members they need. */
import type { LackingLanguage, Language } from '@algorist/runner/languages.ts'
import type { WorkerLimits } from '@algorist/runner/limits.ts'
import type { Runner } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { AccountDirectory } from './accounts/directory.ts'
import type { LoginGuard } from './accounts/login-guard.ts'
import type { Sessions } from './accounts/sessions.ts'
import type { Catalog } from './algorithms/catalog.ts'
import type { HtmlRenderer } from './algorithms/html-renderer.ts'
import type { BuildQueue } from './builds/queue.ts'
import type { CallLog } from './call-log/call-log.ts'
import type { PendingCalls } from './calls/pending.ts'
import type { Config } from './config.ts'
import type { OpenConnectors } from './connectors/open-connectors.ts'
import type { Objects } from './data/objects.ts'
import type { Reclaimer } from './data/reclaimer.ts'
import type { SessionSpaces } from './data/session-space.ts'
import type { Database } from './db/schema.ts'
import type { DiskSpace } from './disk-space.ts'
import type { Repositories } from './git/repositories.ts'
import type { Egress } from './http/egress.ts'
import type { InsightCollector } from './insights/collector.ts'
import type { KeyRing } from './keys/key-ring.ts'
import type { Mailer } from './mail/mailer.ts'
import type { SecretBox } from './secret-box.ts'
import type { AccountQuotas } from './usage/quotas.ts'

export interface Services {
  readonly config: Config
  readonly log: Logger
  readonly db: Database
  readonly directory: AccountDirectory
  readonly keyRing: KeyRing
  readonly sessions: Sessions
  readonly loginGuard: LoginGuard
  readonly mailer: Mailer
  /** Seals what must be shown again. */
  readonly secretBox: SecretBox
  readonly catalog: Catalog
  readonly html: HtmlRenderer
  readonly repositories: Repositories
  readonly builds: BuildQueue
  readonly pendingCalls: PendingCalls
  readonly callLog: CallLog
  readonly runner: Runner
  readonly insights: Pick<InsightCollector, 'report'>
  /** What accounts may use, and what they have used today. */
  readonly quotas: AccountQuotas
  /** Drivers of connectors in use. */
  readonly connectors: OpenConnectors
  /** Content of hosted files. */
  readonly objects: Objects
  /** Deletes collections. */
  readonly reclaimer: Reclaimer
  readonly sessionSpaces: SessionSpaces
  /** The one way for requests of the server's own. */
  readonly egress: Egress
  readonly disk: Pick<DiskSpace, 'requireRoom'>
  /** What the operator allows one worker at most. */
  readonly workerLimits: WorkerLimits
  /** How many workers the owner of algorithms may have kept ready in all. */
  readonly warmWorkersPerAccount: number
  /** Those that this host can build and run, as they were read at start. */
  readonly languages: readonly Language[]
  /** Those that need programs which it lacks. */
  readonly lackingLanguages: readonly LackingLanguage[]
}
