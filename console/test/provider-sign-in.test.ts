import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { type Clients, clientsFor } from '../../demo/clients.ts'
import { freePort } from '../../demo/free-port.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { type IdentityProvider, openIdentityProvider } from '../../test/parity/identity-provider.ts'
import { holdsInTwoForms, openBrowser, openPerson, type Person } from './browser.ts'
import { handsOn } from './hands.ts'
import { operatorClients, operatorLink, originOf } from './signed-in.ts'

const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
let browser: Browser
let data: string
let server: ServerProcess
let provider: IdentityProvider
let operator: Person
/** Of the account `home`, which trusts the provider. */
let role: string
let second: string
let operatorsProvider: string

const Name = 'Example Organisation'
const people = {
  ada: { email: 'ada@example.com', groups: ['ml-buyers'] },
  eva: { email: 'eva@example.com', groups: ['ml-labs', 'ml-buyers'] },
  tom: { groups: ['staff'] },
}
const signInAs = async (page: Page, name: string) => {
  await page.goto(`${originOf(server)}/console/sagemaker/jobs`)
  await page.getByRole('button', { name: `Sign in with ${Name}` }).click()
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in there' }).click()
}

/** The provider as an account makes it: its ARN. */
async function trustedBy({ iam }: Pick<Clients, 'iam'>): Promise<string> {
  const made = await iam.createOpenIDConnectProvider({
    ...{ Url: provider.issuer, ClientIDList: ['console'], ThumbprintList: [provider.thumbprint] },
  })
  return made.OpenIDConnectProviderArn ?? ''
}

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-provider-'))
  const port = await freePort()
  provider = await openIdentityProvider({ people, places: [`http://127.0.0.1:${port}/console/sign-in`] })
  server = await startServer({ data, port, engineSocket: 'unix:///nobody', flags: ['--openid-hosts', 'localhost'] })
  const home = clientsFor(server.url, await server.account('home'))
  const { iam } = home
  const Federated = await trustedBy(home)
  const statement = {
    ...{ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' },
    Principal: { Federated },
    Condition: { StringEquals: { [`${provider.name}:aud`]: 'console' } },
  }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  role = (await iam.createRole({ RoleName: 'buyers', AssumeRolePolicyDocument })).Role?.Arn ?? ''
  second = (await iam.createRole({ RoleName: 'labs', AssumeRolePolicyDocument })).Role?.Arn ?? ''
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonSageMakerFullAccess'
  await iam.attachRolePolicy({ RoleName: 'buyers', PolicyArn })
  browser = await openBrowser()
  operator = await openPerson(browser)
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await provider?.close()
  await rm(data, { recursive: true })
})

it('the operator names a provider of the organisation, and which group has which role', async () => {
  const { page } = operator
  const { press, submit, reads, dialog, fill } = handsOn(page)
  await page.goto(await operatorLink(server))
  await page
    .getByText('There is no account beside')
    .or(page.getByRole('heading', { name: 'Welcome' }))
    .first()
    .waitFor()
  const arn = await trustedBy(await operatorClients(server))
  operatorsProvider = arn
  await page.goto(`${originOf(server)}/console/operator/sign-in`)
  await reads('No sign-in providers')
  await press('Add sign-in provider')
  await press('Add group')
  await dialog().getByRole('button', { name: 'Remove', exact: true }).last().click()
  await submit('Add sign-in provider')
  await reads('Each row has a group of its own and the ARN of a role.')
  await fill({ 'Provider name': Name, 'OpenID Connect provider ARN': arn, 'Client ID': 'another' })
  await dialog()
    .getByLabel(/^Client secret/)
    .fill('of the console')
  await dialog()
    .getByRole('textbox', { name: /Group$/ })
    .fill('ml-buyers')
  await dialog()
    .getByRole('textbox', { name: /Role ARN$/ })
    .fill(role)
  await submit('Add sign-in provider')
  await reads(/another is no client of .*Request ID/)
  await holdsInTwoForms(page, 'a sign-in provider that is refused')
  await fill({ 'Client ID': 'console' })
  await submit('Add sign-in provider')
  await reads(`People sign in by ${Name} from now on.`)
  await page.getByRole('row', { name: new RegExp(`ml-buyers: ${role}`) }).waitFor()
  await holdsInTwoForms(page, 'sign-in providers')
  // Nobody is shown the secret, and a change without one leaves it.
  await page.getByRole('radio', { name: `Select ${Name}` }).check()
  await press('Actions')
  await page.getByRole('menuitem', { name: 'Change sign-in provider' }).click()
  await reads('The one that is kept stays where none is given.')
  assert.equal(
    await dialog()
      .getByLabel(/^Client secret/)
      .inputValue(),
    '',
  )
  await submit('Change sign-in provider')
  await dialog().waitFor({ state: 'detached' })
  assert.deepEqual(operator.problems, [])
})

