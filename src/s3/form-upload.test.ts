import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, describe, it } from 'node:test'
import * as S3 from '@aws-sdk/client-s3'
import { openS3OverHttp } from './s3-over-http.fixture.ts'

const { client, close, endpoint, credentials } = await openS3OverHttp()
after(close)
const Bucket = 'forms'
await client.send(new S3.CreateBucketCommand({ Bucket }))

type Conditions = readonly unknown[]
type Fields = Readonly<Record<string, string>>

/** Signs as "Authenticating requests: browser-based uploads using POST" has it. */
function sign(conditions: Conditions, fields: Fields, expiration = new Date(Date.now() + 60_000)): Fields {
  const date = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`
  const claims = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${credentials.accessKeyId}/${scope}`,
    'x-amz-date': date,
  }
  const document = { expiration: expiration.toISOString(), conditions: [...conditions, claims] }
  const policy = Buffer.from(JSON.stringify(document)).toString('base64')
  let key: Buffer | string = `AWS4${credentials.secretAccessKey}`
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  return { ...fields, ...claims, policy, 'x-amz-signature': createHmac('sha256', key).update(policy).digest('hex') }
}

async function post(
  fields: Fields,
  file: string | Uint8Array<ArrayBuffer> | null = 'hello',
  fileName = 'note.txt',
  url = `${endpoint}/${Bucket}`,
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  if (file !== null) form.append('file', new Blob([file]), fileName)
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, code: /<Code>(\w+)/.exec(text)?.[1] }
}

const inBucket = { bucket: Bucket }
const underUser: Conditions = [inBucket, ['starts-with', '$key', 'user/']]
const stored = async (Key: string) => {
  const found = await client.send(new S3.GetObjectCommand({ Bucket, Key }))
  return { ...found, text: await found.Body?.transformToString() }
}

