/** The algorithm object of replies (rest-api.md 2.1). Unknown members are left out; order is the contract's. */
import type { Algorithm } from '@algorist/contract/shapes/algorithm.ts'
import { formatVersion } from '@algorist/contract/version.ts'
import type { AccountEntry } from '../caller.ts'
import { internalScm } from '../scms/scms.ts'
import type { Services } from '../services.ts'
import type { Release } from '../versions/releases.ts'
import type { HtmlRenderer } from './html-renderer.ts'
import { renderLimits } from './limits.ts'
import type { AlgorithmRecord } from './records.ts'
import { hasTags, sanitizeLine } from './sanitize.ts'
import type { AlgorithmDetails, AlgorithmSettings } from './settings.ts'

export interface AlgorithmView {
  readonly algorithm: AlgorithmRecord
  readonly owner: AccountEntry
  readonly release: Release | undefined
  /** Public base URL, for links. */
  readonly url: string
}

/** What a rendering needs except the base URL: what rules return. */
export type Shown = Omit<AlgorithmView, 'url'>

type Uses = Pick<Services, 'html' | 'languages' | 'lackingLanguages'>

export async function renderAlgorithm(
  { algorithm, owner, release, url }: AlgorithmView,
  services: Uses,
): Promise<Algorithm> {
  const settings = settingsOf(algorithm, release)
  return {
    id: algorithm.id,
    name: algorithm.name,
    details: await renderDetails(algorithm.details, services.html),
    settings: {
      algorithm_callability: settings.callability,
      source_visibility: settings.sourceVisibility,
      ...languageOf(algorithm, services),
      environment: settings.machineType,
      ...(settings.packageSet === undefined ? {} : { package_set: settings.packageSet }),
      algorithm_environment: algorithm.environmentId,
      license: settings.license,
      royalty_microcredits: settings.royaltyMicrocredits,
      network_access: settings.networkAccess,
      pipeline_enabled: settings.pipelineEnabled,
      insights_enabled: settings.insightsEnabled,
      ...(settings.limits === undefined ? {} : { limits: renderLimits(settings.limits) }),
      ...(algorithm.settings.keepsCallContent === false ? { keep_call_content: false } : {}),
      ...(algorithm.settings.warmWorkers === undefined ? {} : { warm_workers: algorithm.settings.warmWorkers }),
    },
    ...(release ? renderRelease(release, algorithm, settings) : {}),
    source: { scm: internalScm },
    ...(release && release.row.status !== 'in-progress'
      ? { compilation: { successful: release.row.status === 'succeeded', output: release.log ?? '' } }
      : {}),
    ...(release
      ? { self_link: `${url}/v1/algorithms/${owner.name}/${algorithm.name}/versions/${release.row.commit_sha}` }
      : {}),
    resource_type: 'algorithm',
  }
}

/** The names of the original list; clients made from it refuse any other (rest-api.md 2.1). */
const ORIGINAL_NAMES = new Set(['java', 'javascript', 'python2-langpack', 'python3-1', 'r', 'ruby', 'rust', 'scala'])

function languageOf({ language: id }: AlgorithmRecord, { languages, lackingLanguages }: Uses): { language?: string } {
  const language = [...languages, ...lackingLanguages].find((each) => each.id === id)
  const name = language?.original_name ?? id
  return ORIGINAL_NAMES.has(name) ? { language: name } : {}
}

/** A version keeps what it was published with; license and visibility of the source always are the current ones. */
function settingsOf({ settings }: AlgorithmRecord, release: Release | undefined): AlgorithmSettings {
  const published = release?.row.settings
  if (published == null) return settings
  const { license, sourceVisibility } = settings
  return { ...(JSON.parse(published) as AlgorithmSettings), license, sourceVisibility }
}

function renderRelease({ row }: Release, algorithm: AlgorithmRecord, settings: AlgorithmSettings) {
  const semanticVersion = versionOf(row)
  const sampleInput = row.sample_input ?? algorithm.sampleInput
  const sampleOutput = row.sample_output ?? row.build_sample_output
  return {
    version_info: {
      ...(semanticVersion === undefined ? {} : { semantic_version: semanticVersion }),
      git_hash: row.commit_sha,
      ...(row.version_id === null ? {} : { version_uuid: row.version_id }),
      ...(row.release_notes === null ? {} : { release_notes: row.release_notes }),
      ...(sampleInput === null ? {} : { sample_input: sampleInput }),
      ...(sampleOutput === null ? {} : { sample_output: sampleOutput }),
      insights_enabled: settings.insightsEnabled,
    },
    build: {
      build_id: row.id,
      status: row.status,
      commit_sha: row.commit_sha,
      started_at: row.started_at,
      ...(row.finished_at === null ? {} : { finished_at: row.finished_at }),
      ...(semanticVersion === undefined ? {} : { version_info: { semantic_version: semanticVersion } }),
      resource_type: 'algorithm_build' as const,
    },
  }
}

function versionOf({ major, minor, revision }: Release['row']): string | undefined {
  if (major === null || minor === null || revision === null) return undefined
  return formatVersion({ major, minor, revision })
}

async function renderDetails(details: AlgorithmDetails, html: HtmlRenderer) {
  const { label, tagline } = details
  const summary = await renderSummary(details, html)
  return {
    label: sanitizeLine(label),
    ...(summary === undefined ? {} : { summary }),
    ...(tagline === undefined ? {} : { tagline: sanitizeLine(tagline) }),
  }
}

/** A summary as it was given, unless it holds tags; without one, the README. */
async function renderSummary({ summary, readme }: AlgorithmDetails, html: HtmlRenderer): Promise<string | undefined> {
  if (summary) return hasTags(summary) ? html.render({ kind: 'html', text: summary }) : summary
  return readme ? html.render({ kind: 'markdown', text: readme }) : undefined
}
