import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Clients, clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { holdsInTwoForms, holdsToWcag, openBrowser, openPerson } from './browser.ts'
import { handsOn } from './hands.ts'
import { originOf, signInLink } from './signed-in.ts'

const Password = 'correct-Horse-7'
let browser: Browser
let data: string
let server: ServerProcess
let origin: string
let home: string
let guestAccount: string
const link = () => signInLink(server, 'home')

/** Bea of `home` may switch to every role that lets her: `reader` here and `guest` of another account do, `closed` does not. */
async function makeRoles(iam: Clients['iam']): Promise<void> {
  const { User } = await iam.createUser({ UserName: 'bea' })
  await iam.createLoginProfile({ UserName: 'bea', Password })
  const Resource = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: Resource })
  await iam.putUserPolicy({ UserName: 'bea', PolicyName: 'switches', PolicyDocument })
  const lab = await server.account('lab')
  guestAccount = lab.id
  const trust = (Principal: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal } })
  const bea = trust({ AWS: User?.Arn })
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonSageMakerReadOnly'
  await iam.createRole({ RoleName: 'reader', AssumeRolePolicyDocument: bea })
  await iam.attachRolePolicy({ RoleName: 'reader', PolicyArn })
  await iam.createRole({ RoleName: 'closed', AssumeRolePolicyDocument: trust({ Service: 'sagemaker.amazonaws.com' }) })
  const other = clientsFor(server.url, lab).iam
  await other.createRole({ RoleName: 'guest', AssumeRolePolicyDocument: bea })
  await other.attachRolePolicy({ RoleName: 'guest', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
}

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-sign-in-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  origin = originOf(server)
  const account = await server.account('home')
  home = account.id
  const { iam } = clientsFor(server.url, account)
  await iam.createUser({ UserName: 'ada' })
  await iam.createLoginProfile({ UserName: 'ada', Password, PasswordResetRequired: true })
  await iam.createAccountAlias({ AccountAlias: 'the-shop' })
  await iam.updateAccountPasswordPolicy({ AllowUsersToChangePassword: true })
  await makeRoles(iam)
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

  it('is renewed after fifty minutes where somebody works, and not where nobody does', async () => {
    const { page, context } = await openPerson(browser)
    await page.clock.install()
    let renewals = 0
    page.on('request', request => {
      if (request.url().endsWith('/console-session/credentials')) renewals++
    })
    await page.goto(await link())
    await page.getByRole('link', { name: 'Training jobs', exact: true }).click()
    const refresh = async () => {
      const answered = page.waitForResponse(answer => answer.url() === `${origin}/` && answer.ok())
      await page.getByRole('button', { name: 'Refresh', exact: true }).click()
      await answered
    }
    await page.getByText('No training jobs').first().waitFor()
    assert.equal(renewals, 1)
    await page.clock.fastForward('49:00')
    await refresh()
    assert.equal(renewals, 1)
    // The page asks by itself, once a minute; that is nobody's work.
    const asked = page.waitForResponse(answer => answer.url() === `${origin}/`)
    await page.clock.fastForward('16:00')
    await asked
    assert.equal(renewals, 1)
    await refresh()
    assert.equal(renewals, 2)
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

describe('security credentials', () => {
  it('of root are keys: one is made, shown once, and deleted after a question', async () => {
    const { page, context, problems } = await openPerson(browser)
    const { button, press, reads, dialog, submit } = handsOn(page)
    await page.goto(await link())
    await button('root user @ home').click()
    await page.getByRole('menuitem', { name: 'Security credentials' }).click()
    await reads('Root has no password')
    const keys = page.getByRole('table', { name: 'Access keys' }).getByText(/^AKIA/)
    await keys.first().waitFor()
    await press('Create access key')
    await dialog().getByText('This is the only time that the secret is shown.').waitFor()
    const id = (await dialog().getByText(/^AKIA/).first().innerText()).trim()
    await submit('Close')
    await keys.nth(1).waitFor()
    await holdsInTwoForms(page, 'security credentials of root')
    await press(`Delete ${id}`)
    await submit('Delete')
    await reads(`${id} is deleted.`)
    await keys.nth(1).waitFor({ state: 'detached' })
    assert.deepEqual(problems, [])
    await context.close()
  })

  it('of a user are a password too, which the user changes', async () => {
    const { page, context, problems } = await openPerson(browser)
    const { button, fill, press, reads, dialog, submit } = handsOn(page)
    await page.goto(`${origin}/console/`)
    await fill({ 'Account name, alias or number': 'home', 'User name': 'bea', Password })
    await press('Sign in')
    await button('bea @ home').click()
    await page.getByRole('menuitem', { name: 'Security credentials' }).click()
    await press('Change password')
    await fill({ 'Current password': 'wrong', 'New password': 'x', 'Confirm new password': 'y' })
    await submit('Change password')
    await dialog().getByText('The same as above.').waitFor()
    await fill({ 'New password': `${Password}2`, 'Confirm new password': `${Password}2` })
    await submit('Change password')
    await dialog()
      .getByText(/The request was refused\./)
      .waitFor()
    await fill({ 'Current password': Password })
    await submit('Change password')
    await reads('Your password is changed.')
    await holdsInTwoForms(page, 'security credentials of a user')
    // Back to the one that the tests know.
    await press('Change password')
    await fill({ 'Current password': `${Password}2`, 'New password': Password, 'Confirm new password': Password })
    await submit('Change password')
    await dialog().waitFor({ state: 'detached' })
    assert.deepEqual(problems, [])
    await context.close()
  })
})

describe('Switch role', () => {
  it('gives a role’s permissions, here and in another account, until one switches back; a trust policy that says no is told', async () => {
    const { page, newTab, context, problems } = await openPerson(browser)
    const { button, fill, press, reads, choose } = handsOn(page)
    const choosesOf = async (menu: string, item: string) => {
      await button(menu).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await page.goto(`${origin}/console/`)
    await fill({ 'Account name, alias or number': 'the-shop', 'User name': 'bea', Password })
    await press('Sign in')
    await choosesOf('bea @ home', 'Switch Role')
    await page.getByLabel('Account ID').fill('12')
    await press('Switch Role')
    await page.locator('[data-field="roleName"]').getByText('The name without its ARN').last().waitFor()
    await fill({ 'Account ID': 'nobody-here', 'IAM role name': 'closed' })
    await press('Switch Role')
    await reads('No account goes by this alias.')
    await page.getByLabel('Account ID').fill('the-shop')
    await press('Switch Role')
    await reads(/The request was refused\..*is not authorized to perform: sts:AssumeRole.*Request ID/)
    await holdsInTwoForms(page, 'a role that is refused')
    await fill({ 'Account ID': home, 'IAM role name': 'reader' })
    await page.getByLabel(/^Display name/).fill('Looks only')
    await choose('Display color', 'Red')
    await press('Switch Role')
    await button('Looks only').waitFor()
    await holdsInTwoForms(page, 'home, as a role')
    await page.goto(`${origin}/console/sagemaker/jobs`)
    await reads('No training jobs')
    await page.locator('[data-role-color="red"]').waitFor()
    const other = await newTab()
    await other.goto(`${origin}/console/switch-role?account=${guestAccount}&roleName=guest`)
    await other.getByRole('button', { name: 'Switch Role', exact: true }).click()
    // The first tab has the role of the other account too: its users are seen, its jobs are not.
    await button(`guest @ ${guestAccount}`).waitFor()
    await reads(/assumed-role\/guest\/bea is not authorized to perform: sagemaker:ListTrainingJobs/)
    await page.goto(`${origin}/console/iam/users`)
    await reads('No users')
    await choosesOf(`guest @ ${guestAccount}`, 'Switch back')
    await reads(/user\/bea is not authorized to perform: iam:ListUsers/)
    await button('bea @ home').click()
    await page.getByRole('menuitem', { name: 'Looks only' }).click()
    await reads('You have the role Looks only now.')
    const held = await page.evaluate(() => JSON.stringify({ ...localStorage }))
    assert.doesNotMatch(held, /ASIA|[sS]ecret|[tT]oken/)
    await choosesOf('Looks only', 'Sign out')
    await other.getByRole('button', { name: 'Sign in' }).waitFor()
    assert.deepEqual(problems, [])
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

  it('loads no more than its budget at first: 320 kB of script and 60 kB of style', async t => {
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
    await context.close()
  })
})
