import { join, relative } from 'node:path'
import { escapeXml } from '../protocol/xml.ts'
import type { Check } from './certify-checks.ts'

/** What `modelmart certify` found. */
export interface CertifyReport {
  /** The product's name; absent when its `product.json` could not be read. */
  readonly product?: string
  readonly certified: boolean
  /** Why there are no checks: what stopped the command before the first. */
  readonly error?: string
  readonly checks: readonly Check[]
}

/** The report as people read it: a line for each check, and what came of them. Ends with a newline. */
export function textReport({ product, certified, checks }: CertifyReport): string {
  const width = Math.max(...checks.map(({ what }) => what.length))
  const lines = checks.map(check => `${mark(check)}  ${check.what.padEnd(width)}  ${check.detail}`)
  const end = certified ? `${product} is certified.` : `${product} is not certified: mend what FAIL names.`
  return `${[...lines, end].join('\n')}\n`
}

/** The report as JSON: `{ product, certified, error?, checks: [{ what, good, warning?, detail }] }`, good null for what was not tried. */
export const jsonReport = (report: CertifyReport): string =>
  `${JSON.stringify({ ...report, checks: report.checks.map(check => ({ ...check, good: check.good ?? null })) }, undefined, 2)}\n`

/**
 * The report as JUnit XML, which CI systems show as a list of tests: a test case a check; what was not tried is skipped, a warning is what a
 * passed test printed. The elements are those that the readers of the format have in common: `testsuites`, `testsuite`, `testcase`,
 * `failure`, `error`, `skipped`, `system-out`.
 */
export function junitReport({ product = 'product', error, checks }: CertifyReport): string {
  const cases = checks.map(check => testCase(product, check.what, outcome(check)))
  if (error !== undefined) cases.push(testCase(product, 'certify', `<error message="${xml(error)}"/>`))
  const count = (test: (check: Check) => boolean) => checks.filter(test).length
  const counts = [
    `tests="${cases.length}"`,
    `failures="${count(({ good }) => good === false)}"`,
    `errors="${error === undefined ? 0 : 1}"`,
    `skipped="${count(({ good }) => good === undefined)}"`,
  ].join(' ')
  const suite = `<testsuite name="${xml(product)}" ${counts}>\n${cases.join('\n')}\n</testsuite>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="modelmart certify" ${counts}>\n${suite}\n</testsuites>\n`
}

const testCase = (product: string, name: string, inner: string): string =>
  `<testcase classname="${xml(product)}" name="${xml(name)}">${inner}</testcase>`

function outcome({ good, detail }: Check): string {
  if (good === undefined) return `<skipped message="${xml(detail)}"/>`
  return good ? `<system-out>${xml(detail)}</system-out>` : `<failure message="${xml(detail)}">${xml(detail)}</failure>`
}

/** Control characters that a container printed have no place in XML 1.0, not even escaped. */
const xml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  escapeXml(text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd'))

/**
 * The report as SARIF 2.1.0 (OASIS), which code hosts show beside the code: a result for each check that failed (`error`) or warns
 * (`warning`), at the product's `product.json`, whose path is told from `root`, the directory that the paths of the repository start at.
 */
export function sarifReport({ error, checks }: CertifyReport, directory: string, root: string): string {
  const uri = encodeURI(relative(root, join(directory, 'product.json')).replaceAll('\\', '/'))
  const locations = [{ physicalLocation: { artifactLocation: { uri, uriBaseId: '%SRCROOT%' } } }]
  const bad = checks.filter(({ good, warning }) => good === false || warning)
  const found = bad.map(({ what, good, detail }) => ({ what, level: good ? 'warning' : 'error', detail }))
  if (error !== undefined) found.push({ what: 'certify', level: 'error', detail: error })
  const results = found.map(({ what, level, detail }) => ({
    ...{ ruleId: ruleOf(what), level, message: { text: `${what}: ${detail}` }, locations },
  }))
  const rules = [...new Set(results.map(({ ruleId }) => ruleId))].map(id => ({ id }))
  const driver = { name: 'modelmart certify', rules }
  const runs = [{ tool: { driver }, invocations: [{ executionSuccessful: error === undefined }], results }]
  return `${JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs }, undefined, 2)}\n`
}

/** One rule a kind of check, so that a code host tells an old finding from a new one: names of jobs, of images and of sizes stay out. */
function ruleOf(what: string): string {
  if (/-(Training|Transform)Job$/.test(what)) return what.slice(what.lastIndexOf('-') + 1)
  if (/:certify-/.test(what)) return 'image scan'
  return what
}

const mark = ({ good, warning }: Check): string =>
  good === undefined ? '-   ' : !good ? 'FAIL' : warning ? 'warn' : 'ok  '
