import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readXmlDocument } from '../protocol/xml-reader.ts'
import type { Check } from './certify-checks.ts'
import { type CertifyReport, jsonReport, junitReport, sarifReport, textReport } from './certify-report.ts'

const checks: readonly Check[] = [
  { what: 'image size', good: true, detail: '93.6 MB compressed' },
  { what: 'iris-TrainingJob', good: false, detail: 'AlgorithmError: <no> "data" & no file, exit code: 1' },
  { what: 'iris-TransformJob', good: undefined, detail: 'NotStarted' },
  { what: 'start-up', good: true, warning: true, detail: '240 s' },
]
const failed: CertifyReport = { product: 'Iris', certified: false, checks }
const stopped: CertifyReport = { certified: false, error: 'There is no product.json.', checks: [] }

interface Sarif {
  readonly version: string
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
    readonly invocations: readonly { readonly executionSuccessful: boolean }[]
    readonly results: readonly {
      readonly ruleId: string
      readonly level: string
      readonly message: { readonly text: string }
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } }
      }[]
    }[]
  }[]
}

const sarif = (report: CertifyReport, directory = '/srv/products/iris') =>
  (JSON.parse(sarifReport(report, directory, '/srv')) as Sarif).runs[0] as Sarif['runs'][number]

test('people read a line a check, and what came of them', () => {
  assert.equal(
    textReport(failed),
    [
      'ok    image size         93.6 MB compressed',
      'FAIL  iris-TrainingJob   AlgorithmError: <no> "data" & no file, exit code: 1',
      '-     iris-TransformJob  NotStarted',
      'warn  start-up           240 s',
      'Iris is not certified: mend what FAIL names.\n',
    ].join('\n'),
  )
})

test('what was not tried is null in JSON, neither good nor bad', () => {
  const { certified, checks } = JSON.parse(jsonReport(failed))
  assert.equal(certified, false)
  assert.deepEqual(
    checks.map(({ good }: Check) => good),
    [true, false, null, true],
  )
})

test('a CI system reads a test case a check from the JUnit report', async () => {
  const { name, value } = await readXmlDocument(Buffer.from(junitReport(failed)))
  assert.equal(name, 'testsuites')
  const { testsuite } = value as { testsuite: Record<string, unknown> }
  const { tests, failures, errors, skipped } = testsuite
  assert.deepEqual([tests, failures, errors, skipped], ['4', '1', '0', '1'])
  const message = 'AlgorithmError: <no> "data" & no file, exit code: 1'
  assert.deepEqual(
    (testsuite.testcase as object[]).map(element => ({ ...element })),
    [
      { classname: 'Iris', name: 'image size', 'system-out': '93.6 MB compressed' },
      { classname: 'Iris', name: 'iris-TrainingJob', failure: { message, '#text': message } },
      { classname: 'Iris', name: 'iris-TransformJob', skipped: { message: 'NotStarted' } },
      { classname: 'Iris', name: 'start-up', 'system-out': '240 s' },
    ].map(element => assertable(element)),
  )
})

/** The reader's objects have no prototype. */
const assertable = (element: Record<string, unknown>): object =>
  Object.fromEntries(
    Object.entries(element).map(([key, value]) => [
      key,
      typeof value === 'object' ? Object.assign(Object.create(null), value) : value,
    ]),
  )

test('a run that never came to its checks is an error, in both', async () => {
  const { value } = await readXmlDocument(Buffer.from(junitReport(stopped)))
  const { testsuite } = value as { testsuite: { errors: string; testcase: { error: { message: string } } } }
  assert.deepEqual([testsuite.errors, testsuite.testcase.error.message], ['1', 'There is no product.json.'])
  const { invocations, results } = sarif(stopped)
  assert.deepEqual(invocations, [{ executionSuccessful: false }])
  assert.deepEqual([results[0]?.level, results[0]?.message.text], ['error', 'certify: There is no product.json.'])
})

test('a code host finds what failed and what warns beside product.json', () => {
  const { tool, results } = sarif(failed)
  assert.deepEqual(
    results.map(({ ruleId, level }) => [ruleId, level]),
    [
      ['TrainingJob', 'error'],
      ['start-up', 'warning'],
    ],
  )
  assert.deepEqual(
    tool.driver.rules.map(({ id }) => id),
    ['TrainingJob', 'start-up'],
  )
  const at = (report: CertifyReport, directory?: string) =>
    sarif(report, directory).results[0]?.locations[0]?.physicalLocation.artifactLocation.uri
  assert.equal(at(failed), 'products/iris/product.json')
  assert.equal(at(failed, '/srv/my products'), 'my%20products/product.json')
})

test('whatever a container prints, the reports stay well formed', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 50 })
  const check = fc.record({ what: text, good: fc.constantFrom(true, false, undefined), detail: text })
  const report = fc.record({ product: text, certified: fc.boolean(), checks: fc.array(check, { maxLength: 4 }) })
  await fc.assert(
    fc.asyncProperty(report, async drawn => {
      await readXmlDocument(Buffer.from(junitReport(drawn)))
      const bad = drawn.checks.filter(({ good }) => good === false)
      assert.equal(sarif(drawn).results.length, bad.length)
      assert.equal(JSON.parse(jsonReport(drawn)).checks.length, drawn.checks.length)
    }),
  )
})
