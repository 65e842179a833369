import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { type Deviation, writeProduct } from './certify-product.ts'
import { type PresentEngine, presentEngines } from './engines.ts'
import { openWorld, type World } from './world.ts'

interface Report {
  readonly product?: string
  readonly certified: boolean
  readonly error?: string
  readonly checks: readonly {
    readonly what: string
    readonly good: boolean | null
    readonly detail: string
    readonly warning?: true
  }[]
}

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const run = promisify(execFile)

/** Runs `modelmart certify` in a process of its own, against the world's server. */
async function certify({ server, engine }: World, directory: string, ...flags: string[]): Promise<Outcome> {
  const words = ['certify', directory, '--data', server.data, ...flags]
  const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}` }
  return run(process.execPath, [program, ...words], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  )
}

/** Products that break a rule each, and what the report must say of it. */
const bad: Readonly<Record<string, Deviation & { what: string | RegExp; says: RegExp; flags?: string[] }>> = {
  silent: {
    flags: ['--startup-seconds', '5'],
    dockerfile: ['ENV PROBE_MODE=never-ping'],
    ...{ what: '/ping', says: /GET \/ping on port 8080 did not answer 200 within 5 s.*no answer after \d+ ms/ },
  },
  writer: {
    program: {
      serve: ['print(f', "open('/opt/ml/model/cache', 'w')\nprint(f"],
    },
    ...{ what: 'read-only model directory', says: /Read-only file system: '\/opt\/ml\/model\/cache'/ },
  },
  mistaken: {
    answers: ['application/json'],
    ...{ what: 'text/csv to application/json', says: /^text\/csv, 8 bytes.*promises application\/json/ },
  },
  caller: {
    program: {
      serve: [
        'print(f',
        "import socket\ntry:\n    socket.getaddrinfo('example.com', 443)\nexcept OSError:\n    pass\nprint(f",
      ],
    },
    ...{ what: 'no network use', says: /look-up of a name|address outside/ },
  },
}

// One engine is enough: what differs between engines is behind the driver, and its tests run on all.
const [engine] = (await presentEngines()) as [PresentEngine]

describe('modelmart certify', { timeout: 300_000 }, () => {
  let world: World
  const at = () => world
  before(async () => {
    world = await openWorld(engine, 'contract-probe')
  })
  after(async () => {
    await world?.close()
    const images = ['good', 'brought', 'untrained', 'stubborn', 'twin', ...Object.keys(bad)].map(
      name => `modelmart-certify-${name}:latest`,
    )
    for (const image of images) await run(engine.engine, ['rmi', image]).catch(() => undefined)
  })

  describe('tests', { concurrency: true }, () => {
    it('certifies a product that keeps the rules, tells each check, and what it does meanwhile', async () => {
      const product = await writeProduct(at().engine, 'good', {})
      try {
        const { code, out, err } = await certify(at(), product.path, '--account', 'good', '--json')
        const report: Report = JSON.parse(out)
        assert.deepEqual([code, report.certified], [0, true], out)
        assert.deepEqual(
          report.checks.filter(({ good }) => good !== true),
          [],
        )
        const whats = report.checks.map(({ what }) => what)
        for (const what of [
          ...['image size', 'probe-TrainingJob', 'probe-TransformJob', 'metric accuracy', 'largest batch payload'],
          ...['endpoint', 'start-up', 'port 8080', '/ping time', 'text/csv to text/csv', 'largest real-time payload'],
          ...['no network use', 'shutdown', 'read-only model directory'],
        ])
          assert.ok(whats.includes(what), `${what} is not among ${whats.join(', ')}`)
        const detail = (name: string) => report.checks.find(({ what }) => what === name)?.detail ?? ''
        assert.match(detail('largest batch payload'), /^2\.00 MiB: Completed/)
        assert.match(detail('largest real-time payload'), /^6\.00 MiB: answered/)
        assert.match(detail('start-up'), /answered 200 \d+\.\d s after/)
        for (const line of ['running probe-TrainingJob', '  | accuracy=0.9;', 'deploying, as a buyer would'])
          assert.ok(err.includes(line), err)
      } finally {
        await product.remove()
      }
    })

    it('certifies a model package that brings its model, and finds it gone where it is named', async () => {
      const product = await writeProduct(at().engine, 'brought', { modelPackage: true })
      try {
        const { code, out } = await certify(at(), product.path, '--account', 'brought', '--json')
        const report: Report = JSON.parse(out)
        assert.deepEqual([code, report.certified], [0, true], out)
        const whats = report.checks.map(({ what }) => what)
        assert.ok(
          ['probe-TransformJob', 'largest batch payload', 'endpoint'].every(what => whats.includes(what)),
          out,
        )
        assert.ok(!whats.some(what => /Training|metric/.test(what)), out)
        await rm(join(product.path, 'model.tar.gz'))
        const missing = await certify(at(), product.path, '--account', 'brought')
        assert.equal(missing.code, 1)
        assert.match(missing.err, /there is no .*model\.tar\.gz, which Model\.Artifact names/)
      } finally {
        await product.remove()
      }
    })

    for (const [name, { what, says, flags = [], ...deviation }] of Object.entries(bad))
      it(`tells what is wrong with a product: ${name}`, async () => {
        const product = await writeProduct(at().engine, name, deviation)
        try {
          const { code, out } = await certify(at(), product.path, '--account', name, '--json', '--strict', ...flags)
          const report: Report = JSON.parse(out)
          assert.deepEqual([code, report.certified], [1, false], out)
          const check = report.checks.find(check => check.what === what)
          assert.ok(check, out)
          assert.equal(check.good, false)
          assert.match(check.detail, says)
        } finally {
          await product.remove()
        }
      })

    it('warns of a container that SIGTERM does not end, and certifies it', async () => {
      const serve = ['lambda *_: os._exit(0)', "lambda *_: 'SAGEMAKER_BATCH' in os.environ and os._exit(0)"] as const
      const product = await writeProduct(at().engine, 'stubborn', { program: { serve } })
      try {
        const { code, out } = await certify(at(), product.path, '--account', 'stubborn', '--json')
        const report: Report = JSON.parse(out)
        assert.deepEqual([code, report.certified], [0, true], out)
        const warned = report.checks.filter(({ warning }) => warning)
        assert.deepEqual(
          warned.map(({ what }) => what),
          ['shutdown'],
        )
        assert.match(warned[0]?.detail ?? '', /SIGTERM did not end it within 30 s/)
      } finally {
        await product.remove()
      }
    })

    it('tests the image that it has built, also while another is built and pushed to the same repository', async () => {
      const good = await writeProduct(at().engine, 'twin', {})
      const spoilt = await writeProduct(at().engine, 'twin', {
        program: { train: ['accuracy={given', 'imprecision={given'] },
      })
      try {
        const outcomes = await Promise.all(
          [good, spoilt].map(({ path }) => certify(at(), path, '--account', 'twin', '--json')),
        )
        const [one, other] = outcomes.map(({ out }): Report => JSON.parse(out)) as [Report, Report]
        assert.deepEqual([one.certified, other.certified], [true, true], outcomes.map(({ out }) => out).join())
        const metricOf = ({ checks }: Report) => checks.find(({ what }) => what === 'metric accuracy')
        // AWS certifies an algorithm without looking at what it prints.
        assert.deepEqual([metricOf(one)?.warning, metricOf(other)?.warning], [undefined, true])
        assert.match(metricOf(other)?.detail ?? '', /no line of the log matches/)
      } finally {
        await good.remove()
        await spoilt.remove()
      }
    })

    it('takes an image that is there already, and names the time that a training has used up', async () => {
      const product = await writeProduct(at().engine, 'standing', {
        hyperParameters: { mode: 'slow', seconds: '600' },
        maxRuntimeInSeconds: 3,
      })
      try {
        const missing = await certify(at(), product.path, '--account', 'standing', '--image', 'nobody/has:it')
        assert.equal(missing.code, 1)
        assert.match(missing.err, /has no image nobody\/has:it/)
        await rm(join(product.path, 'container'), { recursive: true })
        const words = ['--account', 'standing', '--json', '--image', at().image]
        const { out } = await certify(at(), product.path, ...words)
        const report: Report = JSON.parse(out)
        const training = report.checks.find(({ what }) => what === 'probe-TrainingJob')
        assert.match(training?.detail ?? '', /took longer than its MaxRuntimeInSeconds, 3, and was stopped/)
      } finally {
        await product.remove()
      }
    })

    it('reports as text for people, and as JSON also when it cannot begin', async () => {
      const hyperParameters = { mode: 'exit', code: '1', message: 'the data is spoilt' }
      const product = await writeProduct(at().engine, 'untrained', { hyperParameters })
      try {
        const [junit, sarif] = [join(product.path, 'junit.xml'), join(product.path, 'certify.sarif')]
        const files = ['--junit', junit, '--sarif', sarif]
        const told = await certify(at(), product.path, '--account', 'untrained', ...files)
        assert.equal(told.code, 1)
        assert.match(
          await readFile(junit, 'utf8'),
          /name="probe-TrainingJob"><failure message="AlgorithmError: the data/,
        )
        assert.equal(JSON.parse(await readFile(sarif, 'utf8')).runs[0].results[0].ruleId, 'TrainingJob')
        assert.match(told.out, /^ok {4}image size +\d+\.\d MB compressed$/m)
        assert.match(told.out, /^FAIL {2}probe-TrainingJob +AlgorithmError: the data is spoilt, exit code: 1/m)
        assert.match(told.out, /^- {5}probe-TransformJob +NotStarted$/m)
        assert.match(told.out, /untrained is not certified: mend what FAIL names\.\n$/)
      } finally {
        await product.remove()
      }
      const { code, out, err } = await certify(at(), '/nowhere', '--json')
      const report: Report = JSON.parse(out)
      assert.deepEqual([code, report.certified], [1, false])
      assert.match(report.error ?? '', /There is no \/nowhere\/product\.json/)
      assert.match(err, /^modelmart certify: There is no/)
    })
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
