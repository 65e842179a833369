import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { CloudWatchClient, PutMetricAlarmCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { until } from '../../test/e2e/until.ts'
import { holdsInTwoForms, holdsToWcag, openBrowser, type Person } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let browser: Browser
let data: string
let server: ServerProcess
let person: Person
let page: Page
let clients: ReturnType<typeof clientsFor>
let options: { endpoint: string; region: string; credentials: Awaited<ReturnType<ServerProcess['account']>> }

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-services-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  const credentials = await server.account('home')
  clients = clientsFor(server.url, credentials)
  options = { endpoint: server.url, region: 'us-east-1', credentials }
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
const told = (words: string | RegExp) => page.getByText(words).first().waitFor()
const choose = async (label: string, option: string) => {
  await dialog()
    .getByRole('button', { name: new RegExp(`^${label}`) })
    .click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

it('a user is made, gets a policy and a key, and the simulator says what they may', async () => {
  await open('iam/users')
  await press('Create user')
  await submit('Create user')
  await dialog().getByText('Letters, digits and +=,.@_-').first().waitFor()
  await dialog().getByLabel('User name').fill('ada')
  await submit('Create user')
  await told('ada is created.')
  await page.getByRole('link', { name: 'ada', exact: true }).click()
  await page.getByText('No policies are attached: nothing is allowed.').waitFor()
  await press('Add permissions')
  await choose('Policy', 'AmazonSageMakerReadOnly')
  await submit('Add permissions')
  await told('AmazonSageMakerReadOnly is attached.')
  await page.getByRole('table', { name: 'Permissions policies' }).getByText('AmazonSageMakerReadOnly').waitFor()
  await press('Create access key')
  await dialog().getByText('This is the only time that the secret is shown.').waitFor()
  const AccessKeyId = (await dialog().getByText(/^AKIA/).first().innerText()).trim()
  await holdsToWcag(page, 'a secret that is shown once')
  await dialog().getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: `Deactivate ${AccessKeyId}` }).click()
  await page.getByRole('button', { name: `Activate ${AccessKeyId}` }).waitFor()
  const { AccessKeyMetadata: [key] = [] } = await clients.iam.listAccessKeys({ UserName: 'ada' })
  assert.deepEqual([key?.AccessKeyId, key?.Status], [AccessKeyId, 'Inactive'])
  await holdsToWcag(page, 'a user')

  await press('Enable console access')
  await dialog().getByLabel('Password', { exact: true }).fill('short')
  await submit('Enable console access')
  await dialog()
    .getByText(/The request was refused\. .*[Pp]assword.*Request ID/)
    .waitFor()
  await dialog().getByLabel('Password', { exact: true }).fill('Correct-horse-7-battery')
  await submit('Enable console access')
  await told('The password of ada is set.')
  await page.getByText('It has to be changed at the next sign-in.').waitFor()
  assert.equal((await clients.iam.getLoginProfile({ UserName: 'ada' })).LoginProfile?.PasswordResetRequired, true)
  await press('Disable console access')
  await submit('Delete')
  await page.getByText('No password: the user does not sign in').waitFor()

  await press('Simulate')
  await page.getByLabel('Actions').fill('sagemaker:ListTrainingJobs\nsagemaker:CreateTrainingJob')
  await press('Simulate')
  const answers = page.getByRole('table', { name: 'Answers' })
  await answers.getByRole('row', { name: /ListTrainingJobs.*allowed.*AmazonSageMakerReadOnly/ }).waitFor()
  await answers.getByRole('row', { name: /CreateTrainingJob.*implicitDeny.*None/ }).waitFor()
  await holdsToWcag(page, 'the simulator’s answers')
})

