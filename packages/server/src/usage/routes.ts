/** HTTP of usage: reports of administrators, cost rates and quotas. Governance reports are in governance-routes.ts. */
import { getCostRates, setCostRates } from '@algorist/contract/operations/governance.ts'
import { getQuotas, setQuotas } from '@algorist/contract/operations/quotas.ts'
import {
  listLegacyAlgorithms,
  reportAlgorithmUsage,
  reportExactUsage,
  reportUsage,
  reportUserUsage,
} from '@algorist/contract/operations/usage.ts'
import { type App, type OperationRequest, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import { wantsCsv } from './csv.ts'
import { csvReply } from './csv-reply.ts'
import * as legacy from './legacy.ts'
import * as quotaRules from './quota-rules.ts'
import * as rates from './rates.ts'
import * as reports from './reports.ts'

export function usageRoutes(app: App, services: Services): void {
  serve(app, reportUsage, (request) => answer(services, reports.CALLS_REPORT, request, showRounded))
  serve(app, reportExactUsage, (request) => answer(services, reports.EXACT_REPORT, request, showExact))
  serve(app, reportAlgorithmUsage, (request) => answer(services, reports.ALGORITHMS_REPORT, request, showRounded))
  serve(app, reportUserUsage, (request) => answer(services, reports.USERS_REPORT, request, showRounded))
  serve(app, listLegacyAlgorithms, async () => ({ results: await legacy.listLegacyAlgorithms(services) }))
  serve(app, getCostRates, () => rates.readRates(services))
  serve(app, setCostRates, ({ body }) => rates.setRates(services, body))
  serve(app, getQuotas, ({ caller, params }) => quotaRules.getQuotas(services, caller, params))
  serve(app, setQuotas, ({ caller, params, body }) => quotaRules.setQuotas(services, caller, params, body))
}

type ReportOperation = typeof reportUsage

async function answer(
  services: Services,
  kind: reports.ReportKind,
  { query, target, header }: Pick<OperationRequest<ReportOperation>, 'query' | 'target' | 'header'>,
  show: (row: reports.ReportRow) => object,
) {
  if (wantsCsv({ format: query.format, accept: header('accept') })) {
    const heading = kind.columns.map(([name]) => name)
    return csvReply(heading, reports.readWholeReport(services, kind, { query, target }))
  }
  const { rows, nextMarker } = await reports.readReport(services, kind, { query, target })
  return { results: rows.map(show), next_marker: nextMarker }
}

/** More members than any one report has; the contract picks. */
function showRounded({ line: { measures }, ...row }: reports.ReportRow) {
  return {
    ...namesOf(row),
    total_calls: String(measures.calls),
    total_errors: measures.errors,
    total_error_duration: measures.rounded_error_seconds,
    total_duration: measures.rounded_seconds,
  }
}

function showExact({ line: { measures }, ...row }: reports.ReportRow) {
  return {
    ...namesOf(row),
    algorithm_id: row.algorithmId,
    total_calls: String(measures.calls),
    total_errors: measures.errors,
    wait_microseconds: measures.wait_us,
    start_microseconds: measures.start_us,
    run_microseconds: measures.run_us,
    error_run_microseconds: measures.error_run_us,
    cpu_microseconds: measures.cpu_us,
    peak_memory_bytes: measures.peak_memory_bytes,
    input_bytes: measures.input_bytes,
    answer_bytes: measures.answer_bytes,
  }
}

function namesOf({ algorithm, caller, version, owner, machineType }: Omit<reports.ReportRow, 'line'>) {
  return {
    algorithm_called: algorithm,
    caller,
    algorithm_version: version,
    algorithm_owner: owner,
    machine_type: machineType,
  }
}
