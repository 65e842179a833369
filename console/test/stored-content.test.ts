import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Browser } from 'playwright-core'
import { clientsFor, region } from '../../demo/clients.ts'
import { type Credentials, type ServerProcess, startServer } from '../../demo/server-process.ts'
import { openBrowser, type Person } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

/** What a stored page would do if it ran: it says so, and asks for the keys of who looks at it. */
const attack = `
  document.title = 'it runs'
  fetch('/console-session/credentials', {
    method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'x-modelmart-console': '1' },
  }).then(answer => answer.text()).then(text => { document.title = text })`
const html = `<!doctype html><title>a page</title><body>read me<script>${attack}</script><img src=x onerror="document.title='it runs'">`
const svg = `<svg xmlns="http://www.w3.org/2000/svg"><title>a logo</title><text y="20">read me</text><script>${attack}</script></svg>`

let browser: Browser
let data: string
let server: ServerProcess
let account: Credentials & { id: string }
let person: Person

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-stored-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  account = await server.account('home')
  const { s3 } = clientsFor(server.url, account)
  await s3.createBucket({ Bucket: 'stored' })
  await s3.deletePublicAccessBlock({ Bucket: 'stored' })
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::stored/*' },
  })
  await s3.putBucketPolicy({ Bucket: 'stored', Policy })
  await s3.putObject({ Bucket: 'stored', Key: 'page.html', Body: html, ContentType: 'text/html' })
  await s3.putObject({ Bucket: 'stored', Key: 'logo.svg', Body: svg, ContentType: 'image/svg+xml' })
  await s3.putObject({ Bucket: 'stored', Key: 'guess', Body: html, ContentType: 'text/plain' })
  browser = await openBrowser()
  person = await openSignedIn(browser, server, 'home')
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

const presigned = (Key: string, more: object = {}): Promise<string> =>
  getSignedUrl(
    new S3Client({ endpoint: originOf(server), region, credentials: account, forcePathStyle: true }),
    new GetObjectCommand({ Bucket: 'stored', Key, ...more }),
  )

describe('what is stored, opened by whoever is signed in to the console', () => {
  const documents: readonly (readonly [what: string, url: () => string | Promise<string>])[] = [
    ['a page that everybody may read', () => `${originOf(server)}/stored/page.html`],
    ['a picture with a script', () => `${originOf(server)}/stored/logo.svg`],
    ['a text that looks like a page', () => `${originOf(server)}/stored/guess`],
    ['a presigned link to a page', () => presigned('page.html')],
    ['a presigned link that makes a page of a text', () => presigned('guess', { ResponseContentType: 'text/html' })],
  ]
  for (const [what, url] of documents)
    it(`runs nothing: ${what}`, async () => {
      const page = await person.newTab()
      const answer = await page.goto(await url())
      assert.equal(answer?.status(), 200)
      await page.getByText('read me').waitFor()
      await page.waitForLoadState('networkidle')
      assert.doesNotMatch(await page.title(), /it runs|secretAccessKey/)
      await page.close()
    })

  it('and is nobody to the console, even if it asked: its origin is none', async () => {
    const page = await person.newTab()
    await page.goto(`${originOf(server)}/stored/page.html`)
    // As the debugger, which runs where scripts may not.
    assert.equal(await page.evaluate(() => window.origin), 'null')
    await page.close()
  })
})

describe('a page of another origin, opened by whoever is signed in', () => {
  const elsewhere = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>elsewhere</title>')
  })
  before(async () => {
    elsewhere.listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
  })
  after(() => elsewhere.close())

  for (const host of ['127.0.0.1', 'localhost'])
    it(`gets no keys and signs nobody out: ${host}, another port`, async () => {
      const evil = await person.newTab()
      await evil.goto(`http://${host}:${(elsewhere.address() as AddressInfo).port}/`)
      const outcomes = await evil.evaluate(async to => {
        const own = { 'content-type': 'application/json', 'x-modelmart-console': '1' }
        const attempts: [string, RequestInit][] = [
          ['credentials', { method: 'POST', body: '{}', headers: own }],
          ['credentials', { method: 'POST', body: '{}', mode: 'no-cors' }],
          ['', { method: 'DELETE', body: '{}', headers: own }],
          ['', { method: 'GET' }],
        ]
        const ask = ([path, attempt]: [string, RequestInit]) =>
          fetch(`${to}/console-session/${path}`, { ...attempt, credentials: 'include' }).then(
            answer => `${answer.type} ${answer.status}`,
            () => 'refused',
          )
        return Promise.all(attempts.map(ask))
      }, originOf(server))
      assert.deepEqual(outcomes, ['refused', 'opaque 0', 'refused', 'refused'])
      // A form needs no leave of scripts.
      await evil.evaluate(to => {
        document.body.innerHTML = `<form method="post" action="${to}/console-session/credentials" enctype="text/plain"><input name="{}"></form>`
        document.forms[0]?.submit()
      }, originOf(server))
      await evil.getByText('ForeignRequest').waitFor()
      await evil.close()
      await person.page.reload()
      await person.page.getByRole('button', { name: /root user @ home/ }).waitFor()
    })
})