it('groups, roles and policies are made, and lead to each other', async () => {
  await open('iam/policies')
  await press('Create policy')
  await dialog().getByLabel('Policy name').fill('asks')
  await dialog().getByLabel('Policy document').fill('{')
  await submit('Create policy')
  await dialog().getByText('A JSON document.').waitFor()
  await dialog()
    .getByLabel('Policy document')
    .fill('{"Version":"2012-10-17","Statement":{"Effect":"Nonsense","Action":"s3:*","Resource":"*"}}')
  await submit('Create policy')
  await dialog()
    .getByText(/The request was refused\. .*Request ID/)
    .waitFor()
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } }
  await dialog().getByLabel('Policy document').fill(JSON.stringify(document))
  await submit('Create policy')
  await page.getByRole('link', { name: 'asks' }).click()
  await page.getByRole('heading', { name: 'Policy document' }).waitFor()
  await page.getByText('"Effect": "Allow"').waitFor()
  await holdsToWcag(page, 'a policy')
  await open('iam/groups')
  await press('Create group')
  await dialog().getByLabel('Group name').fill('readers')
  await submit('Create group')
  await told('readers is created.')
  await open('iam/users/ada')
  await press('Add user to a group')
  await choose('Group', 'readers')
  await submit('Add user to a group')
  await page.getByRole('link', { name: 'readers' }).click()
  await page.getByRole('link', { name: 'ada' }).waitFor()
  await open('iam/roles')
  await press('Create role')
  await dialog().getByLabel('Role name').fill('Worker')
  await submit('Create role')
  await page
    .getByRole('row', { name: /Worker.*sagemaker\.amazonaws\.com/ })
    .getByRole('link')
    .click()
  await page.getByText('"sts:AssumeRole"').waitFor()
  await press('Delete')
  await submit('Delete')
  await told('Worker is deleted.')
})

it('an identity provider is added, gets audiences, thumbprints and tags, and is deleted', async () => {
  await open('iam/identity-providers')
  await told('No identity providers')
  await press('Add provider')
  await page.getByLabel('Provider URL').fill('http://token.example.com')
  await press('Add provider')
  await told('Client IDs that tokens are for, one a line, at most 100.')
  await page.getByLabel('Provider URL').fill('https://token.example.com')
  await page.getByLabel('Audiences').fill('shop\nworkers')
  // Its certificate is asked for, of a name that nobody has.
  await press('Add provider')
  await told(/The request was refused\. The certificate of the provider cannot be read.*Request ID/)
  await page.getByLabel(/^Thumbprints/).fill('no thumbprint')
  await press('Add provider')
  await page.getByText('40 hexadecimal digits each').first().waitFor()
  await page.getByLabel(/^Thumbprints/).fill('A'.repeat(40))
  await press('Add tag')
  await page.getByRole('textbox', { name: 'Key', exact: true }).fill('team')
  await page.getByRole('textbox', { name: 'Value', exact: true }).fill('data')
  await press('View as AWS CLI')
  await dialog()
    .getByText(/^aws iam create-open-id-connect-provider --url https:\/\/token\.example\.com --client-id-list/)
    .first()
    .waitFor()
  await submit('Close')
  await holdsInTwoForms(page, 'an identity provider that is added')
  await press('Add provider')
  await told('https://token.example.com is added.')
  const table = (name: string) => page.getByRole('table', { name })
  await table('Audiences').getByText('workers').waitFor()
  await press('Add audience')
  await dialog().getByLabel('Audience').fill('two words')
  await submit('Add audience')
  await dialog().getByText('A client ID of 1 to 255 characters without spaces.').first().waitFor()
  await dialog().getByLabel('Audience').fill('mobile')
  await submit('Add audience')
  await told('mobile is an audience.')
  await press('Remove workers')
  await submit('Delete')
  await told('workers is deleted.')
  await press('Manage thumbprints')
  await dialog().getByLabel('Thumbprints').fill('b'.repeat(40))
  await submit('Manage thumbprints')
  await told('The thumbprints are saved.')
  await press('Manage tags')
  await dialog().getByRole('textbox', { name: 'Value', exact: true }).fill('science')
  await submit('Manage tags')
  await told('The tags are saved.')
  await table('Tags').getByText('science').waitFor()
  await press('Manage tags')
  await dialog().getByRole('button', { name: 'Remove', exact: true }).click()
  await submit('Manage tags')
  await table('Tags').getByText('science').waitFor({ state: 'detached' })
  await holdsInTwoForms(page, 'an identity provider')
  const { OpenIDConnectProviderList: [made] = [] } = await clients.iam.listOpenIDConnectProviders({})
  const OpenIDConnectProviderArn = made?.Arn ?? ''
  const provider = await clients.iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn })
  assert.deepEqual(
    [provider.ClientIDList, provider.ThumbprintList, provider.Tags ?? []],
    [['shop', 'mobile'], ['b'.repeat(40)], []],
  )
  await open('iam/identity-providers?name=nobody')
  await told('No matches')
  await press('Clear filter')
  await page.getByRole('radio', { name: 'Select token.example.com' }).check()
  await press('Actions')
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await submit('Delete')
  await told('token.example.com is deleted.')
  await told('No identity providers')
})

