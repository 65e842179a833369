import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { environmentOf, type OpenCluster, openCluster } from './test-cluster.ts'

// `npm run test:kubernetes [FILE …]`: the tests on a cluster; with `--keep`, a cluster to work with until it is interrupted.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { keep: { type: 'boolean' }, 'test-name-pattern': { type: 'string' } },
})
const say = (line: string) => process.stderr.write(`test:kubernetes: ${line}\n`)
const interrupted = new Promise<number>(resolve => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve(130))
})

const cluster = await openCluster()
if ('missing' in cluster)
  say(`SKIPPED, nothing was tested: no KUBECONFIG is given, and none can be made, since ${cluster.missing}`)
else
  try {
    process.exitCode = await (values.keep ? keep(cluster) : Promise.race([interrupted, runTests(cluster)]))
  } finally {
    await cluster.close()
  }

async function keep(cluster: OpenCluster): Promise<number> {
  for (const [name, value] of Object.entries(environmentOf(cluster)))
    process.stdout.write(`export ${name}='${value?.replace(process.env.PATH ?? '', "'$PATH'")}'\n`)
  await interrupted
  return 0
}

async function runTests(cluster: OpenCluster): Promise<number> {
  const files = positionals.length > 0 ? positionals : globSync(new URL('*.test.ts', import.meta.url).pathname)
  const pattern = values['test-name-pattern']
  const flags = ['--test', '--test-concurrency=1', '--test-timeout=1200000']
  const child = spawn(process.execPath, [...flags, ...(pattern ? [`--test-name-pattern=${pattern}`] : []), ...files], {
    env: { ...process.env, ...environmentOf(cluster) },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return code ?? 1
}
