import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { importCircles, importsOf, isTestSupport, loadedBy, partOf, source } from './source-imports.ts'

/** The house, top to bottom: a part may import from its own and from those below, never from beside or above. */
const layers: readonly (readonly string[])[] = [
  ['main'],
  ['server'],
  ['peers'],
  ['maintenance', 'platform'],
  ['cli'],
  ['config', 'operator'],
  ['console'],
  ['invoke'],
  ['gateway'],
  ['protocol'],
  ['autoscaling'],
  ['sagemaker'],
  ['runtime'],
  ['marketplace'],
  ['events'],
  ['s3', 'ecr', 'logs', 'metrics', 'audit'],
  ['sns'],
  ['kms'],
  ['iam'],
  ['workload', 'scan'],
  ['delivery'],
  ['reconcile', 'outgoing', 'pattern', 'schedule', 'quotas'],
  ['service'],
  ['driver'],
  ['store'],
  ['model'],
  ['ground'],
]

/** Run by themselves, not in the server: a script in the probe container, looks for programs on the PATH, and workers. */
const ownProcess = ['driver/isolation-attempts.ts', 'driver/firewall.ts', 'ground/command.ts', 'invoke/worker.ts']

const layerOf = (part: string): number => layers.findIndex(layer => layer.includes(part))
const files = globSync(`${source}**/*.ts`).filter(file => !isTestSupport(file))

function violations(file: string): string[] {
  const from = partOf(file)
  return importsOf(file)
    .filter(path => partOf(path) !== from && layerOf(partOf(path)) <= layerOf(from))
    .map(path => `${relative(source, file)} imports ${relative(source, path)}`)
}

test('imports point down the house', () => {
  assert.ok(files.length > 200)
  const unknown = [...new Set(files.map(partOf))].filter(part => layerOf(part) < 0)
  assert.deepEqual(unknown, [], 'a part that the house does not know')
  assert.deepEqual(files.flatMap(violations), [])
})

test('no imports run in a circle, not even of types, nor among tests, benches and the set-up', () => {
  const everything = globSync(join(source, '../{src,bench,test,demo,setup,examples,bin}/**/*.{ts,mjs}'))
  assert.ok(everything.length > files.length + 200)
  assert.deepEqual(importCircles(everything), [])
})

test('what serves tests is beside what it serves, and nothing of the product imports it', () => {
  const importers = files.filter(file => importsOf(file).some(isTestSupport))
  assert.deepEqual(
    importers.map(file => relative(source, file)),
    [],
  )
})

test('only the composition root reads flags and environment', () => {
  const inside = files.filter(file => partOf(file) !== 'main' && !ownProcess.includes(relative(source, file)))
  const readers = inside.filter(file => /process\.(env|argv)\b/.test(readFileSync(file, 'utf8')))
  assert.deepEqual(
    readers.map(file => relative(source, file)),
    [],
  )
})

test('every operation is a function of its input and its context: none is made by a function of something else', () => {
  const makers = files.filter(file => /\): (Readonly<)?(Op|Operations?)</.test(readFileSync(file, 'utf8')))
  assert.deepEqual(
    makers.map(file => relative(source, file)),
    [],
  )
})

/** Parts that speak with the machine itself; everything else takes time, delays, ids and chance from the ground, where a simulation can give them. */
const beyondTheSeams = ['main', 'server', 'cli', 'gateway', 'driver']
/** The seams themselves, waits for a lock of another process, names of files, and a thread of its own. */
const seams = [
  'ground/clock.ts',
  'ground/randomness.ts',
  'store/sqlite-driver.ts',
  'store/file-blobs.ts',
  's3/hash-thread.ts',
]