describe('a browser that posts a form', () => {
  it('stores its file, under the name that the browser gave it, with what its fields say', async () => {
    const conditions = [
      ...underUser,
      { 'Content-Type': 'text/x' },
      ['starts-with', '$x-amz-meta-who', ''],
      ['starts-with', '$tagging', ''],
    ]
    const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>b&amp;c</Value></Tag></TagSet></Tagging>'
    const fields = { key: `user/${'$'}{filename}`, 'Content-Type': 'text/x', 'x-amz-meta-who': 'me', tagging }
    const { status, headers, text } = await post(sign(conditions, fields))
    assert.deepEqual([status, text], [204, ''], text)
    assert.equal(headers.get('etag'), '"5d41402abc4b2a76b9719d911017c592"')
    assert.match(headers.get('location') ?? '', /\/forms\/user\/note\.txt$/)
    const found = await stored('user/note.txt')
    assert.deepEqual([found.text, found.ContentType, found.Metadata], ['hello', 'text/x', { who: 'me' }])
    const { TagSet } = await client.send(new S3.GetObjectTaggingCommand({ Bucket, Key: 'user/note.txt' }))
    assert.deepEqual(TagSet, [{ Key: 'a', Value: 'b&c' }])
  })

  it('stores megabytes whole, whatever is in them', async () => {
    const bytes = Buffer.alloc(3_000_000, '\r\n--boundary\r\n')
    assert.equal((await post(sign(underUser, { key: 'user/large' }), bytes)).status, 204)
    const { Body } = await client.send(new S3.GetObjectCommand({ Bucket, Key: 'user/large' }))
    assert.ok(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes))
  })

  it('is answered as it asks: 200, 201 with a document, or sent on', async () => {
    const ask = (name: string, value: string) =>
      post(sign([...underUser, ['eq', `$${name}`, value]], { key: 'user/a b', [name]: value }))
    assert.equal((await ask('success_action_status', '200')).status, 200)
    assert.equal((await ask('success_action_status', '404')).status, 204)
    const created = await ask('success_action_status', '201')
    assert.equal(created.status, 201)
    assert.match(
      created.text,
      /<PostResponse><Location>http[^<]+\/forms\/user\/a%20b<\/Location><Bucket>forms<\/Bucket><Key>user\/a b<\/Key><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;<\/ETag>/,
    )
    const sent = await ask('success_action_redirect', 'http://example.com/done?x=1')
    assert.deepEqual(
      [sent.status, sent.headers.get('location')],
      [303, 'http://example.com/done?x=1&bucket=forms&key=user%2Fa+b&etag=%225d41402abc4b2a76b9719d911017c592%22'],
    )
    assert.equal((await ask('success_action_redirect', 'javascript:alert(1)')).status, 204)
  })

  it('is sent on nowhere when nobody signed where to', async () => {
    const open = 'open-forms'
    await client.send(new S3.CreateBucketCommand({ Bucket: open }))
    await client.send(new S3.DeletePublicAccessBlockCommand({ Bucket: open }))
    const Resource = `arn:aws:s3:::${open}/*`
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource }]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await client.send(new S3.PutBucketPolicyCommand({ Bucket: open, Policy }))
    const fields = { key: 'a', success_action_redirect: 'http://example.com/' }
    const { status, headers } = await post(fields, 'x', 'x', `${endpoint}/${open}`)
    assert.equal(status, 204)
    assert.match(headers.get('location') ?? '', /\/open-forms\/a$/)
  })

  it('is refused beyond its policy, and nothing is stored', async () => {
    const denied = async (signed: Fields, message: RegExp) => {
      const { status, code, text } = await post(signed)
      assert.deepEqual([status, code], [403, 'AccessDenied'], text)
      assert.match(text, message)
    }
    await denied(
      sign(underUser, { key: 'other/a' }),
      /Policy Condition failed: \[&quot;starts-with&quot;, &quot;\$key&quot;, &quot;user\/&quot;\]/,
    )
    await denied(sign(underUser, { key: 'user/a', 'x-amz-meta-b': '1' }), /Extra input fields: x-amz-meta-b/)
    await denied(sign([['starts-with', '$key', '']], { key: 'user/a' }), /Extra input fields: bucket/)
    await denied(
      sign([{ bucket: 'another' }, ['starts-with', '$key', '']], { key: 'user/a' }),
      /Policy Condition failed/,
    )
    await denied(sign(underUser, { key: 'user/a' }, new Date(Date.now() - 1000)), /Policy expired/)
    await denied(
      sign([...underUser, ['starts-with', '$success_action_status', '2']], {
        key: 'user/a',
        success_action_status: '200',
      }),
      /Policy Condition failed/,
    )
    await denied(sign([...underUser, ['like', '$key', 'u']], { key: 'user/a' }), /Policy Condition failed/)
    assert.equal(
      (
        await post(
          sign([...underUser, ['starts-with', '$Content-Type', 'image/']], {
            key: 'user/a',
            'Content-Type': 'image/png, text/html',
          }),
        )
      ).code,
      'AccessDenied',
    )
    assert.equal((await post({ ...sign(underUser, { key: 'user/a' }), 'x-ignore-me': '1' })).status, 204)
    await assert.rejects(stored('other/a'), { name: 'NoSuchKey' })
  })

  it('is refused when its file is larger or smaller than the policy allows', async () => {
    const ranged = (file: string) =>
      post(sign([...underUser, ['content-length-range', 3, 6]], { key: 'user/ranged' }), file)
    const large = await ranged('1234567')
    assert.deepEqual([large.status, large.code], [400, 'EntityTooLarge'])
    const small = await ranged('12')
    assert.deepEqual([small.status, small.code], [400, 'EntityTooSmall'])
    await assert.rejects(stored('user/ranged'), { name: 'NoSuchKey' })
    assert.equal((await ranged('123456')).status, 204)
  })

  it('is refused without a key, a file, a signature or a policy that is one', async () => {
    const signed = sign(underUser, { key: 'user/a' })
    const { key: _, ...keyless } = signed
    const { 'x-amz-signature': __, ...unsigned } = signed
    for (const [given, file, status, code] of [
      [keyless, 'x', 400, 'InvalidArgument'],
      [signed, null, 400, 'InvalidArgument'],
      [unsigned, 'x', 400, 'InvalidArgument'],
      [{ ...signed, 'x-amz-signature': '0'.repeat(64) }, 'x', 403, 'SignatureDoesNotMatch'],
      [{ ...signed, policy: 'eA==' }, 'x', 403, 'SignatureDoesNotMatch'],
      [{ ...signed, 'x-amz-algorithm': 'AWS2' }, 'x', 400, 'InvalidRequest'],
      [{ ...signed, filler: 'x'.repeat(30_000) }, 'x', 400, 'MaxPostPreDataLengthExceededError'],
      [{ key: 'user/a' }, 'x', 403, 'AccessDenied'],
    ] as const) {
      const answer = await post(given, file)
      assert.deepEqual([answer.status, answer.code], [status, code], answer.text)
    }
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    for (const body of [
      '',
      '--b',
      '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk',
      '--b\r\nX: y\r\n\r\nk\r\n--b--',
    ])
      assert.match(
        await (await fetch(`${endpoint}/${Bucket}`, { method: 'POST', headers, body })).text(),
        /MalformedPOSTRequest/,
      )
    const cut = `--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nuser/cut\r\n--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf`
    assert.equal((await fetch(`${endpoint}/${Bucket}`, { method: 'POST', headers, body: cut })).status, 403)
  })

  it('may use virtual hosts, and stores nothing that ends early', async () => {
    const form = new FormData()
    for (const [name, value] of Object.entries(sign(underUser, { key: 'user/host' }))) form.append(name, value)
    form.append('file', new Blob(['x']))
    const encoded = new Response(form)
    const type = encoded.headers.get('content-type') ?? ''
    const outgoing = request(endpoint, { method: 'POST', headers: { host: 'forms.localhost', 'content-type': type } })
    outgoing.end(await encoded.bytes())
    const [incoming] = await once(outgoing, 'response')
    assert.equal(incoming.statusCode, 204)
    assert.equal((await stored('user/host')).text, 'x')
    const fields = sign(underUser, { key: 'user/cut' })
    const parts = Object.entries(fields).map(
      ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    const body = `${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf`
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const answer = await fetch(`${endpoint}/${Bucket}`, { method: 'POST', headers, body })
    assert.deepEqual([answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1]], [400, 'MalformedPOSTRequest'])
    await assert.rejects(stored('user/cut'), { name: 'NoSuchKey' })
  })

  it('is refused where a policy takes no forms', async () => {
    const Condition = { StringEquals: { 's3:authType': 'POST' } }
    const Statement = [
      { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*`, Condition },
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await client.send(new S3.PutBucketPolicyCommand({ Bucket, Policy }))
    const { status, code } = await post(sign(underUser, { key: 'user/denied' }))
    assert.deepEqual([status, code], [403, 'AccessDenied'])
    await client.send(new S3.PutObjectCommand({ Bucket, Key: 'user/allowed', Body: 'x' }))
    await client.send(new S3.DeleteBucketPolicyCommand({ Bucket }))
  })
})
