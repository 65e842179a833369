import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { ServiceQuotas } from '@aws-sdk/client-service-quotas'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { holdsInTwoForms, holdsToWcag, openBrowser, openPerson, type Person } from './browser.ts'
import { openSignedIn, operatorLink, originOf, signInLink } from './signed-in.ts'

let browser: Browser
let data: string
let server: ServerProcess
let person: Person
let page: Page

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-operator-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  browser = await openBrowser()
  person = await openPerson(browser)
  page = person.page
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

const open = (path: string) => page.goto(`${originOf(server)}/console/operator/${path}`)
const dialog = () => page.getByRole('dialog')
const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
const submit = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
const told = (words: string) => page.getByText(words).first().waitFor()

it('an empty installation opens on what to do first: accounts, products, and who one wants to be', async () => {
  await page.goto(await operatorLink(server))
  await page.getByText('There is no account beside the operator’s yet.').waitFor()
  await page.getByText('modelmart examples publish').waitFor()
  await holdsInTwoForms(page, 'the first page of an empty installation')
  await press('Create account')
  await dialog().getByLabel('Account name').fill('two words')
  await submit('Create account')
  await dialog().getByText('1 to 64 letters, digits, dots').first().waitFor()
  await dialog().getByLabel('Account name').fill('operator')
  await submit('Create account')
  await dialog()
    .getByText(/There is an account named operator .*Request ID/)
    .waitFor()
  await dialog().getByLabel('Account name').fill('shop')
  await submit('Create account')
  await told('shop is created.')
  await page.getByRole('button', { name: 'shop', exact: true }).waitFor()
  // Without an engine nothing can be built: the page says so, and goes on where it was after a reload.
  await page.getByRole('button', { name: /^Products/ }).click()
  await page
    .getByRole('option', { name: /^iris-trees/ })
    .first()
    .click()
  await page.keyboard.press('Escape')
  await press('Fill this market')
  await told('Example products are on their way.')
  await page.getByText('Not every product has come into the shop').waitFor()
  await page.reload()
  await page.getByText('Not every product has come into the shop').waitFor()
  await page.getByRole('region', { name: 'Progress' }).getByText(/\w/).first().waitFor()
  await holdsInTwoForms(page, 'a market that could not be filled')
})

it('an account is disabled: its keys and sessions are refused at once, also in a browser; enabled, it has all that it had', async () => {
  const { s3, sts } = clientsFor(server.url, await server.account('closed'))
  await s3.createBucket({ Bucket: 'kept' })
  const { Credentials } = await sts.getSessionToken({})
  assert.ok(Credentials)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken: sessionToken } = Credentials
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken }
  const temporary = clientsFor(server.url, { id: '', ...keys }).sts
  await temporary.getCallerIdentity({})
  const other = await openSignedIn(browser, server, 'closed')
  const link = await signInLink(server, 'closed')
  const act = async (verb: string) => {
    await open('accounts')
    await page.getByRole('radio', { name: 'Select closed' }).check()
    await press('Actions')
    await page.getByRole('menuitem', { name: verb }).click()
    await submit(verb)
  }
  await act('Disable')
  await told('closed is disabled.')
  await assert.rejects(s3.listBuckets({}), { name: 'InvalidAccessKeyId' })
  await assert.rejects(temporary.getCallerIdentity({}), { name: 'InvalidClientTokenId' })
  await other.page.goto(`${originOf(server)}/console/s3/buckets`)
  await other.page.getByText('Sign in').first().waitFor()
  await other.page.goto(link)
  await other.page.getByText('The operator of this installation has disabled the account.').waitFor()
  await page.getByRole('row', { name: /closed.*Disabled/ }).waitFor()
  await holdsInTwoForms(page, 'accounts, one of them disabled')
  await act('Enable')
  await told('closed is enabled.')
  assert.deepEqual(
    (await s3.listBuckets({})).Buckets?.map(({ Name }) => Name),
    ['kept'],
  )
  await temporary.getCallerIdentity({})
  assert.deepEqual(other.problems, [])
  await other.context.close()
})

it('products wait for approval where the operator wants it', async () => {
  await open('approvals')
  await page.getByText('Products become public without being looked at.').waitFor()
  await press('Let products wait for approval')
  await page.getByRole('heading', { name: 'Products wait for approval' }).waitFor()
  await holdsToWcag(page, 'approvals')
  await press('Approve everything')
  await page.getByText('Products become public without being looked at.').waitFor()
})