test('below the seams nothing asks the machine for time, delays, ids or chance', () => {
  const inside = files.filter(file => !beyondTheSeams.includes(partOf(file)) && !seams.includes(relative(source, file)))
  const asks =
    /Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\(|randomUUID|randomBytes|randomInt|getRandomValues|(?<!socket\.)setTimeout|setInterval/
  const askers = inside.filter(file => asks.test(readFileSync(file, 'utf8')))
  assert.deepEqual(
    askers.map(file => relative(source, file)),
    [],
  )
})

/** What starts programs from the server itself, which stands still meanwhile: that by which others are, workers, and who hands a socket back. */
const starters = [
  'ground/command.ts',
  'ground/command-process.ts',
  'invoke/worker-process.ts',
  'driver/door-listener.ts',
]

test('the server starts no program but by the process that does it for it', () => {
  const ofTheServer = files.filter(
    file => !/^(cli|driver\/kubernetes|driver\/isolation|driver\/suite)/.test(relative(source, file)),
  )
  const found = ofTheServer.filter(file => /from 'node:child_process'/.test(readFileSync(file, 'utf8')))
  assert.deepEqual(
    found.map(file => relative(source, file)).filter(file => !starters.includes(file)),
    [],
  )
})

/** What a worker for invocations is made of; of metrics only how values are gathered. */
const workerParts = [
  ...['gateway', 'ground', 'iam', 'invoke', 'metrics', 'model', 'protocol', 'quotas', 'runtime', 'service', 'workload'],
]
const workerModules = [
  ...[
    'buffer',
    'crypto',
    'events',
    'fs',
    'fs/promises',
    'http',
    'module',
    'net',
    'os',
    'path',
    'stream',
    'stream/promises',
  ],
  ...['timers/promises', 'tls', 'util', 'v8', 'zlib'],
].map(name => `node:${name}`)

/** What is of SQLite alone: the store's own tests, databases of others, and the simulation, whose time no database of another process has. */
const onSqliteAlone = /^(src\/(store|scan)\/|src\/s3\/damaged-row\.test\.ts$|test\/simulation\/)/

test('tests open the rows wherever they are, so that all of them run on PostgreSQL too', () => {
  const root = join(source, '..')
  const tests = globSync(['{src,console/src,console/test}/**/*.{test,fixture}.ts', 'test/**/*.ts'], { cwd: root })
  const opening = tests.filter(
    file =>
      !onSqliteAlone.test(file) && /from '(\S*\/sqlite\.ts|node:sqlite)'/.test(readFileSync(join(root, file), 'utf8')),
  )
  assert.deepEqual(opening, [])
})

test('a reconciler writes by transactions, which a server that was given up for dead cannot commit', () => {
  const alone = /store\.db\s*\.(updateTable|insertInto|deleteFrom)/
  const writers = files.filter(file => /\.reconcile\.ts$/.test(file) && alone.test(readFileSync(file, 'utf8')))
  assert.deepEqual(writers, [])
})

test('a worker for invocations holds no database and none of the control plane', () => {
  const { files, modules } = loadedBy(join(source, 'invoke/worker.ts'))
  assert.ok(files.size > 50, `it loads ${files.size} files only`)
  assert.deepEqual(
    [...files].map(partOf).filter(part => !workerParts.includes(part)),
    [],
  )
  assert.deepEqual(
    [...files].map(file => relative(source, file)).filter(file => /^metrics\//.test(file)),
    ['metrics/metric-bucket.ts'],
  )
  const control =
    /^iam\/(iam|identity|credential|session|sts)|gateway\/(gateway|recording|server-metrics)|runtime\/async/
  assert.deepEqual(
    [...files].map(file => relative(source, file)).filter(file => control.test(file)),
    [],
  )
  const packages = ['undici', '@smithy/core/cbor', '@smithy/eventstream-codec']
  assert.deepEqual(
    [...modules].filter(name => ![...workerModules, ...packages].includes(name)),
    [],
  )
})

/** These write files of workloads to the machine of the server; another workspace would stand beside them. */
const directories = 'sagemaker/directory/'

test('the command line begins with what every command needs; the rest is loaded by the command that is run', () => {
  const { files } = loadedBy(join(source, 'main.ts'), true)
  assert.deepEqual([...new Set([...files].map(partOf))].sort(), ['cli', 'config', 'main'])
})

test('where files of workloads lie is known to the directory workspace alone, and a disk to those who stand on it', () => {
  const named = (pattern: RegExp) =>
    files.filter(file => pattern.test(readFileSync(file, 'utf8'))).map(file => relative(source, file))
  assert.deepEqual(named(/\bwork(load)?Directory\b/).sort(), [
    'store/data-directory.ts',
    'workload/directory-workspace.ts',
  ])
  const disk = /from 'node:fs|workload\/(directory-workspace|volume|writable-view|own-directory|training-files)\.ts'/
  const writers = named(disk).filter(file => file.startsWith('sagemaker/'))
  assert.ok(writers.length > 3)
  assert.deepEqual(
    writers.filter(file => !file.startsWith(directories)),
    [],
  )
  const inside = (file: string) => relative(source, file).startsWith(directories)
  const builders = files.filter(file => !inside(file) && importsOf(file).some(inside))
  assert.deepEqual(
    builders.map(file => relative(source, file)),
    ['platform.ts'],
  )
})

/** They tell how long something took. */
const tellers = ['test/boundaries.test.ts', 'test/e2e/chaos-storm.ts', 'test/simulation/main.ts']

test('no test holds a stopwatch: time belongs to the benches, a test counts steps or waits for a state', () => {
  const tests = globSync(join(source, '../{src,test}/**/*.ts')).filter(
    file => isTestSupport(file) || file.includes('/test/'),
  )
  const stopwatch = /performance\.now\(|\.cpuUsage\(|hrtime|Date\.now\(\) - [a-z]/i
  const holders = tests.filter(file => stopwatch.test(readFileSync(file, 'utf8')))
  assert.deepEqual(holders.map(file => relative(join(source, '..'), file)).sort(), tellers)
})

/** Of Node's own modules, what came after the oldest Node that the set-up has to run on (Node.js documentation, "Added in"). */
const laterThanNode20 = ['glob', 'globSync', 'matchesGlob', 'findPackageJSON', 'registerHooks', 'stripTypeScriptTypes']

test('what runs on the machine’s own Node before ours is there asks for nothing that Node 20 lacks', () => {
  const asked = globSync(join(source, '../{setup,bin}/*.mjs')).flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(/^import \{([^}]*)\} from 'node:/gm)].flatMap(([, names = '']) =>
      names.split(',').map(name => [relative(source, file), name.trim().split(' as ')[0]] as const),
    ),
  )
  assert.ok(asked.length > 30)
  assert.deepEqual(
    asked.filter(([, name]) => laterThanNode20.includes(name as string)),
    [],
  )
})
