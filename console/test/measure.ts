import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { fillMarket } from '../../bench/market-listings.ts'
import { clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { openBrowser } from './browser.ts'
import { openSignedIn, originOf, signInLink } from './signed-in.ts'

/**
 * Measures what the console is to hold, once, and judges nothing: `node console/test/measure.ts`, or some of `shop`, `log`, `upload` after it, on a quiet machine after
 * `npm run console:build`. `aws` is looked for in the path.
 */
const listings = 10_000
const rounds = 10
const follows = { seconds: 30, linesPerSecond: 1000 }
const uploadMiB = 64

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
const say = (what: string, value: string): void => void process.stdout.write(`${what.padEnd(60)} ${value}\n`)

/** What the browser itself has seen: when something was painted first, how long inputs waited, how long it was busy without a pause. */
interface Seen {
  readonly firstContent: number
  readonly inputs: readonly number[]
  readonly longTasks: readonly number[]
}

const watch = (): void => {
  const seen = { inputs: [] as number[], longTasks: [] as number[] }
  Object.assign(window, { seen })
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) seen.inputs.push(duration)
  }).observe({ type: 'event', buffered: true, durationThreshold: 16 } as PerformanceObserverInit)
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) seen.longTasks.push(duration)
  }).observe({ type: 'longtask', buffered: true })
}

const seenOn = (page: Page): Promise<Seen> =>
  page.evaluate(() => ({
    ...(window as unknown as { seen: Omit<Seen, 'firstContent'> }).seen,
    firstContent: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  }))

/** The shop, cold: what is loaded, when something stands there, and how long the first letters of a search wait. */
async function measureShop(browser: Browser, server: ServerProcess): Promise<void> {
  const contents: number[] = []
  const inputs: number[] = []
  const bytes = { script: 0, stylesheet: 0 }
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await page.goto(await signInLink(server, 'home'))
    await page.getByRole('heading', { name: 'Get started as a seller' }).waitFor()
    await page.close()
    // A tab of its own: nothing of it is in memory; the cache is turned off.
    const shop = await context.newPage()
    const client = await context.newCDPSession(shop)
    await client.send('Network.enable')
    await client.send('Network.setCacheDisabled', { cacheDisabled: true })
    const sum = { Script: 0, Stylesheet: 0 }
    client.on('Network.responseReceived', ({ type, response }) => {
      if (type === 'Script' || type === 'Stylesheet') sum[type] += Number(response.headers['content-length'] ?? 0)
    })
    await shop.addInitScript(watch)
    await shop.goto(`${originOf(server)}/console/marketplace/search`)
    await shop.getByRole('heading', { name: /products$/ }).waitFor()
    await shop.getByLabel('Search AWS Marketplace products').pressSequentially('w1 w2', { delay: 100 })
    await shop.waitForLoadState('networkidle')
    const seen = await seenOn(shop)
    contents.push(seen.firstContent)
    inputs.push(Math.max(0, ...seen.inputs))
    Object.assign(bytes, { script: sum.Script, stylesheet: sum.Stylesheet })
    await context.close()
  }
  say('shop: script, compressed as it is sent', `${(bytes.script / 1000).toFixed(0)} kB (goal 320)`)
  say('shop: style', `${(bytes.stylesheet / 1000).toFixed(0)} kB (goal 60)`)
  say(`shop: first content, median of ${rounds}`, `${median(contents).toFixed(0)} ms (goal 1500)`)
  say('shop: the longest wait of an input, median', `${median(inputs).toFixed(0)} ms (goal 200)`)
}

