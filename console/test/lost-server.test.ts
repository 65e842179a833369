import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { until } from '../../test/e2e/until.ts'
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

it('a page is there all the same when the first of what it loads was lost', async () => {
  for (const what of [
    /assets\/begin-again-/,
    /assets\/index-.*\.js$/,
    /assets\/index-.*\.css$/,
    /assets\/table-.*\.css$/,
  ]) {
    let lost = 0
    await person.page.route(what, async route => {
      if (lost++ === 0) await route.abort('connectionaborted')
      else await route.continue()
    })
    await person.page.goto('about:blank')
    await open('iam/groups')
    await hands
      .heading(/^User groups/)
      .first()
      .waitFor()
    await until(
      `${what} asked for again`,
      async () => lost,
      count => count > 1,
      10,
    )
    await person.page.unroute(what)
  }
})

it('a page whose server goes away between it and its scripts waits for the next server, and at last says so', async () => {
  const first = /assets\/index-.*\.js$/
  let goes: Promise<void> | undefined
  await person.page.route(first, async route => {
    if (goes) return route.continue()
    await person.page.waitForFunction(() => 'looks' in document.documentElement.dataset)
    goes = server.stop()
    await goes
    await route.abort('connectionrefused')
  })
  await open('iam/groups')
  await server.crash()
  await hands
    .heading(/^User groups/)
    .first()
    .waitFor()
  await person.page.unroute(first)
  await person.page.route(first, route => route.abort('connectionaborted'))
  await open('iam/groups')
  await hands.reads(/The console could not be loaded: the server does not answer\./)
  await holdsToWcag(person.page, 'a page that was not loaded')
  await person.page.unroute(first)
  await hands.follow('Load it again.')
  await hands
    .heading(/^User groups/)
    .first()
    .waitFor()
})

it('a server that dies under a page takes nothing of it: what was typed is sent to the next one', async () => {
  await open('iam/groups')
  await hands.press('Create group')
  await hands.dialog().getByLabel('Group name').fill('patient')
  await server.stop()
  await hands.submit('Create group')
  await hands
    .dialog()
    .getByText(/it is not known whether this was done\. Look whether it was done, and try again if it was not\./)
    .waitFor()
  await server.crash()
  await hands.submit('Create group')
  await hands.reads('patient is created.')
  await hands.link('patient').waitFor()
})

it('what a server has done whose answer was lost is asked for once, and the list says that it is there; what is read is asked for again', async () => {
  await open('iam/groups')
  await hands.link('patient').waitFor()
  const asked = { CreateGroup: 0, ListGroups: 0, DeleteGroup: 0 }
  await person.page.route(
    url => url.pathname === '/',
    async route => {
      const action = /Action=(CreateGroup|ListGroups|DeleteGroup)\b/.exec(
        route.request().postData() ?? '',
      )?.[1] as 'CreateGroup'
      if (action && asked[action]++ === 0) {
        await route.fetch()
        await route.abort('connectionaborted')
      } else await route.continue()
    },
  )
  await hands.press('Create group')
  await hands.dialog().getByLabel('Group name').fill('done-already')
  await hands.submit('Create group')
  await hands
    .dialog()
    .getByText(/it is not known whether this was done/)
    .waitFor()
  await person.page.getByRole('link', { name: 'done-already', exact: true, includeHidden: true }).waitFor()
  assert.equal(asked.CreateGroup, 1)
  assert.ok(asked.ListGroups > 1)
  await hands.submit('Create group')
  await hands
    .dialog()
    .getByText(/The request was refused\. .*already exists/)
    .waitFor()
  await hands.dialog().getByRole('button', { name: 'Cancel' }).click()
  await hands.link('done-already').click()
  await hands.press('Delete')
  await hands.submit('Delete')
  await hands.reads(/it is not known whether this was done/)
  await hands.reads('Connection lost')
  assert.equal(asked.DeleteGroup, 1)
  await person.page.unrouteAll()
  await open('iam/groups')
  await hands.link('patient').waitFor()
  assert.equal(await hands.link('done-already').count(), 0)
  // A form of a page stays as it is while somebody looks.
  await open('ecr/repositories/create')
  await person.page.getByLabel('Repository name').fill('kept')
  await person.page.route(
    url => url.pathname === '/',
    route => route.abort('connectionaborted'),
  )
  await person.page.locator('main').getByRole('button', { name: 'Create repository', exact: true }).click()
  const look = person.page.getByRole('link', { name: /^Look in the list/ })
  assert.match((await look.getAttribute('href')) ?? '', /\/console\/ecr\/repositories$/)
  await holdsToWcag(person.page, 'a form whose answer was lost')
  await person.page.unrouteAll()
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
