import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { holdsToWcag, openBrowser, openPerson } from './browser.ts'
import { originOf, signInLink } from './signed-in.ts'

const Password = 'correct-Horse-7'
let browser: Browser
let data: string
let server: ServerProcess
let origin: string
const link = () => signInLink(server, 'home')

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-sign-in-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  origin = originOf(server)
  const { iam } = clientsFor(server.url, await server.account('home'))
  await iam.createUser({ UserName: 'ada' })
  await iam.createLoginProfile({ UserName: 'ada', Password, PasswordResetRequired: true })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

describe('the sign-in page', () => {
  it('takes the link that `modelmart console` prints, once, and leaves it in no address', async () => {
    const { page, context, problems } = await openPerson(browser)
    const url = await link()
    await page.goto(url)
    await page.getByRole('heading', { name: 'Get started as a seller' }).waitFor()
    await page.waitForURL(new URL('/console/', url).href)
    await holdsToWcag(page, 'home')
    await page.goto('about:blank')
    await page.goto(url)
    await page.getByText('This link was used before').waitFor()
    await holdsToWcag(page, 'a used link')
    assert.deepEqual(problems, [])
    await context.close()
  })

  it('takes account, user and password, says what is wrong, and has a new password chosen where one is wanted', async () => {
    const { page, context, problems } = await openPerson(browser)
    await page.goto(`${origin}/console/sagemaker/jobs`)
    const signIn = page.getByRole('button', { name: 'Sign in' })
    await page.getByLabel('Account name, alias or number').fill('home')
    await page.getByLabel('User name').fill('ada')
    await page.getByLabel('Password', { exact: true }).fill('wrong')
    await holdsToWcag(page, 'sign-in')
    await signIn.click()
    await page.getByText('Account, user name or password is wrong.').waitFor()
    await page.getByLabel('Password', { exact: true }).fill(Password)
    await signIn.click()
    await page.getByLabel('New password').fill('another-Horse-8')
    await signIn.click()
    // Where the person wanted to go; what ada may not see, IAM says.
    await page.getByText('is not authorized to perform: sagemaker:ListTrainingJobs').waitFor()
    await page.getByText('Ask an administrator of the account').waitFor()
    await page.waitForURL(/\/console\/sagemaker\/jobs$/)
    assert.deepEqual(problems, [])
    await context.close()
  })
})

describe('a session', () => {
  it('is kept by a reload, and its keys and cookie are out of the reach of scripts', async () => {
    const { page, context } = await openPerson(browser)
    await page.goto(await link())
    await page.getByRole('button', { name: /root user @ home/ }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: /root user @ home/ }).waitFor()
    const held = await page.evaluate(() =>
      JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
    )
    assert.doesNotMatch(held, /ASIA|modelmart-/)
    const [cookie] = await context.cookies(`${origin}/console-session/`)
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, 'Strict', '/console-session/'])
    await context.close()
  })

  it('ends in every tab at once', async () => {
    const { page, newTab, context } = await openPerson(browser)
    await page.goto(await link())
    await page.getByRole('button', { name: /root user @ home/ }).click()
    const other = await newTab()
    await other.goto(`${origin}/console/sagemaker/jobs`)
    await other.getByText('No training jobs').first().waitFor()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    for (const tab of [page, other]) await tab.getByRole('button', { name: 'Sign in' }).waitFor()
    await context.close()
  })
})

describe('the frame', () => {
  it('is dark, compact and of another region where one wants it, and stays so', async () => {
    const { page, context, problems } = await openPerson(browser)
    await page.goto(await link())
    const settings = page.getByRole('button', { name: 'Settings' })
    await settings.click()
    await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click()
    await settings.click()
    await page.getByRole('menuitemcheckbox', { name: 'Compact' }).click()
    await page.reload()
    await page.locator('body.awsui-dark-mode.awsui-compact-mode').waitFor()
    await page.getByRole('button', { name: /^Region/ }).click()
    await page.getByRole('menuitemcheckbox', { name: 'eu-west-1' }).click()
    await page.waitForURL(/\?region=eu-west-1$/)
    await page.getByRole('link', { name: 'Training jobs' }).click()
    await page.getByText('No training jobs').first().waitFor()
    await page.waitForURL(/\/sagemaker\/jobs\?region=eu-west-1$/)
    await holdsToWcag(page, 'an empty list, dark')
    assert.deepEqual(problems, [])
    await context.close()
  })

  it('fits a phone, and says so where there is no page', async () => {
    const { page, context, problems } = await openPerson(browser, { viewport: { width: 375, height: 800 } })
    await page.goto(await link())
    await page.getByRole('heading', { name: 'Get started as a seller' }).waitFor()
    for (const path of ['', 'sagemaker/jobs', 'sagemaker/jobs/create', 'nothing/here']) {
      await page.goto(`${origin}/console/${path}`)
      await page.getByRole('button', { name: 'Open navigation' }).waitFor()
      await page.locator('main').getByText(/\w/).first().waitFor()
      await holdsToWcag(page, `${path} on a phone`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      assert.equal(wide, 0, `${path} is wider than a phone`)
    }
    await page.getByText('There is no such page').first().waitFor()
    assert.deepEqual(problems, [])
    await context.close()
  })

  it('loads no more than its budget: 320 kB of script and 60 kB of style at first, 150 kB of script more for a page', async t => {
    const sizesOf = (page: Page) => {
      const sizes = { js: 0, css: 0 }
      const first = new Set<string>()
      page.on('response', response => {
        const url = response.url()
        const kind = url.slice(url.lastIndexOf('.') + 1)
        if (!url.includes('/console/assets/') || (kind !== 'js' && kind !== 'css') || first.has(url)) return
        first.add(url)
        sizes[kind] += Number(response.headers()['content-length'])
      })
      return sizes
    }
    const isWithin = ({ js, css }: { js: number; css: number }, what: string) => {
      assert.ok(js > 100_000 && js < 320_000, `${js} bytes of script for ${what}`)
      assert.ok(css > 20_000 && css < 60_000, `${css} bytes of style for ${what}`)
      t.diagnostic(`${what} at first: ${js} bytes of script, ${css} of style`)
    }
    const { page, context } = await openPerson(browser)
    const sizes = sizesOf(page)
    await page.goto(await link())
    await page.getByRole('heading', { name: 'Get started as a seller' }).waitFor()
    isWithin(sizes, 'the first page')
    const shopper = await openPerson(browser, { storageState: await context.storageState() })
    const shop = sizesOf(shopper.page)
    await shopper.page.goto(`${origin}/console/marketplace/search`)
    await shopper.page.getByText('No products').waitFor()
    isWithin(shop, 'the shop')
    await shopper.context.close()
    const visit = async (path: string) => {
      const before = sizes.js
      await page.goto(`${origin}/console/${path}`)
      await page.locator('main').getByRole('button').first().waitFor()
      await page.waitForLoadState('networkidle')
      assert.ok(sizes.js - before < 150_000, `${sizes.js - before} bytes of script for ${path}`)
      t.diagnostic(`${path}: ${sizes.js - before} bytes of script more`)
    }
    await visit('marketplace/subscriptions')
    for (const path of ['jobs', 'jobs/create', 'endpoints', 'models/create', 'transform-jobs/create'])
      await visit(`sagemaker/${path}`)
    await context.close()
  })
})