it('a key is made, disabled, and its deletion scheduled and cancelled', async () => {
  await open('kms/keys')
  await press('Create key')
  await dialog().getByLabel('Alias').fill('results')
  await submit('Create key')
  const kms = new KMSClient(options)
  await page
    .getByRole('row', { name: /alias\/results/ })
    .getByRole('link')
    .click()
  await page.getByRole('heading', { name: 'alias/results' }).waitFor()
  const policy = () => dialog().getByLabel('Key policy', { exact: true })
  await press('Edit key policy')
  const before = await policy().inputValue()
  await policy().fill('{')
  await submit('Edit key policy')
  await dialog().getByText('A JSON document.').waitFor()
  await policy().fill(before.replace(/"Sid": "[^"]*"/, '"Sid": "Everybody here"'))
  await submit('Edit key policy')
  await told('The key policy is saved.')
  await page.getByText('Everybody here').waitFor()
  await press('Disable')
  await page.getByText('Disabled', { exact: true }).first().waitFor()
  await press('Enable')
  await page.getByText('Enabled', { exact: true }).first().waitFor()
  await press('Schedule key deletion')
  await dialog().getByLabel('Waiting period').fill('3')
  await submit('Schedule key deletion')
  await dialog().getByText('7 to 30.').first().waitFor()
  await dialog().getByLabel('Waiting period').fill('7')
  await submit('Schedule key deletion')
  await page.getByText('PendingDeletion').waitFor()
  await holdsToWcag(page, 'a key that is to be deleted')
  await press('Cancel key deletion')
  await page.getByText('Disabled', { exact: true }).first().waitFor()
  const { Keys: [made] = [] } = await kms.send(new ListKeysCommand({}))
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: made?.KeyId }))
  assert.equal(KeyMetadata?.KeyState, 'Disabled')
})

it('a log group is made, kept for a week, searched, and followed as events are put', async () => {
  await open('cloudwatch/log-groups')
  await press('Create log group')
  await dialog().getByLabel('Log group').fill('/mine/app')
  await submit('Create log group')
  await page.getByRole('link', { name: '/mine/app' }).click()
  await page.getByText('No log streams: nothing was put here yet.').waitFor()
  await press('Edit retention setting')
  await choose('Expire events after', '7 days')
  await submit('Edit retention setting')
  await page.getByText('7 days', { exact: true }).waitFor()
  await press('Start')
  await page.getByText('Live Tail is on').waitFor()
  const names = { logGroupName: '/mine/app', logStreamName: 'one' }
  await clients.logs.createLogStream(names)
  const message = 'the <b>first</b> <script>document.title = "it runs"</script> event'
  await clients.logs.putLogEvents({ ...names, logEvents: [{ timestamp: Date.now(), message }] })
  await page.getByRole('log', { name: 'Live Tail' }).getByText(message).waitFor()
  await holdsToWcag(page, 'a log group that is followed')
  await press('Stop')
  await page.reload()
  await page.getByRole('link', { name: 'one', exact: true }).click()
  await page.getByRole('heading', { name: 'Log events of one' }).waitFor()
  await page.getByRole('log').getByText(message).waitFor()
  await page.waitForURL(/\?stream=one$/)
  await open('cloudwatch/log-groups?name=app')
  await page.getByRole('row', { name: /\/mine\/app 7 days/ }).waitFor()
})