it('chooses the policy of scans, and lets a vulnerability pass for a while', async () => {
  await open('scan-policy')
  await page.getByText('No vulnerability data are imported').waitFor()
  await page.getByRole('button', { name: /^Policy/ }).click()
  await page.getByRole('option', { name: 'current-fixable' }).click()
  await page.getByText(/That have a fix/).waitFor()
  // Point 3.2 of the guides' list: the table of operating systems that AWS scanned for.
  await page.getByRole('button', { name: /^Policy/ }).click()
  await page.getByRole('option', { name: 'aws-2018' }).click()
  for (const system of ['Debian 6.0', 'Ubuntu 12.04', 'CentOS 5', 'Oracle Linux 5', 'Alpine 3.3', 'Amazon Linux'])
    await page
      .getByText(new RegExp(system.replace('.', '\\.')))
      .first()
      .waitFor()
  await press('Add exception')
  await dialog().getByLabel('Vulnerability ID').fill('CVE-2026-1234')
  await dialog().getByLabel('Package').fill('libxml2')
  await dialog().getByLabel('Reason').fill('The parser is not reachable.')
  await dialog().getByLabel('Last day').fill('2020-01-01')
  await submit('Add exception')
  await dialog()
    .getByText(/2020-01-01 is over/)
    .waitFor()
  await dialog().getByLabel('Last day').fill('2099-01-31')
  await submit('Add exception')
  await page.getByRole('row', { name: /CVE-2026-1234 libxml2 The parser is not reachable/ }).waitFor()
  await holdsToWcag(page, 'the scan policy')
  await press('Revoke CVE-2026-1234')
  await submit('Revoke')
  await page.getByText('No exceptions').waitFor()
})

it('reads how the installation is, what the books say, and who did what', async () => {
  await open('health')
  await page.getByText('The engine does not answer; jobs wait until it does.').waitFor()
  await page.getByText('Nothing runs, and nothing waits.').waitFor()
  await holdsToWcag(page, 'health')
  await open('invoices')
  await page.getByText('Every charge follows from the facts.').waitFor()
  await holdsToWcag(page, 'invoices')
  const counted = page.waitForResponse(answer => answer.url().endsWith('/reconciliation'))
  await press('Reconcile')
  assert.ok((await counted).ok())
  await open('reviews')
  await page.getByText('No customer reviews').waitFor()
  await open('security-log')
  await page.getByRole('row', { name: /PutVulnerabilityException/ }).waitFor()
  await page
    .getByRole('row', { name: /CreateAccount/ })
    .first()
    .getByRole('radio')
    .check()
  await press('Actions')
  await page.getByRole('menuitem', { name: 'Event record' }).click()
  await dialog().getByText('"eventName": "CreateAccount"').waitFor()
  await holdsToWcag(page, 'the security log')
})

it('sets what an account may have, and answers what it asks for', async () => {
  const keys = await server.account('asker')
  const asking = new ServiceQuotas({ endpoint: server.url, region: 'us-east-1', credentials: keys })
  const jobs = { ServiceCode: 'sagemaker', QuotaCode: 'training-jobs' }
  const allowed = async (QuotaCode: string) =>
    (await asking.getServiceQuota({ ServiceCode: 'sagemaker', QuotaCode })).Quota?.Value
  await open('accounts')
  await page.getByRole('radio', { name: 'Select asker' }).check()
  await press('Actions')
  await page.getByRole('menuitem', { name: 'Set quota' }).click()
  await submit('Set quota')
  await dialog().getByText('A whole number from 0 to 10,000,000,000.').first().waitFor()
  await dialog()
    .getByRole('button', { name: /^Quota/ })
    .click()
  await page.getByRole('option', { name: 'Training jobs in progress' }).click()
  await dialog().getByText('The account may have 10000; every account may have 10000.').waitFor()
  await dialog().getByLabel('Value').fill('7')
  await holdsInTwoForms(page, 'the dialog of a quota')
  await submit('Set quota')
  await told('asker may have 7 of Training jobs in progress.')
  assert.equal(await allowed('training-jobs'), 7)

  await open('quota-requests')
  await page.getByText('No quota requests').waitFor()
  await asking.requestServiceQuotaIncrease({ ...jobs, DesiredValue: 50 })
  await asking.requestServiceQuotaIncrease({ ...jobs, QuotaCode: 'endpoints', DesiredValue: 5000 })
  await open('quota-requests')
  const answer = async (quota: string, verb: string) => {
    await page.getByRole('row', { name: quota }).getByRole('radio').check()
    await press('Actions')
    await page.getByRole('menuitem', { name: verb }).click()
    await submit(verb)
  }
  await page.getByRole('row', { name: /Training jobs in progress \d{12} 7 50 arn:aws:iam::\d{12}:root/ }).waitFor()
  await holdsInTwoForms(page, 'what accounts ask for')
  await answer('Training jobs in progress', 'Approve')
  await told('The request for Training jobs in progress is approved.')
  await answer('Number of endpoints', 'Deny')
  await told('The request for Number of endpoints is denied.')
  await page.getByText('No quota requests').waitFor()
  assert.deepEqual([await allowed('training-jobs'), await allowed('endpoints')], [50, 1000])
})

it('opens the console as an account; who is not the operator is told so', async () => {
  await open('accounts')
  await page.getByRole('row', { name: /^Select operator operator \d{12} Operator/ }).waitFor()
  await page.getByRole('radio', { name: 'Select shop' }).check()
  await holdsToWcag(page, 'accounts')
  await press('Actions')
  await page.getByRole('menuitem', { name: 'Open console as' }).click()
  await submit('Open console as')
  await page.getByRole('button', { name: /root user @ shop/ }).waitFor()
  assert.equal(await page.getByText('Health and capacity').count(), 0)
  await open('accounts')
  await page.getByText('it is not of the operator’s account').waitFor()
  const other = await openSignedIn(browser, server, 'shop')
  assert.equal(await other.page.getByRole('heading', { name: 'Welcome' }).count(), 0)
  await other.context.close()
})

it('does nothing against the page’s policy', () => {
  assert.deepEqual(person.problems, [])
})
