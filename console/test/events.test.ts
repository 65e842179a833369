import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SNS } from '@aws-sdk/client-sns'
import type { Browser, Page } from 'playwright-core'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { until } from '../../test/e2e/until.ts'
import { holdsToWcag, openBrowser, type Person } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let browser: Browser
let data: string
let server: ServerProcess
let person: Person
let page: Page
let events: EventBridge
let sns: SNS

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-events-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  const options = { endpoint: server.url, region: 'us-east-1', credentials: await server.account('home') }
  events = new EventBridge(options)
  sns = new SNS(options)
  browser = await openBrowser()
  person = await openSignedIn(browser, server, 'home')
  page = person.page
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

const open = (path: string) => page.goto(`${originOf(server)}/console/${path}`)
const dialog = () => page.getByRole('dialog')
const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
const submit = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
const told = (words: string) => page.getByText(words).first().waitFor()
/** Chooses a row by what it says, and something to do with it. */
async function act(row: string, action: string): Promise<void> {
  const radio = page.getByRole('row').filter({ hasText: row }).first().getByRole('radio')
  await radio.check({ force: true })
  await press('Actions')
  await page.getByRole('menuitem', { name: action, exact: true }).click()
}

it('a topic is made, published to and deleted', async () => {
  await open('sns/topics')
  await press('Create topic')
  await dialog().getByRole('textbox', { name: 'Name' }).fill('builds')
  await submit('Create topic')
  await told('builds is created.')
  await page
    .getByText(/:builds$/)
    .first()
    .waitFor()
  await holdsToWcag(page, 'topics')
  await act('builds', 'Publish message')
  await dialog().getByRole('textbox', { name: 'Message body' }).fill('Build 17 is there.')
  await submit('Publish message')
  await told('The message is published.')
  await act('builds', 'Delete')
  await submit('Delete')
  await told('builds is deleted.')
  assert.deepEqual((await sns.listTopics()).Topics, [])
  assert.deepEqual(person.problems, [])
})

it('a rule is seen with its targets, disabled, enabled and deleted with them', async () => {
  const { TopicArn: Arn = '' } = await sns.createTopic({ Name: 'closed' })
  await events.putRule({ Name: 'mine', EventPattern: '{"source": ["my.app"]}' })
  await events.putTargets({ Rule: 'mine', Targets: [{ Id: 'topic', Arn }] })
  await open('events/rules')
  await page.getByText(Arn).first().waitFor()
  await holdsToWcag(page, 'rules')
  const state = async () => (await events.describeRule({ Name: 'mine' })).State
  await act('mine', 'Disable')
  await told('mine is disabled.')
  assert.equal(await state(), 'DISABLED')
  await act('mine', 'Enable')
  await told('mine is enabled.')
  assert.equal(await state(), 'ENABLED')
  await act('mine', 'Delete')
  await submit('Delete')
  await told('mine is deleted.')
  assert.deepEqual((await events.listRules({})).Rules, [])
  assert.deepEqual(person.problems, [])
})

it('what did not arrive is told with its reason, deleted, or sent again', async () => {
  // A topic takes nothing of EventBridge until its policy lets it.
  const { TopicArn: Arn = '' } = await sns.createTopic({ Name: 'closed' })
  await events.putRule({ Name: 'refused', EventPattern: '{"source": ["my.app"]}' })
  await events.putTargets({ Rule: 'refused', Targets: [{ Id: 'topic', Arn }] })
  const send = () => events.putEvents({ Entries: [{ Source: 'my.app', DetailType: 'Lost', Detail: '{}' }] })
  await send()
  await open('events/dead-letters')
  const letters = page.getByRole('row').filter({ hasText: 'NO_PERMISSIONS' })
  const seen = (count: number) =>
    until(
      `${count} dead letters`,
      async () => {
        await press('Refresh')
        return letters.count()
      },
      found => found === count,
    )
  await seen(1)
  await holdsToWcag(page, 'dead letters')
  await act('NO_PERMISSIONS', 'Delete')
  await submit('Delete')
  await told('this dead letter is deleted.')
  await seen(0)
  await send()
  await seen(1)
  const Statement = {
    ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } },
    ...{ Action: 'sns:Publish', Resource: Arn },
  }
  const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement })
  await sns.setTopicAttributes({ TopicArn: Arn, AttributeName: 'Policy', AttributeValue })
  await act('NO_PERMISSIONS', 'Send again')
  await told('It is sent again.')
  await seen(0)
  assert.deepEqual(person.problems, [])
})