it('metrics are drawn, and alarms told with what they watch', async () => {
  const cloudwatch = new CloudWatchClient(options)
  const Dimensions = [{ Name: 'Shop', Value: 'one' }]
  const MetricData = [1, 4, 2].map((Value, minutes) => ({
    ...{ MetricName: 'Visits', Value, Dimensions },
    Timestamp: new Date(Date.now() - minutes * 60_000),
  }))
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Mine', MetricData }))
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: 'many-visits', Namespace: 'Mine', MetricName: 'Visits', Dimensions, Statistic: 'Sum' },
      ...{ Period: 60, EvaluationPeriods: 3, ComparisonOperator: 'GreaterThanThreshold', Threshold: 100 },
    }),
  )
  await open('cloudwatch/metrics')
  await page.getByRole('checkbox', { name: 'Visits Shop: one' }).check()
  await page.getByRole('application', { name: 'Graphed metrics' }).waitFor()
  await holdsToWcag(page, 'a metric')
  await open('cloudwatch/alarms')
  await page.getByRole('row', { name: /many-visits.*Sum Visits GreaterThanThreshold 100 \(3 of 3 × 60 s\)/ }).waitFor()
  await holdsToWcag(page, 'alarms')
})

it('a bucket is made; files are uploaded whole and in parts, downloaded and deleted', async () => {
  await open('s3/buckets')
  await press('Create bucket')
  await dialog().getByLabel('Bucket name').fill('my-data')
  await submit('Create bucket')
  await page.getByRole('link', { name: 'my-data' }).click()
  await page.getByText('No objects').first().waitFor()
  await press('Create folder')
  await dialog().getByLabel('Folder name').fill('in')
  await submit('Create folder')
  await page.getByRole('link', { name: 'in/', exact: true }).click()
  await page.waitForURL(/\?prefix=in%2F$/)
  await press('Upload')
  const name = 'two <img src=x onerror="document.title=1">.html'
  const large = { name: 'large.bin', mimeType: 'application/octet-stream', buffer: randomBytes(20 * 1024 ** 2) }
  const small = { name, mimeType: 'text/html', buffer: Buffer.from('<script>document.title = "it runs"</script>') }
  await dialog().locator('input[type="file"]').first().setInputFiles([large, small])
  await holdsToWcag(page, 'files to upload')
  await submit('Upload')
  await told('2 files are uploaded.')
  const stored = await clients.s3.getObject({ Bucket: 'my-data', Key: 'in/large.bin' })
  assert.ok(large.buffer.equals((await stored.Body?.transformToByteArray()) ?? Buffer.alloc(0)))
  assert.match(stored.ETag ?? '', /-3"$/)
  assert.equal((await clients.s3.headObject({ Bucket: 'my-data', Key: `in/${name}` })).ContentType, 'text/html')
  await page.getByRole('row', { name: /large\.bin.*21\.0 MB/ }).waitFor()
  await holdsToWcag(page, 'a folder')
  const downloads = page.waitForEvent('download')
  await page.getByRole('button', { name: `Download in/${name}` }).click()
  assert.equal(await (await (await downloads).createReadStream()).toArray().then(String), small.buffer.toString())

  await page.getByRole('checkbox', { name: 'Select in/large.bin' }).check()
  await press('Delete')
  assert.ok(await dialog().getByRole('button', { name: 'Delete' }).isDisabled())
  await dialog().getByLabel('Type "permanently delete" to go on').fill('permanently delete')
  await submit('Delete')
  await told('What was chosen is deleted.')
  await page.getByRole('row', { name: /large\.bin/ }).waitFor({ state: 'detached' })
  const { Contents = [] } = await clients.s3.listObjectsV2({ Bucket: 'my-data' })
  assert.deepEqual(Contents.map(({ Key }) => Key).sort(), ['in/', `in/${name}`])
})

it('a bucket keeps versions: what was replaced is downloaded, what was deleted comes back', async () => {
  await open('s3/buckets/my-data')
  await press('Show versions')
  await page.getByText('Bucket versioning: Disabled').waitFor()
  await press('Enable versioning')
  await told('Versioning is enabled.')
  for (const Body of ['first', 'second']) await clients.s3.putObject({ Bucket: 'my-data', Key: 'kept.txt', Body })
  await clients.s3.deleteObject({ Bucket: 'my-data', Key: 'kept.txt' })
  await page.reload()
  const row = (type: string) => page.getByRole('row', { name: new RegExp(`^kept\\.txt .* ${type} `) })
  await row('Delete marker, Current').waitFor()
  assert.equal(await page.getByRole('row', { name: /^kept\.txt/ }).count(), 3)
  const downloads = page.waitForEvent('download')
  await page
    .getByRole('button', { name: /^Download kept\.txt/ })
    .last()
    .click()
  assert.equal(await (await (await downloads).createReadStream()).toArray().then(String), 'first')
  await holdsToWcag(page, 'versions of objects')
  await row('Delete marker, Current')
    .getByRole('button', { name: /^Delete/ })
    .click()
  await dialog().getByLabel('Type "permanently delete" to go on').fill('permanently delete')
  await submit('Delete')
  await told('The version is deleted.')
  await press('Hide versions')
  await page.getByRole('row', { name: /kept\.txt/ }).waitFor()
  await clients.s3.putBucketVersioning({ Bucket: 'my-data', VersioningConfiguration: { Status: 'Suspended' } })
})

it('files and a folder that are dropped are uploaded where they lie in it, with progress, and a part that is cut off is sent again', async () => {
  const place = await mkdtemp(join(tmpdir(), 'modelmart-console-drop-'))
  await mkdir(join(place, 'rows', 'deep'), { recursive: true })
  await writeFile(join(place, 'rows', 'one.csv'), 'one')
  await writeFile(join(place, 'rows', 'deep', 'two.csv'), 'two')
  await writeFile(join(place, 'alone.txt'), 'alone')
  await writeFile(join(place, 'parts.bin'), randomBytes(20 * 1024 ** 2))
  await open('s3/buckets/my-data')
  await press('Upload')
  const box = (await dialog().getByText('Or drop them here').boundingBox()) ?? assert.fail()
  const debug = await page.context().newCDPSession(page)
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop', y: number) =>
    debug.send('Input.dispatchDragEvent', {
      ...{ type, x: box.x + 20, y },
      data: {
        ...{ items: [], dragOperationsMask: 1 },
        files: ['rows', 'alone.txt', 'parts.bin'].map(name => join(place, name)),
      },
    })
  await drag('dragEnter', box.y)
  await drag('dragOver', box.y)
  const zone = dialog().getByText('Drop files to upload')
  await zone.waitFor()
  const { y, height } = (await zone.boundingBox()) ?? assert.fail()
  await drag('dragOver', y + height / 2)
  await drag('drop', y + height / 2)
  for (const name of ['one.csv', 'two.csv', 'alone.txt', 'parts.bin']) await dialog().getByText(name).waitFor()
  await holdsToWcag(page, 'files that were dropped')
  let cut = 0
  await page.route(/partNumber=2/i, route => (cut++ === 0 ? route.abort('connectionreset') : route.continue()))
  await submit('Upload')
  await dialog()
    .getByRole('progressbar', { name: 'Upload' })
    .or(page.getByText('4 files are uploaded.'))
    .first()
    .waitFor()
  await told('4 files are uploaded.')
  assert.ok(cut >= 2)
  await page.unroute(/partNumber=2/i)
  const { Contents = [] } = await clients.s3.listObjectsV2({ Bucket: 'my-data' })
  const keys = Contents.map(({ Key }) => Key)
  for (const key of ['alone.txt', 'parts.bin', 'rows/deep/two.csv', 'rows/one.csv'])
    assert.ok(keys.includes(key), `${key} of ${keys}`)
  const stored = await clients.s3.getObject({ Bucket: 'my-data', Key: 'parts.bin' })
  const sent = await readFile(join(place, 'parts.bin'))
  assert.ok(sent.equals((await stored.Body?.transformToByteArray()) ?? Buffer.alloc(0)))
  await press('Upload')
  await dialog().getByLabel('Add folder', { exact: true }).last().setInputFiles(join(place, 'rows'))
  await submit('Upload')
  await told('2 files are uploaded.')
  await rm(place, { recursive: true })
})

it('an upload that is cancelled or refused leaves no parts', async () => {
  await open('s3/buckets/my-data')
  const buffer = randomBytes(20 * 1024 ** 2)
  // A part that is never answered.
  await page.route(/partNumber=2/i, () => {})
  await press('Upload')
  await dialog()
    .locator('input[type="file"]')
    .first()
    .setInputFiles([{ name: 'never', mimeType: '', buffer }])
  await submit('Upload')
  await submit('Cancel upload')
  await told('The upload is cancelled; what was sent is gone.')
  await page.unroute(/partNumber=2/i)
  const under = async () => (await clients.s3.listMultipartUploads({ Bucket: 'my-data' })).Uploads ?? []
  await until('no parts', under, uploads => uploads.length === 0)
  const deny = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::my-data/*' }
  await clients.s3.putBucketPolicy({
    Bucket: 'my-data',
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: deny }),
  })
  await open('s3/buckets/my-data')
  await press('Upload')
  await dialog()
    .locator('input[type="file"]')
    .first()
    .setInputFiles([{ name: 'no', mimeType: '', buffer: Buffer.from('no') }])
  await submit('Upload')
  await dialog()
    .getByText(/AccessDenied/)
    .first()
    .waitFor()
  await dialog()
    .getByText(/Request ID: /)
    .first()
    .waitFor()
  await clients.s3.deleteBucketPolicy({ Bucket: 'my-data' })
})

it('a form’s S3 location is browsed for', async () => {
  await open('sagemaker/jobs/create')
  await page.getByRole('button', { name: 'Browse S3' }).first().click()
  await dialog().getByRole('button', { name: 'my-data' }).click()
  await dialog().getByRole('button', { name: 'in/', exact: true }).click()
  await dialog().getByText('s3://my-data/in/', { exact: true }).waitFor()
  await holdsToWcag(page, 'an S3 location that is looked for')
  await submit('Choose this folder')
  assert.equal(await page.getByLabel('S3 location', { exact: true }).inputValue(), 's3://my-data/in/')
  page.once('dialog', question => void question.accept())
  await open('')
})

it('pages are found from anywhere, by Ctrl-K', async () => {
  await page.locator('main').getByText(/\w/).first().waitFor()
  await page.keyboard.press('Control+k')
  await dialog().getByLabel('Pages and resources').fill('simul')
  await dialog().getByRole('link', { name: 'Policy simulator' }).waitFor()
  await holdsToWcag(page, 'the search')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/iam\/simulator$/)
  await page.getByRole('button', { name: 'Search (Ctrl+K)' }).click()
  await dialog().getByLabel('Pages and resources').fill('nothing-of-the-kind')
  await dialog().getByText('No matches').waitFor()
})

it('a request says of each of its changes what was wrong', async () => {
  const Type = 'MachineLearningProduct@1.0'
  const ChangeSet = [
    { ChangeType: 'CreateProduct', ChangeName: 'made', Entity: { Type }, DetailsDocument: {} },
    { ChangeType: 'ReleaseProduct', Entity: { Type, Identifier: '$made.Entity.Identifier' }, DetailsDocument: {} },
  ]
  const Catalog = 'AWSMarketplace'
  const said = { Catalog, ChangeSetName: 'To the public', ChangeSet }
  const { ChangeSetId = '' } = await clients.catalog.startChangeSet(said)
  await open('partnercentral/requests')
  await page
    .getByRole('row', { name: /To the public/ })
    .getByText('FAILED')
    .waitFor()
  await holdsToWcag(page, 'requests')
  await page.getByRole('link', { name: ChangeSetId }).click()
  await page.getByRole('heading', { name: 'Change 2: ReleaseProduct' }).waitFor()
  const { ChangeSet: [, change] = [] } = await clients.catalog.describeChangeSet({ Catalog, ChangeSetId })
  const wrong = change?.ErrorDetailList?.[1]?.ErrorMessage
  assert.ok(wrong)
  await page.getByText(wrong).first().waitFor()
  await holdsToWcag(page, 'a request that failed')
  await open('partnercentral/agreements')
  await page.getByText('No agreements').waitFor()
})

it('what was typed survives a lost connection, and is sent when it is back', async () => {
  await open('iam/groups')
  await press('Create group')
  await dialog().getByLabel('Group name').fill('patient')
  await person.context.setOffline(true)
  await submit('Create group')
  await dialog()
    .getByText(/it is not known whether this was done\. Look whether it was done, and try again if it was not\./)
    .waitFor()
  await holdsToWcag(page, 'a lost connection')
  await person.context.setOffline(false)
  await submit('Create group')
  await told('patient is created.')
})

it('does nothing against the page’s policy', () => {
  assert.deepEqual(person.problems, [])
})