it('somebody signs in there and goes on where they wanted to, as their group’s role', async () => {
  const { page, context, problems } = await openPerson(browser, { ignoreHTTPSErrors: true })
  await page.goto(`${originOf(server)}/console/`)
  await page.getByRole('button', { name: `Sign in with ${Name}` }).waitFor()
  await holdsInTwoForms(page, 'a sign-in page with a provider')
  await signInAs(page, 'ada')
  await page.getByRole('button', { name: 'ada@example.com @ home' }).waitFor()
  await page.getByRole('heading', { name: 'Get started as a seller' }).waitFor()
  assert.equal(new URL(page.url()).search, '')
  await page.goto(`${originOf(server)}/console/sagemaker/jobs`)
  await page.getByText('No training jobs').first().waitFor()
  await page.reload()
  await page.getByText('No training jobs').first().waitFor()
  // What the role may not, IAM says.
  await page.goto(`${originOf(server)}/console/iam/users`)
  await page.getByText('is not authorized to perform: iam:ListUsers').first().waitFor()
  const held = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]))
  assert.doesNotMatch(held, /modelmart-|state|code|verifier/)
  await page.getByRole('button', { name: 'ada@example.com @ home' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: `Sign in with ${Name}` }).waitFor()
  assert.deepEqual(problems, [])
  await context.close()
})

it('who is in the groups of two roles chooses one; the operator has set them from a shell', async () => {
  const roles = ['--role', `ml-buyers=${role}`, '--role', `ml-labs=${second}`]
  const set = ['--provider', operatorsProvider, '--client', 'console', ...roles, '--data', data]
  await promisify(execFile)(process.execPath, [program, 'sign-in-provider', 'add', Name, ...set])
  const { page, context, problems } = await openPerson(browser, { ignoreHTTPSErrors: true })
  await signInAs(page, 'eva')
  await page.getByRole('radio', { name: /^buyers/ }).waitFor()
  await holdsInTwoForms(page, 'a choice among roles')
  await page.getByRole('radio', { name: /^labs/ }).check()
  await page.getByRole('button', { name: 'Sign in with this role' }).click()
  await page.getByText('assumed-role/labs/eva@example.com').first().waitFor()
  assert.deepEqual(problems, [])
  await context.close()
})

it('who has no role is told why, and an answer is good for one browser and once', async () => {
  const { page, context, problems } = await openPerson(browser, { ignoreHTTPSErrors: true })
  await signInAs(page, 'tom')
  await page.getByText('none of your groups has a role here').waitFor()
  await holdsInTwoForms(page, 'somebody without a role')
  await page.goto(`${originOf(server)}/console/sign-in?code=stolen&state=stolen`)
  await page.getByText('This sign-in was finished before, took too long, or was begun in another browser').waitFor()
  assert.equal(new URL(page.url()).search, '')
  assert.deepEqual(problems, [])
  await context.close()
})
