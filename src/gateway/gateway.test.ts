import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { CloudWatchClient, ListMetricsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { CreateRoleCommand, GetRoleCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  DescribeEntityCommand,
  MarketplaceCatalogClient,
  StartChangeSetCommand,
} from '@aws-sdk/client-marketplace-catalog'
import * as S3 from '@aws-sdk/client-s3'
import {
  AddTagsCommand,
  CreateModelCommand,
  DescribeModelCommand,
  ListModelsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime'
import pino from 'pino'
import type { TrailingBody } from '../ground/body.ts'
import { systemClock, useClock } from '../ground/clock.ts'
import { AccessDenied, ServiceError } from '../ground/errors.ts'
import type { ModelName } from '../model/load.ts'
import type { Context, Platform } from '../service/context.ts'
import type { Iam } from '../service/iam.ts'
import type { Operation } from '../service/operation.ts'
import { allAsk, type Service, service as served } from '../service/service.ts'
import { createGateway } from './gateway.ts'
import type { HandOn } from './hand-on.ts'
import { createRequestLimits } from './rate-limit.ts'

const account = '123456789012'
const root = { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account } as const
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

/** Static credentials; denies one action, and anonymous callers all but reading `public`. */
const iam: Iam = {
  async credential(accessKeyId) {
    if (accessKeyId === 'AKIDEXAMPLE') return { accessKeyId, secretAccessKey: secret, principal: root }
    if (accessKeyId !== 'ASIAEXAMPLE') return undefined
    const expires = new Date(Date.now() + 3_600_000)
    return { accessKeyId, secretAccessKey: secret, sessionToken: 'token', expires, principal: root }
  },
  async authorize(principal, { action, resource }) {
    if (action === 'sagemaker:ListModels') {
      throw new AccessDenied(`User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`)
    }
    if (principal.kind === 'anonymous' && !resource.startsWith('arn:aws:s3:::public')) {
      throw new AccessDenied('Access Denied', 'AccessDenied')
    }
  },
  passRole: async () => {},
  assumeForService: async () => root,
  endWorkloadSessions: async () => {},
}

const platform = { url: 'http://localhost:8600', now: () => new Date(), iam } as unknown as Platform
const log = pino({ level: 'silent' })

// biome-ignore lint/suspicious/noExplicitAny: echoes of many shapes
type Any = any
const service = (name: ModelName, operations: Record<string, Operation<Any, Any>>): Service =>
  served<Any>({
    model: name,
    operations: allAsk<Any>(
      (input, ctx, operation) => [
        {
          action: `${name}:${operation}`,
          resource: name === 's3' ? `arn:aws:s3:::${input.Bucket}/${input.Key}` : ctx.arn('thing', 'x'),
        },
      ],
      operations,
    ),
  })

const seen: { input: Any; ctx: Context | undefined; trailers?: Readonly<Record<string, string>> } = {
  input: undefined,
  ctx: undefined,
}
const note = (input: Any, ctx: Context) => Object.assign(seen, { input, ctx })
const objects = new Map<string, Buffer>()

const services: Service[] = [
  service('sagemaker', {
    async CreateModel(input, ctx) {
      note(input, ctx)
      return { ModelArn: ctx.arn('model', input.ModelName) }
    },
    async DescribeModel(input) {
      if (input.ModelName === 'broken') throw new Error('secret of the house')
      if (input.ModelName === 'gone') throw new ServiceError('ResourceNotFound', 'Could not find model')
      return { ModelName: input.ModelName, CreationTime: new Date(1_700_000_000_500), ExecutionRoleArn: undefined }
    },
    ListModels: async () => ({ Models: [] }),
  }),
  service('sagemaker-runtime', {
    async InvokeEndpoint(input, ctx) {
      note(input, ctx)
      if (input.EndpointName === 'faulty') {
        throw new ServiceError('ModelError', 'Received server error (500)', { fields: { OriginalStatusCode: 500 } })
      }
      return { Body: input.Body, ContentType: input.ContentType, InvokedProductionVariant: 'AllTraffic' }
    },
    async InvokeEndpointWithResponseStream(input) {
      return {
        ContentType: 'text/plain',
        Body: (async function* () {
          yield { PayloadPart: { Bytes: Buffer.from('one ') } }
          yield { PayloadPart: { Bytes: input.Body } }
          if (input.EndpointName === 'faulty')
            throw new ServiceError('ModelStreamError', 'cut', { fields: { ErrorCode: 'X' } })
        })(),
      }
    },
  }),
  service('s3', {
    ListBuckets: async () => ({ Buckets: [{ Name: 'b', CreationDate: new Date(0) }], Owner: { ID: account } }),
    GetBucketLocation: async () => ({ LocationConstraint: 'eu-west-1' }),
    async ListObjectsV2(input, ctx) {
      note(input, ctx)
      const Contents = [...objects].map(([Key, body]) => ({ Key, Size: body.length, LastModified: new Date(0) }))
      return {
        Name: input.Bucket,
        Contents,
        CommonPrefixes: [{ Prefix: 'p/' }],
        KeyCount: Contents.length,
        IsTruncated: false,
      }
    },
    async PutObject(input, ctx) {
      note(input, ctx)
      const body: TrailingBody | Uint8Array = input.Body
      const chunks: Uint8Array[] = []
      for await (const chunk of body instanceof Uint8Array ? [body] : body) chunks.push(chunk as Uint8Array)
      seen.trailers = 'trailers' in body ? body.trailers : {}
      objects.set(input.Key, Buffer.concat(chunks))
      return { ETag: '"etag"' }
    },
    async GetObject(input) {
      const found = objects.get(input.Key)
      if (!found)
        throw new ServiceError('NoSuchKey', 'The specified key does not exist.', { fields: { Key: input.Key } })
      return { Body: Readable.from([found]), ContentLength: found.length, ETag: '"etag"', Metadata: { a: 'b' } }
    },
    async HeadObject(input) {
      const found = objects.get(input.Key)
      if (!found) throw new ServiceError('NotFound', 'Not Found')
      return { ContentLength: found.length, LastModified: new Date(0) }
    },
    async DeleteObjects(input, ctx) {
      note(input, ctx)
      return { Deleted: input.Delete.Objects }
    },
    async CreateMultipartUpload(input) {
      return { Bucket: input.Bucket, Key: input.Key, UploadId: 'u' }
    },
    async UploadPart(input, ctx) {
      note({ ...input, Body: undefined }, ctx)
      for await (const _ of input.Body) {
      }
      return { ETag: '"p"' }
    },
    async CompleteMultipartUpload(input, ctx) {
      note(input, ctx)
      return { Bucket: input.Bucket, Key: input.Key, ETag: '"done"' }
    },
    async PutBucketPolicy(input, ctx) {
      note(input, ctx)
    },
  }),
  service('iam', {
    async CreateRole(input, ctx) {
      note(input, ctx)
      const fields = { Path: '/', RoleId: 'AROA', CreateDate: new Date(1000), Tags: input.Tags }
      return { Role: { RoleName: input.RoleName, Arn: ctx.arn('role', input.RoleName), ...fields } }
    },
    async GetRole() {
      throw new ServiceError('NoSuchEntity', 'The role with name x & y cannot be found.')
    },
    ListRoles: async () => ({ Roles: [], IsTruncated: false }),
  }),
  service('cloudwatch', {
    async PutMetricData(input, ctx) {
      note(input, ctx)
    },
    async ListMetrics(input) {
      if (input.Namespace === 'bad') throw new ServiceError('InvalidParameterValueException', 'no')
      return { Metrics: [{ Namespace: 'n', MetricName: 'm', Dimensions: [{ Name: 'a', Value: 'b' }] }] }
    },
  }),
  service('kms', { Encrypt: async input => ({ CiphertextBlob: input.Plaintext, KeyId: input.KeyId }) }),
  service('marketplace-catalog', {
    async StartChangeSet(input, ctx) {
      note(input, ctx)
      return { ChangeSetId: 'abc', ChangeSetArn: 'arn' }
    },
    DescribeEntity: async input => ({ EntityIdentifier: input.EntityId, DetailsDocument: { any: ['thing', 1, null] } }),
  }),
]

const server = createGateway({ platform, services, log })
let endpoint = ''
let common: {
  endpoint: string
  region: string
  maxAttempts: number
  credentials: { accessKeyId: string; secretAccessKey: string }
}

before(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  common = {
    endpoint,
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret },
  }
})
after(() => {
  server.closeAllConnections()
  server.close()
})

