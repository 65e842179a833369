import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { type PageName, patterns } from '../src/route/path-table.ts'
import { holdsInTwoForms, openBrowser, type Person, walkerOf } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let browser: Browser
let data: string
let server: ServerProcess
let person: Person

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-pages-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  await server.account('home')
  browser = await openBrowser()
  person = await openSignedIn(browser, server, 'home')
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

const names = (Object.keys(patterns) as PageName[]).filter(name => name !== 'signIn')
const tabs = 2

/** Every page of the path table, in an account that has nothing, some side by side: a page that is new is here by itself. */
describe('an empty account, on every page of the console', { concurrency: tabs }, () => {
  for (let tab = 0; tab < tabs; tab++)
    describe(`${tab + 1}`, { concurrency: 1 }, () => {
      let page: Page
      let walker: ReturnType<typeof walkerOf>
      before(async () => {
        page = await person.newTab()
        walker = walkerOf(page)
        await page.goto(`${originOf(server)}/console/`)
        await page.locator('main').getByRole('heading').first().waitFor()
      })
      for (const name of names.filter((_, index) => index % tabs === tab))
        it(`reads what to do, or why there is nothing: ${patterns[name]}`, async () => {
          await walker.to(`/console${patterns[name].replaceAll(/:\w+/g, 'nothing-here')}`)
          await page.locator('main').getByText(/\w/).first().waitFor()
          assert.equal(await page.getByText('This page broke').count(), 0)
          await holdsInTwoForms(page, patterns[name])
          assert.deepEqual(person.problems, [])
        })
    })
})
