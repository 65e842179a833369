import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { load } from '../../src/model/load.ts'
import { clientOf, installation } from './installation.ts'
import { eventually } from './parity.ts'

const at = installation()
const python = '/usr/bin/python3'
const boto3 = '/usr/lib/python3/dist-packages/boto3'

/** Our model as botocore wants it: NAME/VERSION/service-2.json. */
async function taught(name: 'event-dead-letters'): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-models-'))
  const directory = join(root, name, load(name).metadata.apiVersion)
  await mkdir(directory, { recursive: true })
  await copyFile(new URL(`../../src/model/${name}.json`, import.meta.url), join(directory, 'service-2.json'))
  await writeFile(join(directory, 'paginators-1.json'), JSON.stringify({ pagination: load(name).pagination }))
  return root
}

test('boto3, taught our model, reads dead letters in pages, sends one again and deletes one', {
  skip: !existsSync(boto3) && `${boto3} is not there: apt-get install python3-boto3`,
  timeout: 240_000,
}, async () => {
  const events = clientOf(EventBridge, at)
  const { accessKeyId, secretAccessKey } = at.owner.credentials
  await events.putRule({ Name: 'lost', EventPattern: JSON.stringify({ source: ['my.app'] }) })
  const Arn = `arn:aws:logs:us-east-1:${at.owner.id}:log-group:nowhere`
  await events.putTargets({ Rule: 'lost', Targets: [{ Id: 'log', Arn }] })
  const entry = { Source: 'my.app', DetailType: 'Thing Happened', Detail: '{}' }
  const AWS_DATA_PATH = await taught('event-dead-letters')
  const env = { PATH: process.env.PATH, HOME: AWS_DATA_PATH, AWS_DATA_PATH, AWS_EC2_METADATA_DISABLED: 'true' }
  const ask = async (...words: string[]) => {
    const script = new URL('dead-letters.py', import.meta.url).pathname
    const { stdout } = await promisify(execFile)(python, [script, at.url, accessKeyId, secretAccessKey, ...words], {
      env,
    })
    return JSON.parse(stdout)
  }
  await events.putEvents({ Entries: [entry, entry, entry] })
  assert.deepEqual(
    await eventually(
      () => ask('codes'),
      codes => codes.length === 3,
    ),
    Array(3).fill('RESOURCE_NOT_FOUND'),
  )
  await at.owner.logs.createLogGroup({ logGroupName: 'nowhere' })
  await ask('send', 'delete')
  assert.equal((await ask('codes')).length, 1)
  const read = async () => (await at.owner.logs.filterLogEvents({ logGroupName: 'nowhere' })).events ?? []
  assert.equal((await eventually(read, found => found.length > 0)).length, 1)
  await rm(AWS_DATA_PATH, { recursive: true })
})