const failure = async (call: Promise<unknown>): Promise<Any> => {
  try {
    await call
  } catch (error) {
    return error
  }
  assert.fail('expected an error')
}

describe('AWS JSON by the SageMaker client', () => {
  const client = () => new SageMakerClient(common)

  it('carries input and output', async () => {
    const answer = await client().send(
      new CreateModelCommand({ ModelName: 'm', ExecutionRoleArn: `arn:aws:iam::${account}:role/r` }),
    )
    assert.equal(answer.ModelArn, `arn:aws:sagemaker:eu-west-1:${account}:model/m`)
    assert.equal(seen.ctx?.region, 'eu-west-1')
    assert.deepEqual(seen.input, { ModelName: 'm', ExecutionRoleArn: `arn:aws:iam::${account}:role/r` })
    assert.match(answer.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/)
  })

  it('writes timestamps and leaves out what is unset', async () => {
    const answer = await client().send(new DescribeModelCommand({ ModelName: 'm' }))
    assert.equal(answer.CreationTime?.getTime(), 1_700_000_000_500)
    assert.ok(!('ExecutionRoleArn' in answer))
  })

  it('lists every broken constraint in the words of AWS', async () => {
    const error = await failure(
      client().send(new CreateModelCommand({ ModelName: 'a b', Tags: [{ Key: 'k' } as Any] })),
    )
    assert.equal(error.name, 'ValidationException')
    assert.equal(error.$metadata.httpStatusCode, 400)
    assert.match(
      error.message,
      /^2 validation errors detected: Value 'a b' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    )
    assert.match(
      error.message,
      /; Value null at 'tags\.1\.member\.value' failed to satisfy constraint: Member must not be null$/,
    )
  })

  it('tells a modelled error, a denial, an unserved operation and a failure of ours apart', async () => {
    const gone = await failure(client().send(new DescribeModelCommand({ ModelName: 'gone' })))
    assert.deepEqual(
      [gone.name, gone.message, gone.$metadata.httpStatusCode],
      ['ResourceNotFound', 'Could not find model', 400],
    )
    const denied = await failure(client().send(new ListModelsCommand({})))
    assert.deepEqual([denied.name, denied.$metadata.httpStatusCode], ['AccessDeniedException', 400])
    const unserved = await failure(
      client().send(new AddTagsCommand({ ResourceArn: 'arn:aws:sagemaker:eu-west-1:123456789012:model/m', Tags: [] })),
    )
    assert.equal(unserved.name, 'UnsupportedOperation')
    const broken = await failure(client().send(new DescribeModelCommand({ ModelName: 'broken' })))
    assert.deepEqual([broken.name, broken.$metadata.httpStatusCode], ['InternalFailure', 500])
    assert.doesNotMatch(broken.message, /secret/)
  })

  it('refuses wrong keys, wrong secrets and wrong tokens in the words of AWS', async () => {
    const as = (credentials: Any) =>
      failure(new SageMakerClient({ ...common, credentials }).send(new DescribeModelCommand({ ModelName: 'm' })))
    const unknown = await as({ accessKeyId: 'AKIDNOBODY', secretAccessKey: secret })
    assert.deepEqual(
      [unknown.name, unknown.message],
      ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
    )
    const wrong = await as({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wrong' })
    assert.equal(wrong.name, 'InvalidSignatureException')
    assert.match(wrong.message, /The Canonical String for this request should have been\n'POST\n\/\n/)
    assert.equal(
      (await as({ accessKeyId: 'ASIAEXAMPLE', secretAccessKey: secret })).name,
      'UnrecognizedClientException',
    )
    assert.equal(
      (await as({ accessKeyId: 'ASIAEXAMPLE', secretAccessKey: secret, sessionToken: 'other' })).name,
      'UnrecognizedClientException',
    )
    const session = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: secret, sessionToken: 'token' }
    await new SageMakerClient({ ...common, credentials: session }).send(new DescribeModelCommand({ ModelName: 'm' }))
  })

  it('carries blobs', async () => {
    const answer = await new KMSClient(common).send(
      new EncryptCommand({ KeyId: 'k', Plaintext: Buffer.from([0, 255, 1]) }),
    )
    assert.deepEqual([...(answer.CiphertextBlob ?? [])], [0, 255, 1])
  })
})

describe('REST JSON by the runtime and catalog clients', () => {
  it('binds path, headers and body', async () => {
    const client = new SageMakerRuntimeClient(common)
    const answer = await client.send(
      new InvokeEndpointCommand({
        EndpointName: 'e-1',
        Body: Buffer.from('a,b'),
        ContentType: 'text/csv',
        CustomAttributes: 'c',
      }),
    )
    assert.equal(Buffer.from(answer.Body).toString(), 'a,b')
    assert.equal(answer.ContentType, 'text/csv')
    assert.equal(answer.InvokedProductionVariant, 'AllTraffic')
    assert.equal(seen.input.CustomAttributes, 'c')
    const error = await failure(client.send(new InvokeEndpointCommand({ EndpointName: 'faulty', Body: 'x' })))
    assert.deepEqual([error.name, error.$metadata.httpStatusCode, error.OriginalStatusCode], ['ModelError', 424, 500])
    assert.equal(
      (await failure(client.send(new InvokeEndpointCommand({ EndpointName: 'b@d', Body: 'x' })))).name,
      'ValidationError',
    )
  })

  it('streams events and their errors', async () => {
    const client = new SageMakerRuntimeClient(common)
    const ask = async (EndpointName: string, parts: string[]) => {
      const { Body } = await client.send(new InvokeEndpointWithResponseStreamCommand({ EndpointName, Body: 'two' }))
      for await (const event of Body ?? []) parts.push(Buffer.from(event.PayloadPart?.Bytes ?? []).toString())
    }
    const parts: string[] = []
    await ask('e', parts)
    assert.equal(parts.join(''), 'one two')
    const error = await failure(ask('faulty', []))
    assert.deepEqual([error.name, error.ErrorCode], ['ModelStreamError', 'X'])
  })

  it('carries documents and query parameters', async () => {
    const client = new MarketplaceCatalogClient(common)
    const change = { ChangeType: 'CreateProduct', Entity: { Type: 'X@1.0' }, DetailsDocument: { a: [1, { b: null }] } }
    await client.send(new StartChangeSetCommand({ Catalog: 'AWSMarketplace', ChangeSet: [change] }))
    assert.deepEqual(seen.input.ChangeSet[0].DetailsDocument, { a: [1, { b: null }] })
    const answer = await client.send(new DescribeEntityCommand({ Catalog: 'AWSMarketplace', EntityId: 'e-1' }))
    assert.equal(answer.EntityIdentifier, 'e-1')
    assert.deepEqual(answer.DetailsDocument, { any: ['thing', 1, null] })
  })
})

describe('query by the IAM client', () => {
  it('carries lists, structures and errors', async () => {
    const client = new IAMClient({ ...common, region: 'us-east-1' })
    const input = {
      RoleName: 'r',
      AssumeRolePolicyDocument: '{"a": "&<>+ é"}',
      Tags: [
        { Key: 'k', Value: 'v' },
        { Key: 'l', Value: '' },
      ],
    }
    const { Role } = await client.send(new CreateRoleCommand(input))
    assert.deepEqual(seen.input, input)
    assert.equal(Role?.Arn, `arn:aws:iam::${account}:role/r`)
    assert.deepEqual(Role?.Tags, input.Tags)
    assert.equal(Role?.CreateDate?.getTime(), 1000)
    assert.deepEqual((await client.send(new ListRolesCommand({}))).Roles, [])
    const error = await failure(client.send(new GetRoleCommand({ RoleName: 'x' })))
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['NoSuchEntityException', 404])
    assert.match(error.message, /x & y/)
  })
})

describe('CloudWatch by JSON, CBOR and query', () => {
  it("takes what today's clients send", async () => {
    const client = new CloudWatchClient(common)
    const Timestamp = new Date(1_700_000_000_000)
    await client.send(
      new PutMetricDataCommand({ Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1.5, Timestamp }] }),
    )
    assert.deepEqual(seen.input.MetricData, [{ MetricName: 'm', Value: 1.5, Timestamp }])
    const many = Array.from({ length: 900 }, (_, index) => ({ MetricName: `metric-number-${index}`, Value: index }))
    await client.send(new PutMetricDataCommand({ Namespace: 'n', MetricData: many }))
    assert.equal(seen.input.MetricData.length, 900)
    assert.equal(seen.ctx?.headers['content-encoding'], 'gzip')
    const error = await failure(client.send(new ListMetricsCommand({ Namespace: 'bad' })))
    assert.equal(error.name, 'InvalidParameterValueException')
  })
})

