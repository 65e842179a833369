import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { holdsToWcag, openBrowser, type Person } from './browser.ts'
import { type Hands, handsOn } from './hands.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let browser: Browser
let data: string
let server: ServerProcess
let person: Person
let hands: Hands
let account: Awaited<ReturnType<ServerProcess['account']>>

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-lost-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  account = await server.account('home')
  browser = await openBrowser()
  person = await openSignedIn(browser, server, 'home')
  hands = handsOn(person.page)
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

const open = (path: string) => person.page.goto(`${originOf(server)}/console/${path}`)

it('a browser that says it is offline reads the pages of a server that it reaches', async () => {
  await open('iam/groups')
  await person.page.evaluate(() => window.dispatchEvent(new Event('offline')))
  await person.page.getByRole('link', { name: 'Training jobs', exact: true }).click()
  await person.page.getByText('No training jobs').first().waitFor()
  await person.page.evaluate(() => window.dispatchEvent(new Event('online')))
})

it('a page whose scripts were lost on the way, as when a network of the machine comes or goes, is there all the same', async () => {
  await open('iam/groups')
  let lost = 0
  await person.page.route(/policies-page/, async route => {
    if (lost++ === 0) await route.abort('connectionaborted')
    else await route.continue()
  })
  await person.page.getByRole('link', { name: 'Policies', exact: true }).click()
  await hands
    .heading(/^Policies/)
    .first()
    .waitFor()
  assert.ok(lost > 1)
  await person.page.unroute(/policies-page/)
})

it('a server that dies under a page takes nothing of it: what was typed is sent to the next one', async () => {
  await open('iam/groups')
  await hands.press('Create group')
  await hands.dialog().getByLabel('Group name').fill('patient')
  await server.stop()
  await hands.submit('Create group')
  await hands
    .dialog()
    .getByText(/The server cannot be reached\. Check that it runs, and try again\./)
    .waitFor()
  await server.crash()
  await hands.submit('Create group')
  await hands.reads('patient is created.')
  await hands.link('patient').waitFor()
})

it('one that is killed and comes back finds the same person signed in, and a page that goes on', async () => {
  await open('iam/groups')
  await hands.link('patient').waitFor()
  await server.crash()
  await hands.press('Refresh')
  await hands.link('patient').click()
  await hands.heading('patient').waitFor()
  await person.page.reload()
  await hands.heading('patient').waitFor()
})

it('who asks too often is told to wait, and goes on when they may', async () => {
  await server.stop()
  const slow = await startServer({
    ...{ data, engineSocket: 'unix:///nobody', port: Number(new URL(server.url).port) },
    flags: ['--account-rate', '1'],
  })
  // A program of the same account that never stops asking.
  const { iam } = clientsFor(server.url, account)
  let asks = true
  const program = Array.from({ length: 4 }, async () => {
    while (asks) await iam.listUsers({}).catch(() => {})
  })
  const refusal = person.page.getByText('Throttling').first()
  do {
    await open('iam/users')
    await refusal.or(person.page.getByText('No users').first()).first().waitFor()
  } while (!(await refusal.isVisible()))
  await hands.reads(/Wait a moment and try again\./)
  await hands.reads(/Request ID: /)
  await holdsToWcag(person.page, 'a list that was asked for too often')
  asks = false
  await Promise.all(program)
  await slow.stop()
  await server.crash()
  await person.page.reload()
  await hands.reads('No users')
})

it('does nothing against the page’s policy', () => {
  assert.deepEqual(person.problems, [])
})