/** A page that follows a log of a thousand lines a second: what it has at the end, and its longest task. */
async function measureFollowing(browser: Browser, server: ServerProcess, account: Account): Promise<void> {
  const { logs } = clientsFor(server.url, account)
  const names = { logGroupName: '/measured', logStreamName: 'one' }
  await logs.createLogGroup({ logGroupName: names.logGroupName })
  await logs.createLogStream(names)
  const { page, context } = await openSignedIn(browser, server, 'home')
  await page.addInitScript(watch)
  const group = `${originOf(server)}/console/cloudwatch/log-groups/${encodeURIComponent(names.logGroupName)}`
  await page.goto(`${group}?stream=${names.logStreamName}`)
  await page.getByText('No lines yet.').waitFor()
  let put = 0
  const began = performance.now()
  while (put < follows.seconds * follows.linesPerSecond) {
    const due = Math.floor(((performance.now() - began) / 1000) * follows.linesPerSecond)
    const logEvents = Array.from({ length: Math.min(due - put, 5000) }, (_, at) => ({
      ...{ timestamp: Date.now(), message: `line ${put + at} of a container that says a good deal of what it does` },
    }))
    if (logEvents.length > 0) await logs.putLogEvents({ ...names, logEvents })
    put += logEvents.length
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  await page
    .getByRole('log')
    .getByText(`line ${put - 1} of`)
    .waitFor()
  const counted = await page.getByText(/^\d+ lines$/).innerText()
  const { longTasks } = await seenOn(page)
  say('log: lines put and followed', `${put}; the page says ${counted}`)
  say('log: longest task while following', `${Math.max(0, ...longTasks).toFixed(0)} ms (goal 200)`)
  await context.close()
}

/** A file by the console's upload and by the AWS CLI. */
async function measureUpload(browser: Browser, server: ServerProcess, account: Account, place: string): Promise<void> {
  const { s3 } = clientsFor(server.url, account)
  await s3.createBucket({ Bucket: 'measured' })
  const file = join(place, 'large.bin')
  await writeFile(file, randomBytes(uploadMiB * 1024 ** 2))
  const env = {
    ...{ ...process.env, AWS_ACCESS_KEY_ID: account.accessKeyId, AWS_SECRET_ACCESS_KEY: account.secretAccessKey },
    ...{ AWS_ENDPOINT_URL: server.url, AWS_DEFAULT_REGION: 'us-east-1' },
  }
  const cli: number[] = []
  const console: number[] = []
  const { page, context } = await openSignedIn(browser, server, 'home')
  for (let round = 0; round < 3; round++) {
    const began = performance.now()
    await promisify(execFile)('aws', ['s3', 'cp', '--quiet', file, `s3://measured/cli-${round}`], { env })
    cli.push(performance.now() - began)
    await page.goto(`${originOf(server)}/console/s3/buckets/measured?prefix=${round}%2F`)
    await page.getByRole('button', { name: 'Upload', exact: true }).first().click()
    await page.getByRole('dialog').locator('input[type="file"]').first().setInputFiles(file)
    const pressed = performance.now()
    await page.getByRole('dialog').getByRole('button', { name: 'Upload', exact: true }).click()
    await page.getByText('One file is uploaded.').first().waitFor()
    console.push(performance.now() - pressed)
  }
  await context.close()
  const ratio = median(console) / median(cli)
  say(
    `upload of ${uploadMiB} MiB: console, aws s3 cp`,
    `${median(console).toFixed(0)} ms, ${median(cli).toFixed(0)} ms`,
  )
  say('upload: console / aws s3 cp', `${ratio.toFixed(2)} (goal 2)`)
}

type Account = Awaited<ReturnType<ServerProcess['account']>>

const data = await mkdtemp(join(tmpdir(), 'modelmart-console-measure-'))
await mkdir(data, { recursive: true })
const store = await openSqliteStore(dataDirectory(data).database)
await fillMarket(store, listings)
await store.close()
const server = await startServer({ data, engineSocket: 'unix:///nobody' })
const browser = await openBrowser()
try {
  const account = await server.account('home')
  const works = {
    shop: () => measureShop(browser, server),
    log: () => measureFollowing(browser, server, account),
    upload: () => measureUpload(browser, server, account, data),
  }
  const asked = process.argv.slice(2)
  for (const [name, work] of Object.entries(works)) if (asked.length === 0 || asked.includes(name)) await work()
} finally {
  await browser.close()
  await server.stop()
  await rm(data, { recursive: true })
}