describe('REST XML by the S3 client', () => {
  const client = (options: object = {}) => new S3.S3Client({ ...common, forcePathStyle: true, ...options })

  it('writes and reads objects', async () => {
    const Key = 'a folder/ü+&?%/x'
    await client().send(
      new S3.PutObjectCommand({
        Bucket: 'bucket',
        Key,
        Body: 'hello',
        Metadata: { m: 'n' },
        ContentType: 'text/plain',
      }),
    )
    assert.equal(objects.get(Key)?.toString(), 'hello')
    assert.deepEqual(seen.input.Metadata, { m: 'n' })
    assert.equal(seen.input.ContentLength, 5)
    const answer = await client().send(new S3.GetObjectCommand({ Bucket: 'bucket', Key }))
    assert.equal(await answer.Body?.transformToString(), 'hello')
    assert.deepEqual(answer.Metadata, { a: 'b' })
    assert.equal((await client().send(new S3.HeadObjectCommand({ Bucket: 'bucket', Key }))).ContentLength, 5)
  })

  it('passes on the trailers of a chunked stream', async () => {
    const Body = Readable.from([Buffer.alloc(100_000, 'x'), Buffer.alloc(70_000, 'y')])
    await client().send(new S3.PutObjectCommand({ Bucket: 'bucket', Key: 's', Body, ContentLength: 170_000 }))
    assert.equal(objects.get('s')?.length, 170_000)
    assert.deepEqual(Object.keys(seen.trailers ?? {}), ['x-amz-checksum-crc32'])
    assert.equal(seen.input.ContentLength, 170_000)
    assert.equal(seen.input.ContentEncoding, undefined)
  })

  it('lists and speaks XML both ways', async () => {
    const { Buckets } = await client().send(new S3.ListBucketsCommand({}))
    assert.deepEqual(Buckets, [{ Name: 'b', CreationDate: new Date(0) }])
    const list = await client().send(new S3.ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'a b', Delimiter: '/' }))
    assert.deepEqual([seen.input.Prefix, seen.input.Delimiter, list.CommonPrefixes], ['a b', '/', [{ Prefix: 'p/' }]])
    assert.equal(
      (await client().send(new S3.GetBucketLocationCommand({ Bucket: 'bucket' }))).LocationConstraint,
      'eu-west-1',
    )
    const Objects = [{ Key: 'a&b<c>😀' }, { Key: ' ' }]
    const { Deleted } = await client().send(new S3.DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects } }))
    assert.deepEqual(seen.input.Delete, { Objects })
    assert.deepEqual(Deleted, Objects)
    const Parts = [{ ETag: '"p"', PartNumber: 1 }]
    await client().send(
      new S3.CompleteMultipartUploadCommand({ Bucket: 'bucket', Key: 'k', UploadId: 'u', MultipartUpload: { Parts } }),
    )
    assert.deepEqual(seen.input.MultipartUpload, { Parts })
    await client().send(
      new S3.UploadPartCommand({ Bucket: 'bucket', Key: 'k', UploadId: 'u', PartNumber: 3, Body: 'x' }),
    )
    assert.equal(seen.input.PartNumber, 3)
    await client().send(new S3.PutBucketPolicyCommand({ Bucket: 'bucket', Policy: '{}' }))
    assert.equal(seen.input.Policy, '{}')
  })

  it('answers errors', async () => {
    const missing = await failure(client().send(new S3.GetObjectCommand({ Bucket: 'bucket', Key: 'none' })))
    assert.deepEqual([missing.name, missing.Key, missing.$metadata.httpStatusCode], ['NoSuchKey', 'none', 404])
    assert.equal(
      (await failure(client().send(new S3.HeadObjectCommand({ Bucket: 'bucket', Key: 'none' })))).name,
      'NotFound',
    )
    const unserved = await failure(client().send(new S3.GetBucketCorsCommand({ Bucket: 'bucket' })))
    assert.deepEqual([unserved.name, unserved.$metadata.httpStatusCode], ['NotImplemented', 501])
  })
})

it('lets who hands a request on have counted it for its address', async () => {
  using _ = useClock({ ...systemClock, elapsed: () => 0 })
  const admit = ({ headers }: IncomingMessage) => headers['by-a-peer'] !== undefined
  const handOn: HandOn = { isHere: () => true, admit, pass: () => assert.fail() }
  const limits = createRequestLimits({ perAccount: 0, perAddress: 0.1 })
  const counting = createGateway({ platform, services, log, limits, handOn })
  await new Promise<void>(resolve => counting.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${(counting.address() as AddressInfo).port}`
  const statusOf = async (headers = {}) => (await fetch(at, { method: 'POST', headers })).status
  const refused = await statusOf({ 'by-a-peer': 'yes' })
  assert.notEqual(refused, 503)
  for (let asked = 0; asked < 5; asked++) assert.equal(await statusOf({ 'by-a-peer': 'yes' }), refused)
  assert.equal(await statusOf(), refused)
  assert.equal(await statusOf(), 503)
  assert.equal(await statusOf({ 'by-a-peer': 'yes' }), refused)
  counting.close()
  counting.closeAllConnections()
})
