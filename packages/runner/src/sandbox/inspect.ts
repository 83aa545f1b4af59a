/**
 * What this machine gives the sandbox, one line for each protection: for `algorist doctor` and for the start of the runner.
 * The lines come from the files in inspect/; a new check is added there and to one list here.
 */
import type { RunnerOptions } from '../options.ts'
import { chooseGroups } from './groups/choose.ts'
import { type BuildSources, checkBuildAllow } from './inspect/build-allow.ts'
import { type Check, failed, namesOfFailed } from './inspect/check.ts'
import { checkKernel, checkUids, checkUserNamespaces, checkWayHome } from './inspect/host.ts'
import { checkIsolation, skipIsolation } from './inspect/isolation.ts'
import { checkGroups, checkLimits, skipLimits } from './inspect/limits.ts'
import { checkNetworks } from './inspect/networks.ts'
import { checkGit, checkPrograms, SANDBOX_PROGRAMS } from './inspect/programs.ts'
import { checkTemplates } from './inspect/templates.ts'

export type { Check } from './inspect/check.ts'

export interface InspectOptions
  extends Pick<RunnerOptions, 'home' | 'uidBase' | 'sandbox' | 'groups' | 'network' | 'zygotes'> {
  /** Adds a line about what builds reach; it takes looking names up. */
  readonly builds?: BuildSources
}

/** Checks everything that the sandbox rests on, with real sandboxes. */
export async function inspectSandbox(options: InspectOptions): Promise<Check[]> {
  if (options.sandbox === 'trusted') return [trusted]
  const { home, uidBase } = options
  const needed = [
    ...(await checkPrograms(SANDBOX_PROGRAMS)),
    await checkWayHome(home, uidBase),
    await checkUserNamespaces(),
  ]
  const missing = namesOfFailed(needed)
  const groups = await chooseGroups(options.groups)
  try {
    const place = { home, uid: uidBase, groups }
    const isolation = missing.length > 0 ? skipIsolation(missing) : await checkIsolation(place)
    const broken = [...missing, ...namesOfFailed(isolation.checks).filter((name) => name === 'isolation')]
    const limits = broken.length > 0 ? skipLimits(broken) : await checkLimits(place)
    const networks = await checkNetworks({ ...place, network: options.network }, broken)
    return [
      ...needed,
      await checkGit(),
      checkUids(uidBase, isolation.uidSeen),
      ...isolation.checks,
      checkGroups(groups),
      ...limits,
      ...networks,
      await checkTemplates(options.zygotes ?? 'off', place, broken),
      ...(options.builds === undefined ? [] : [await checkBuildAllow(options.network, options.builds)]),
      await checkKernel(),
    ]
  } finally {
    await groups.close()
  }
}

const trusted = failed(
  'sandbox',
  'Algorithms and builds run without a sandbox, because the "trusted code only" setting is on.',
  'Remove the setting unless you wrote all of the code.',
)
