import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { apiBench } from './api.bench.ts'
import { asyncOverCrashesBench } from './async-over-crashes.bench.ts'
import type { Bench, Figure, Skipped } from './bench.ts'
import { certificationBench } from './certification.bench.ts'
import { endpointUpdatesBench } from './endpoint-updates.bench.ts'
import { eventsBench } from './events.bench.ts'
import { growthBench } from './growth.bench.ts'
import { invokeBench } from './invoke.bench.ts'
import { invokeBesideBench } from './invoke-beside.bench.ts'
import { largeTransformBench } from './large-transform.bench.ts'
import { listsBench } from './lists.bench.ts'
import { logsBench } from './logs.bench.ts'
import { manyNodesBench } from './many-nodes.bench.ts'
import { marketHistoryBench } from './market-history.bench.ts'
import { marketSearchBench } from './market-search.bench.ts'
import { meteringBench } from './metering.bench.ts'
import { neighbourBench } from './neighbour.bench.ts'
import { podStartBench } from './pod-start.bench.ts'
import { postgresBench } from './postgres.bench.ts'
import { queueBench } from './queue.bench.ts'
import { registryBench } from './registry.bench.ts'
import { replicasBench } from './replicas.bench.ts'
import { document, table } from './report.ts'
import { s3Bench } from './s3.bench.ts'
import { searchIndexBench } from './search-index.bench.ts'
import { createStage } from './stage.ts'
import { startBench } from './start.bench.ts'
import { transformBench } from './transform.bench.ts'
import { tuningBench } from './tuning.bench.ts'
import { usageBench } from './usage.bench.ts'

const benches: readonly Bench[] = [
  startBench,
  invokeBench,
  invokeBesideBench,
  endpointUpdatesBench,
  asyncOverCrashesBench,
  transformBench,
  largeTransformBench,
  queueBench,
  certificationBench,
  podStartBench,
  manyNodesBench,
  apiBench,
  postgresBench,
  meteringBench,
  replicasBench,
  listsBench,
  logsBench,
  eventsBench,
  neighbourBench,
  s3Bench,
  registryBench,
  marketSearchBench,
  searchIndexBench,
  marketHistoryBench,
  growthBench,
  tuningBench,
  usageBench,
]

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.filter(name => !benches.some(bench => bench.name === name))
if (unknown.length > 0) {
  const names = benches.map(({ name }) => name).join(' ')
  process.stderr.write(`No bench is called ${unknown.join(', ')}. Usage: npm run bench -- [--full] [${names}]\n`)
  process.exit(2)
}

/** One bench that fails does not keep the others from running. */
async function attempt(bench: Bench): Promise<readonly (Figure | Skipped)[]> {
  try {
    return await bench.run(stage)
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`)
    process.exitCode = 1
    return [{ work: bench.name, skipped: `failed: ${(error as Error).message.slice(0, 200)}` }]
  }
}

const stage = await createStage(values.full)
const figures: (Figure | Skipped)[] = []
try {
  for (const bench of benches) {
    if (positionals.length > 0 && !positionals.includes(bench.name)) continue
    process.stderr.write(`${bench.name} …\n`)
    const found = await attempt(bench)
    figures.push(...found)
    process.stderr.write(`${table(found)}\n\n`)
  }
  process.stdout.write(`${table(figures)}\n`)
  // A part of the benches does not replace what all of them found.
  if (positionals.length === 0) await writeFile(new URL('results.md', import.meta.url), await document(figures))
} finally {
  await stage.close()
}
process.exit()
