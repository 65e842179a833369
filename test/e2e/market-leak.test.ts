import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as SageMaker from '@aws-sdk/client-sagemaker'
import { packTar } from 'modern-tar'
import { clientsFor } from '../../demo/clients.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { createSageMakerService } from '../../src/sagemaker/sagemaker-service.ts'
import { presentEngines } from './engines.ts'
import { type Fixture, openFixture } from './fixture.ts'
import { channel, download, endpointSettled, instanceType as instance, train, transform } from './jobs.ts'
import { type Ear, openEar } from './market-ear.ts'
import { hearMetrics } from './market-metrics.ts'
import { type Layout, layoutOf, openRegistry, type Registry } from './market-registry.ts'
import {
  certifyAlgorithm,
  certifyModelPackage,
  change,
  makeSecrets,
  publish,
  type Secrets,
  type Shop,
  type Subscription,
  subscribe,
} from './market-shop.ts'
import { signedRequest } from './market-signed.ts'
import { pushForgeries } from './market-theft.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { assertTells, serverLog } from './world.ts'

const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const run = promisify(execFile)
const [engine] = await presentEngines()

/**
 * Every way by which a buyer might get at what a product is made of: all that the buyer is told is remembered and searched for what
 * only the seller knows, and every way to the bytes is tried. Then the other way round.
 */
describe('a product keeps its secrets, and its buyers keep theirs', { timeout: 300_000 }, () => {
  let world: Fixture
  let buyer: Party
  let seller: Party
  let visitor: Party
  let ear: Ear
  let sellerEar: Ear
  let secrets: Secrets
  let layout: Layout
  let own: Registry
  let trainer: Shop & Subscription
  let server: Shop & Subscription
  /** What names the product's parts or where they lie: nothing that a buyer is told may hold any of them. */
  let forbidden: string[]
  let held: string[]
  let evaluation: string
  let lesson: string
  const sourceArns = { algorithm: '', modelPackage: '' }

  before(async () => {
    if (!engine) throw new Error('there is no engine')
    world = await openFixture(engine, 'contract-probe')
    ;({ seller, buyer } = world)
    visitor = { ...buyer, ...clientsFor(world.server.url, await world.server.account('visitor')) }
    secrets = await makeSecrets(engine, seller, world.image)
    layout = await layoutOf(await openRegistry(world.server.url, seller), `${seller.id}/secret`, '1.0.0')
    sourceArns.algorithm = await certifyAlgorithm(seller, secrets)
    sourceArns.modelPackage = await certifyModelPackage(seller, secrets)
    const shops = [
      await publish(seller, sourceArns.algorithm, 'Trainer'),
      await publish(seller, sourceArns.modelPackage, 'Server'),
    ] as const

    ear = openEar()
    const { sagemaker, s3, ecr, logs, agreement, catalog, iam, runtime } = buyer
    for (const client of [sagemaker, s3, ecr, logs, agreement, catalog, iam, runtime]) ear.listen(client)
    const { discovery, subscribedVersions } = buyer
    buyer = {
      ...buyer,
      discovery: async <Answer>(operation: string, input: object) => {
        const answer = await discovery<Answer>(operation, input)
        ear.hear(operation, JSON.stringify(answer))
        return answer
      },
      subscribedVersions: async agreementId => {
        const answer = await subscribedVersions(agreementId)
        ear.hear('ListSubscribedVersions', JSON.stringify(answer))
        return answer
      },
    }
    own = await openRegistry(world.server.url, buyer)
    evaluation = await startEvaluation(shops[1].product)
    lesson = await startLesson(shops[0].product)
    trainer = { ...shops[0], ...(await subscribe(buyer, shops[0].offer)) }
    server = { ...shops[1], ...(await subscribe(buyer, shops[1].offer)) }
    held = await heldNames(world.server.data)
    assert.equal(held.length, 1)
    const [config, ...layers] = layout.blobs
    forbidden = [
      ...Object.values(secrets.words),
      ...held,
      ...[layout.digest, config as string, layers.at(-1) as string].map(digest => digest.slice('sha256:'.length)),
      ...[`${seller.id}/secret`, `${seller.id}.dkr.ecr`, seller.bucket, seller.role],
    ]
  })
  after(async () => {
    await world?.close()
  })

  describe('the buyer', () => {
    it('has tried the product on own data before it was bought, within what the seller allows', async () => {
      const { results, ...told } = await until(
        'the evaluation has ended',
        () => ask(buyer, 'GET', `/evaluations/${evaluation}/results`),
        ({ status }) => status === 'ENDED',
      )
      const [result] = results
      assert.equal(result.status, 'SUCCEEDED', result.failureReason)
      assert.deepEqual([told.rows, result.score, result.rank, result.usage.amount], [3, 2 / 3, 1, '0'])
      assert.ok(result.usage.minutes >= 1 && result.latency.p99Ms > 0 && Number(result.pricePerThousandRows) > 0)
      // Of what begins with the key of the object, nothing else was sent.
      assert.equal((await download(buyer, result.outputS3Uri)).toString(), 'hello\nworld\nhello\n')
      const { Contents = [] } = await buyer.s3.listObjectsV2({ Bucket: buyer.bucket, Prefix: `tried/${evaluation}` })
      assert.equal(Contents.length, 1)
      const terms = `/products/${server.product}/evaluationTerms`
      await evaluatesByCommand()
      assert.equal((await ask(buyer, 'GET', terms)).evaluationsLeft, 0)
      await assert.rejects(startEvaluation(server.product), /allows an account are used up/)
      await assert.rejects(ask(seller, 'GET', `/evaluations/${evaluation}/results`), /was not found/)
      await assert.rejects(ask(buyer, 'DELETE', terms), /was not found/)
    })

    it('has had the algorithm learn from own data before it was bought, and answer', async () => {
      const { results, ...told } = await until(
        'the evaluation has ended',
        () => ask(buyer, 'GET', `/evaluations/${lesson}/results`),
        ({ status }) => status === 'ENDED',
      )
      const [result] = results
      assert.equal(result.status, 'SUCCEEDED', result.failureReason)
      assert.deepEqual([told.rows, told.trainingRows, result.score, result.usage.amount], [3, 3, 2 / 3, '0'])
      assert.ok(result.usage.trainingMinutes >= 1 && result.usage.minutes > result.usage.trainingMinutes)
      const { HyperParameters, EnableNetworkIsolation } = await buyer.sagemaker.describeTrainingJob({
        TrainingJobName: result.trainingJobName,
      })
      assert.deepEqual([HyperParameters, EnableNetworkIsolation], [{ message: 'trial' }, true])
    })

    it('trains, deploys, invokes and transforms', async () => {
      const AlgorithmSpecification = { AlgorithmName: trainer.arn, TrainingInputMode: 'File' as const }
      const isolated = { AlgorithmSpecification, EnableNetworkIsolation: true }
      const input = { ...channel(`s3://${buyer.bucket}/in/`), ContentType: 'text/csv' }
      const trained = await train(buyer, 'trained', {}, { ...isolated, InputDataConfig: [input] })
      assert.equal(trained.TrainingJobStatus, 'Completed', trained.FailureReason)
      const failed = await train(buyer, 'failed', { mode: 'exit', message: 'as asked' }, isolated)
      assert.match(failed.FailureReason ?? '', /as asked/)
      await buyer.sagemaker.createModelPackage({
        ModelPackageName: 'derived',
        SourceAlgorithmSpecification: {
          SourceAlgorithms: [
            { AlgorithmName: trainer.arn, ModelDataUrl: trained.ModelArtifacts?.S3ModelArtifacts as string },
          ],
        },
      })
      await until(
        'the derived package can be used',
        () => buyer.sagemaker.describeModelPackage({ ModelPackageName: 'derived' }),
        ({ ModelPackageStatus = '' }) => /Completed|Failed/.test(ModelPackageStatus),
      )
      for (const [ModelName, ModelPackageName] of [
        ['derived', 'derived'],
        ['served', server.arn],
      ] as const)
        await buyer.sagemaker.createModel({
          ModelName,
          PrimaryContainer: { ModelPackageName },
          ExecutionRoleArn: buyer.role,
          EnableNetworkIsolation: true,
        })
      const variant = { VariantName: 'only', ModelName: 'served', InstanceType: instance, InitialInstanceCount: 1 }
      await buyer.sagemaker.createEndpointConfig({ EndpointConfigName: 'served', ProductionVariants: [variant] })
      await buyer.sagemaker.createEndpoint({ EndpointName: 'served', EndpointConfigName: 'served' })
      assert.equal((await endpointSettled(buyer, 'served')).EndpointStatus, 'InService')
      const request = { EndpointName: 'served', ContentType: 'text/plain', Body: Buffer.from('hello') }
      const { Body } = await buyer.runtime.invokeEndpoint(request)
      assert.equal(Buffer.from(Body).toString(), 'hello')
      for (const model of ['served', 'derived']) {
        const { TransformJobStatus, FailureReason } = await transform(buyer, `transform-${model}`, model, 'in/')
        assert.equal(TransformJobStatus, 'Completed', FailureReason)
      }
    })

    it('gives the product’s containers no file of its own, but a copy of what the product has trained', async () => {
      const { ModelArtifacts } = await buyer.sagemaker.describeTrainingJob({ TrainingJobName: 'trained' })
      const trained = ModelArtifacts?.S3ModelArtifacts as string
      const own = await packTar([{ header: { name: 'model.pkl', size: 4 }, body: 'evil' }])
      const theirs = await download(buyer, trained)
      const archives = { forged: gzipSync(own), repacked: gzipSync(gunzipSync(theirs), { level: 1 }), copied: theirs }
      for (const [name, Body] of Object.entries(archives)) {
        const Key = `own/${name}/model.tar.gz`
        await buyer.s3.putObject({ Bucket: buyer.bucket, Key, Body })
        const ModelDataUrl = `s3://${buyer.bucket}/${Key}`
        const SourceAlgorithms = [{ AlgorithmName: trainer.arn, ModelDataUrl }]
        const ModelPackageName = name
        await buyer.sagemaker.createModelPackage({
          ModelPackageName,
          SourceAlgorithmSpecification: { SourceAlgorithms },
        })
        await until(
          'the package can be used',
          () => buyer.sagemaker.describeModelPackage({ ModelPackageName }),
          ({ ModelPackageStatus = '' }) => /Completed|Failed/.test(ModelPackageStatus),
        )
        const PrimaryContainer = { ModelPackageName }
        const more = { ExecutionRoleArn: buyer.role, EnableNetworkIsolation: true }
        await buyer.sagemaker.createModel({ ModelName: name, PrimaryContainer, ...more })
        const { TransformJobStatus, FailureReason } = await transform(buyer, `own-${name}`, name, 'in/')
        if (name === 'copied') assert.equal(TransformJobStatus, 'Completed', FailureReason)
        else assertTells(FailureReason, ['ClientError', ModelDataUrl, `a training job of ${trainer.arn}`])
      }
    })

    it('is told nothing of where the parts lie, by any operation that describes, lists or searches', async () => {
      for (const name of readers()) await readEverything(name)
      for (const { product, offer, agreement: agreementId } of [trainer, server]) {
        const listing = `prodview-${product.slice('prod-'.length)}`
        const filters = [{ filterType: 'PRODUCT_ID', filterValues: [product] }]
        await buyer.discovery('GetListing', { listingId: listing })
        await buyer.discovery('GetProduct', { productId: product })
        await buyer.discovery('ListFulfillmentOptions', { productId: product })
        await buyer.discovery('ListPurchaseOptions', { filters })
        await buyer.discovery('GetOffer', { offerId: offer })
        await buyer.agreement.describeAgreement({ agreementId })
        await buyer.agreement.getAgreementTerms({ agreementId })
        await buyer.agreement.listAgreementCharges({ agreementId })
        for (const EntityId of [product, offer])
          await refused(buyer.catalog.describeEntity({ Catalog: 'AWSMarketplace', EntityId }))
      }
      await buyer.discovery('SearchListings', {})
      await buyer.discovery('SearchFacets', {})
      assert.ok(ear.heard > 80, `only ${ear.heard} answers were heard`)
      assert.deepEqual(
        forbidden.flatMap(word => ear.whereTold(word)),
        [],
      )
    })

    it('finds it neither in logs nor in outputs', async () => {
      const { logGroups = [] } = await buyer.logs.describeLogGroups({})
      assert.ok(logGroups.length >= 3)
      for (const { logGroupName = '' } of logGroups)
        ear.hear(logGroupName, (await wholeLog(buyer, logGroupName)).join('\n'))
      const { Contents = [] } = await buyer.s3.listObjectsV2({ Bucket: buyer.bucket })
      const keys = Contents.map(({ Key = '' }) => Key)
      assert.ok(keys.some(key => key.endsWith('model.tar.gz')) && keys.some(key => key.endsWith('.out')))
      for (const key of keys) {
        const bytes = await download(buyer, `s3://${buyer.bucket}/${key}`)
        ear.hear(key, (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1'))
      }
      assert.deepEqual(
        forbidden.flatMap(word => ear.whereTold(word)),
        [],
      )
    })

    it('cannot pull the image by tag or digest, from any repository', async () => {
      const escrow = trainer.arn.split(':')[4] as string
      const places = [`${seller.id}/secret`, `${escrow}/secret`, `${escrow}/trainer`, `${buyer.id}/probe`, 'secret']
      for (const place of places) {
        for (const reference of ['1.0.0', 'latest', layout.digest]) {
          if (place === `${buyer.id}/probe` && reference === '1.0.0') continue
          await unavailable('GET', `${place}/manifests/${reference}`)
          await unavailable('HEAD', `${place}/manifests/${reference}`)
        }
        for (const digest of secretBlobs()) await unavailable('GET', `${place}/blobs/${digest}`)
        await unavailable('GET', `${place}/referrers/${layout.digest}`, answer => /"manifests":\s*\[\]/.test(answer))
        if (place !== `${buyer.id}/probe`) await unavailable('GET', `${place}/tags/list`)
      }
    })

    it('cannot take its layers over by mounting them, by naming their digests or by pushing its manifest', async () => {
      const [digest] = secretBlobs().slice(-1) as [string]
      const uploads = `${buyer.id}/probe/blobs/uploads/`
      for (const from of [`&from=${seller.id}/secret`, '&from=secret', '']) {
        const response = await own('POST', `${uploads}?mount=${digest}${from}`)
        assert.notEqual(response.status, 201, `mounted${from}`)
      }
      assert.notEqual((await own('POST', `${uploads}?digest=${digest}`, 'not the layer')).status, 201)
      const path = `${buyer.id}/probe/manifests/stolen`
      const pushed = await own('PUT', path, layout.manifest, layout.type)
      assert.ok(pushed.status >= 400, `the manifest was accepted with ${pushed.status}`)
      await unavailable('GET', path)
    })

    it('cannot read it through ECR’s API', async () => {
      const escrow = trainer.arn.split(':')[4] as string
      const { ecr } = buyer
      const imageIds = [{ imageTag: '1.0.0' }, { imageDigest: layout.digest }]
      for (const registryId of [seller.id, escrow]) {
        const there = { registryId, repositoryName: 'secret' }
        await refused(ecr.describeRepositories({ registryId }))
        await refused(ecr.describeImages(there))
        await refused(ecr.listImages(there))
        await refused(ecr.batchGetImage({ ...there, imageIds }))
        for (const layerDigest of secretBlobs()) await refused(ecr.getDownloadUrlForLayer({ ...there, layerDigest }))
        await refused(ecr.batchCheckLayerAvailability({ ...there, layerDigests: secretBlobs() }))
        await refused(ecr.getRepositoryPolicy(there))
      }
      const here = { repositoryName: 'probe' }
      const { images = [] } = await ecr.batchGetImage({ ...here, imageIds: [{ imageDigest: layout.digest }] })
      assert.deepEqual(images, [])
      const { layers = [] } = await ecr.batchCheckLayerAvailability({ ...here, layerDigests: secretBlobs() })
      assert.deepEqual(
        layers.filter(({ layerAvailability }) => layerAvailability === 'AVAILABLE'),
        [],
      )
      for (const layerDigest of secretBlobs()) await refused(ecr.getDownloadUrlForLayer({ ...here, layerDigest }))
      await refused(ecr.putImage({ ...here, imageTag: 'stolen', imageManifest: layout.manifest }))
      const { repositories = [] } = await ecr.describeRepositories({})
      assert.deepEqual(
        repositories.map(({ repositoryName }) => repositoryName),
        ['probe'],
      )
    })

    it('cannot have them by manifests, indexes and uploads that name their digests', async () => {
      const mine = await layoutOf(own, `${buyer.id}/probe`, '1.0.0')
      await pushForgeries(own, `${buyer.id}/probe`, layout, mine)
    })

    it('cannot scan it or read what a scan found, nor upload in its name', async () => {
      const { ecr } = buyer
      const escrow = trainer.arn.split(':')[4] as string
      const imageId = { imageDigest: layout.digest }
      const places = [seller.id, escrow].map(registryId => ({ registryId, repositoryName: 'secret' }))
      for (const place of [...places, { repositoryName: 'probe' }]) {
        await refused(ecr.describeImageScanFindings({ ...place, imageId }))
        await refused(ecr.startImageScan({ ...place, imageId }))
      }
      for (const place of places) {
        await refused(ecr.initiateLayerUpload(place))
        await refused(ecr.batchDeleteImage({ ...place, imageIds: [imageId] }))
        await refused(ecr.setRepositoryPolicy({ ...place, policyText: '{"Version":"2012-10-17","Statement":[]}' }))
      }
      const here = { repositoryName: 'probe' }
      const { uploadId } = await ecr.initiateLayerUpload(here)
      const layerDigests = secretBlobs()
      const part = { partFirstByte: 0, partLastByte: 2, layerPartBlob: Buffer.from('not') }
      await ecr.uploadLayerPart({ ...here, uploadId, ...part })
      await refused(ecr.completeLayerUpload({ ...here, uploadId, layerDigests }))
    })

    it('is told nothing of them by metrics', async () => {
      assert.ok((await hearMetrics(world.server.url, buyer, ear)) > 3)
      ear.hear('/metrics', await (await fetch(`${world.server.url}/metrics`)).text())
      const words = [...Object.values(secrets.words), ...held, seller.role, seller.bucket]
      assert.deepEqual(
        words.flatMap(word => ear.whereTold(word)).filter(where => !where.includes(', refused')),
        [],
      )
    })

    it('cannot read the artifact through S3, by the seller’s name for it or by the marketplace’s', async () => {
      const { s3 } = buyer
      const [name = ''] = held
      const escrow = trainer.arn.split(':')[4] as string
      for (const Bucket of [seller.bucket, escrow, name, 'escrow', 'held']) {
        for (const Key of ['weights/model.tar.gz', name, `held/${name}`]) {
          await refused(s3.getObject({ Bucket, Key }))
          await refused(s3.headObject({ Bucket, Key }))
          await refused(s3.copyObject({ Bucket: buyer.bucket, Key: 'stolen', CopySource: `${Bucket}/${Key}` }))
        }
        await refused(s3.listObjectsV2({ Bucket }))
        await refused(s3.listObjectVersions({ Bucket }))
        await refused(s3.getBucketPolicy({ Bucket }))
      }
      const { UploadId } = await s3.createMultipartUpload({ Bucket: buyer.bucket, Key: 'stolen' })
      const to = { Bucket: buyer.bucket, Key: 'stolen', UploadId, PartNumber: 1 }
      for (const source of [`${seller.bucket}/weights/model.tar.gz`, `escrow/held/${name}`])
        await refused(s3.uploadPartCopy({ ...to, CopySource: source }))
      await s3.abortMultipartUpload(to)
      const input = { ...channel(secrets.artifact), ContentType: 'text/csv' }
      const isolated = { AlgorithmName: trainer.arn, TrainingInputMode: 'File' as const }
      const peek = { AlgorithmSpecification: isolated, EnableNetworkIsolation: true, InputDataConfig: [input] }
      const { TrainingJobStatus, FailureReason } = await train(buyer, 'peek', {}, peek)
      assert.equal(TrainingJobStatus, 'Failed')
      assert.match(FailureReason ?? '', /AccessDenied|not authorized/)
      const { Buckets = [] } = await s3.listBuckets({})
      assert.deepEqual(
        Buckets.map(({ Name }) => Name),
        [buyer.bucket, `evaluations-${buyer.id}`],
      )
      assert.equal((await fetch(`${world.server.url}/${seller.bucket}/weights/model.tar.gz`)).status, 403)
    })

    it('cannot run its parts apart from the product, nor its own code inside it', async () => {
      const { sagemaker, id } = buyer
      const { host } = new URL(world.server.url)
      const aws = `${seller.id}.dkr.ecr.us-east-1.amazonaws.com`
      const images = [
        ...[`${host}/${seller.id}/secret:1.0.0`, `${host}/${seller.id}/secret@${layout.digest}`],
        ...[`${aws}/secret:1.0.0`, `${host}/${id}/probe@${layout.digest}`, layout.digest],
      ]
      const model = { ExecutionRoleArn: buyer.role, ModelName: 'stolen' }
      for (const image of images) {
        const AlgorithmSpecification = { TrainingImage: image, TrainingInputMode: 'File' as const }
        await refused(train(buyer, 'stolen', {}, { AlgorithmSpecification }))
        await refused(sagemaker.createModel({ ...model, PrimaryContainer: { Image: image } }))
      }
      const product = { AlgorithmName: trainer.arn, TrainingInputMode: 'File' as const }
      const code = [
        { EnableNetworkIsolation: true, Environment: { LD_PRELOAD: '/opt/ml/input/data/training/mine.so' } },
        { EnableNetworkIsolation: false },
      ]
      for (const changes of code)
        await refused(train(buyer, 'stolen', {}, { AlgorithmSpecification: product, ...changes }))
      const python = { ContainerEntrypoint: ['python3', '-c', 'print(1)'] }
      const mine = { AlgorithmSpecification: { ...product, ...python }, EnableNetworkIsolation: true }
      await refused(train(buyer, 'stolen', {}, mine))
      const container = { ModelPackageName: server.arn, Environment: { PROBE_MODE: 'model' } }
      await refused(sagemaker.createModel({ ...model, PrimaryContainer: container, EnableNetworkIsolation: true }))
      const bare = { ...model, PrimaryContainer: { ModelPackageName: server.arn } }
      await refused(sagemaker.createModel(bare))
      await refused(transform(buyer, 'stolen', 'served', 'in/', { Environment: { PROBE_MODE: 'model' } }))
      const image = { ModelDataUrl: secrets.artifact, Image: buyer.image }
      const probe = { Environment: { PROBE_MODE: 'model' } }
      await refused(sagemaker.createModel({ ...model, PrimaryContainer: { ...image, ...probe } }))
    })

    it('cannot change, tag, sell or hand on what the marketplace holds', async () => {
      const { sagemaker } = buyer
      for (const ResourceArn of [trainer.arn, server.arn]) {
        await refused(sagemaker.listTags({ ResourceArn }))
        await refused(sagemaker.addTags({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] }))
      }
      await refused(sagemaker.updateModelPackage({ ModelPackageArn: server.arn, SourceUri: 's3://x/y' }))
      await refused(sagemaker.deleteModelPackage({ ModelPackageName: server.arn }))
      await refused(sagemaker.deleteAlgorithm({ AlgorithmName: trainer.arn }))
      for (const [arn, title] of [
        [server.arn, 'Stolen'],
        [trainer.arn, 'Taken'],
      ] as const) {
        const sale = await publish(buyer, arn, title).catch((error: Error) => error)
        assert.match(String(sale), /INVALID_ASSET_ARN|INVALID_INPUT/)
      }
    })

    it('cannot describe the seller’s own resources; who has not subscribed cannot describe the product', async () => {
      const { sagemaker } = buyer
      await refused(sagemaker.describeAlgorithm({ AlgorithmName: sourceArns.algorithm }))
      await refused(sagemaker.describeModelPackage({ ModelPackageName: sourceArns.modelPackage }))
      await refused(visitor.sagemaker.describeAlgorithm({ AlgorithmName: trainer.arn }))
      await refused(visitor.sagemaker.describeModelPackage({ ModelPackageName: server.arn }))
      const { BatchDescribeModelPackageErrorMap: errors } = await visitor.sagemaker.batchDescribeModelPackage({
        ModelPackageArnList: [server.arn],
      })
      assert.deepEqual(Object.keys(errors ?? {}), [server.arn])
    })
  })

  describe('the seller', () => {
    /** What is the buyer's alone. The account number is none: AWS tells sellers whom they have an agreement with. */
    const own = () => [
      evaluation,
      lesson,
      'trained',
      'transform-served',
      buyer.bucket,
      buyer.role,
      'hello',
      `${buyer.id}:endpoint`,
    ]

    it('is told of agreements and money, never of jobs, data or logs', async () => {
      sellerEar = openEar()
      const { sagemaker, s3, logs, agreement, catalog } = seller
      for (const client of [sagemaker, s3, logs, agreement, catalog]) sellerEar.listen(client)
      const filters = [
        { name: 'PartyType', values: ['Proposer'] },
        { name: 'AgreementType', values: ['PurchaseAgreement'] },
      ]
      const { agreementViewSummaries = [] } = await agreement.searchAgreements({ filters })
      assert.deepEqual(
        agreementViewSummaries.map(({ agreementId }) => agreementId).sort(),
        [trainer.agreement, server.agreement].sort(),
      )
      for (const { agreement: agreementId } of [trainer, server]) {
        await agreement.describeAgreement({ agreementId })
        await agreement.getAgreementTerms({ agreementId })
        await refused(agreement.listAgreementCharges({ agreementId }))
        await refused(agreement.getAgreementEntitlements({ agreementId }))
        await assert.rejects(seller.subscribedVersions(agreementId), /404 Agreement/)
      }
      await sagemaker.listTrainingJobs({})
      await sagemaker.listTransformJobs({})
      await sagemaker.listEndpoints({})
      await sagemaker.listModels({})
      await logs.describeLogGroups({})
      const catalogAsks = { Catalog: 'AWSMarketplace', EntityType: 'MachineLearningProduct' }
      await catalog.listEntities(catalogAsks)
      for (const { product } of [trainer, server])
        await catalog.describeEntity({ Catalog: 'AWSMarketplace', EntityId: product })
      for (const group of ['TrainingJobs', 'TransformJobs'])
        sellerEar.hear(group, (await wholeLog(seller, `/aws/sagemaker/${group}`)).join('\n'))
      const now = new Date()
      const billingPeriod = { year: now.getUTCFullYear(), month: now.getUTCMonth() + 1 }
      for (const reportType of ['SELLER_USAGE', 'SELLER_BILLING']) {
        const body = { reportType, billingPeriod, destination: { bucket: seller.bucket, prefix: 'reports' } }
        const report = await signedRequest(world.server.url, seller, 'POST', '/2026-11-20/createReport', body)
        assert.equal(report.status, 200, report.text)
        const { bucket, key, rows } = JSON.parse(report.text)
        const text = (await download(seller, `s3://${bucket}/${key}`)).toString()
        assert.equal(text.split('\r\n').length, rows + 2)
        // Training, and two transforms of the one and the endpoint and a transform of the other product.
        if (reportType === 'SELLER_USAGE') assert.ok(rows >= 4, text)
        sellerEar.hear(reportType, text)
      }
      const asked = ['dashboard', 'seller', server.product, '--data', world.server.data, '--json']
      const { stdout } = await run(process.execPath, [program, ...asked])
      sellerEar.hear('GetSellerDashboard', stdout)
      const { usage, funnel } = JSON.parse(stdout)
      assert.ok(usage.length >= 2, stdout)
      assert.deepEqual(funnel.at(-1), { step: 'LAUNCHES' })
      const theirs = { reportType: 'BUYER_USAGE', billingPeriod, destination: { bucket: buyer.bucket } }
      const refusal = await signedRequest(world.server.url, seller, 'POST', '/2026-11-20/createReport', theirs)
      assert.equal(refusal.status, 403, refusal.text)
      const metrics = await (await fetch(`${world.server.url}/metrics`)).text()
      sellerEar.hear('/metrics', metrics)
      assert.deepEqual(
        own().flatMap(word => sellerEar.whereTold(word)),
        [],
      )
    })

    it('reaches none of the buyer’s resources', async () => {
      const { sagemaker, s3, logs, runtime } = seller
      await refused(sagemaker.describeTrainingJob({ TrainingJobName: 'trained' }))
      await refused(sagemaker.describeTransformJob({ TransformJobName: 'transform-served' }))
      await refused(sagemaker.describeEndpoint({ EndpointName: 'served' }))
      await refused(sagemaker.describeModel({ ModelName: 'served' }))
      await refused(runtime.invokeEndpoint({ EndpointName: 'served', Body: Buffer.from('x') }))
      await refused(s3.listObjectsV2({ Bucket: buyer.bucket }))
      await refused(s3.getObject({ Bucket: buyer.bucket, Key: 'in/rows.csv' }))
      const group = `arn:aws:logs:us-east-1:${buyer.id}:log-group:/aws/sagemaker/TrainingJobs`
      await refused(logs.filterLogEvents({ logGroupIdentifier: group }))
      await refused(sagemaker.listTags({ ResourceArn: `arn:aws:sagemaker:us-east-1:${buyer.id}:endpoint/served` }))
    })
  })

  it('no refusal told the buyer what a part holds', () => {
    const words = [...Object.values(secrets.words), seller.role]
    assert.deepEqual(
      words.flatMap(word => ear.whereTold(word)),
      [],
    )
  })

  it('a product outlives its seller’s resources', async () => {
    await seller.sagemaker.deleteModelPackage({ ModelPackageName: 'server' })
    await seller.ecr.deleteRepository({ repositoryName: 'secret', force: true })
    await seller.s3.deleteObject({ Bucket: seller.bucket, Key: 'weights/model.tar.gz' })
    const { TransformJobStatus, FailureReason } = await transform(buyer, 'afterwards', 'served', 'in/')
    assert.equal(TransformJobStatus, 'Completed', FailureReason ?? (await serverLog(world.server.data)))
    await change(seller, [['UpdateVisibility', 'product', { TargetVisibility: 'Restricted' }]], server.product)
    await buyer.sagemaker.describeModelPackage({ ModelPackageName: server.arn })
  })

  it('every charge follows from the facts, says the command beside the running server', async () => {
    const { stdout } = await run(process.execPath, [program, 'reconcile-charges', '--data', world.server.data])
    assert.match(stdout, /2 agreements, [1-9]\d* usage facts\n(.*\n)*Every charge follows from the facts/)
  })

  async function startLesson(productId: string): Promise<string> {
    await ask(seller, 'PUT', `/products/${productId}/evaluationTerms`, { maxRows: 3, maxMinutes: 5, maxEvaluations: 2 })
    const { evaluationId } = await ask(buyer, 'POST', '/evaluations', {
      candidates: [{ productId, hyperParameters: { message: 'trial' } }],
      roleArn: buyer.role,
      training: {
        channels: [{ channelName: 'training', s3Uri: `s3://${buyer.bucket}/try/rows.txt`, contentType: 'text/csv' }],
      },
      input: { s3Uri: `s3://${buyer.bucket}/try/rows.txt`, contentType: 'text/plain' },
      labels: { s3Uri: `s3://${buyer.bucket}/try/labels.txt` },
      output: { s3Uri: `s3://${buyer.bucket}/tried` },
      metric: 'ACCURACY',
    })
    return evaluationId
  }

  async function startEvaluation(productId: string): Promise<string> {
    const limits = { maxRows: 3, maxMinutes: 5, maxEvaluations: 2 }
    await ask(seller, 'PUT', `/products/${productId}/evaluationTerms`, limits)
    const files = {
      'rows.txt': 'hello\nworld\nhello\n',
      'rows.txt.more': 'more\n',
      'labels.txt': 'hello\nthere\nhello\n',
    }
    for (const [name, Body] of Object.entries(files))
      await buyer.s3.putObject({ Bucket: buyer.bucket, Key: `try/${name}`, Body })
    const { evaluationId } = await ask(buyer, 'POST', '/evaluations', {
      candidates: [{ productId }],
      roleArn: buyer.role,
      input: { s3Uri: `s3://${buyer.bucket}/try/rows.txt`, contentType: 'text/plain' },
      labels: { s3Uri: `s3://${buyer.bucket}/try/labels.txt` },
      output: { s3Uri: `s3://${buyer.bucket}/tried` },
      metric: 'ACCURACY',
    })
    return evaluationId
  }

  /** What the seller says on the command line, and the buyer, whose files are put where the answers come. */
  async function evaluatesByCommand(): Promise<void> {
    const { product } = server
    const modelmart = (...words: string[]) =>
      run(process.execPath, [program, ...words, '--data', world.server.data]).catch(error => error)
    const said = await modelmart('evaluation-terms', product, '--rows', '2', '--minutes', '5', '--evaluations', '2')
    assert.match(said.stdout, /can be evaluated 2 times by an account, with 2 rows and 5 minutes each/)
    const folder = await mkdtemp(join(tmpdir(), 'modelmart-rows-'))
    const files = [join(folder, 'rows.txt'), join(folder, 'labels.txt')] as const
    await Promise.all([writeFile(files[0], '1\n2\n'), writeFile(files[1], '2\n4\n')])
    const asked = ['--rows', files[0], '--labels', files[1], '--metric', 'rmse', '--content-type', 'text/plain']
    const { stdout } = await modelmart('evaluate', product, ...asked)
    ear.hear('modelmart evaluate', stdout)
    assert.match(stdout, /PRODUCT +RMSE +P50 MS.*\n1 +Server \(prod-\w+\) +1\.581 /)
    const learns = ['--training', `training=${files[0]}`, '--hyper-parameter', 'message=trial', ...asked]
    const taught = await modelmart('evaluate', trainer.product, ...learns)
    ear.hear('modelmart evaluate', taught.stdout)
    assert.match(taught.stdout, /\n1 +Trainer \(prod-\w+\) +1\.581 /, taught.stderr)
    const again = await modelmart('evaluate', product, ...asked)
    assert.deepEqual([again.code, again.stdout], [1, ''])
    assert.match(again.stderr, /modelmart evaluate: .*allows an account are used up/)
    await rm(folder, { recursive: true })
  }

  /** Of the API of evaluations. Throws an Error with what was refused. */
  async function ask(party: Party, method: string, path: string, input?: object) {
    const { status, text } = await signedRequest(world.server.url, party, method, `/2026-11-30${path}`, input)
    if (party.id === buyer.id) ear.hear(path, text)
    if (status !== 200) throw new Error(text)
    return JSON.parse(text)
  }

  const secretBlobs = (): string[] => [layout.blobs[0] as string, layout.blobs.at(-1) as string]

  async function refused(call: Promise<unknown>): Promise<void> {
    const outcome = await call.then(
      answer => answer,
      (error: Error) => error,
    )
    const status = (outcome as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0
    assert.ok(outcome instanceof Error, `it was answered: ${JSON.stringify(outcome)}`)
    assert.ok(status >= 400 && status < 500, `${status} ${outcome}`)
  }

  async function unavailable(method: string, path: string, empty = (_: string) => false): Promise<void> {
    const response = await own(method, path)
    const text = await response.text()
    assert.ok(
      (response.status >= 400 && response.status < 500) || empty(text),
      `${method} ${path}: ${response.status} ${text}`,
    )
  }

  /** Asks an operation about everything that its input could name, whatever comes of it. */
  async function readEverything(name: string): Promise<void> {
    const Command = (SageMaker as unknown as Record<string, new (input: object) => never>)[`${name}Command`]
    assert.ok(Command, `the SDK has no ${name}`)
    const names = ['trained', 'failed', 'derived', 'served', 'transform-served', trainer.arn, server.arn]
    const required = requiredOf(name)
    const search = ['TrainingJob', 'ModelPackage', 'Endpoint'].map(Resource => ({ Resource }))
    const inputs =
      name === 'Search'
        ? search
        : required.length === 0
          ? [{}]
          : names.map(value =>
              Object.fromEntries(required.map(member => [member, /List$/.test(member) ? [value] : value])),
            )
    for (const input of inputs)
      await buyer.sagemaker
        .send(new Command(input))
        .catch((error: Error) => assert.notEqual(error.name, 'InternalFailure'))
  }
})

/** The operations that read, as they are served: a new one is asked without being named here. */
const readers = (): string[] => {
  const names = Object.keys(createSageMakerService().operations)
  const found = names.filter(name => /^(Describe|BatchDescribe|List|Get|Search)/.test(name))
  assert.ok(found.length >= 20)
  return found
}

function requiredOf(name: string): readonly string[] {
  const { operations, shapes } = createSageMakerService().model
  return shapes[operations[name]?.input?.shape ?? '']?.required ?? []
}

async function wholeLog({ logs }: Party, logGroupName: string): Promise<string[]> {
  const lines: string[] = []
  for (let nextToken: string | undefined; ; ) {
    const page = await logs.filterLogEvents({ logGroupName, nextToken })
    lines.push(...(page.events ?? []).map(({ message = '' }) => message))
    nextToken = page.nextToken
    if (!nextToken) return lines
  }
}

/** The names of artifacts in escrow, which no one outside the server knows. */
async function heldNames(data: string): Promise<string[]> {
  const { store } = await openInstallation({ data })
  try {
    return (await store.db.selectFrom('s3_held').select('name').execute()).map(({ name }) => name)
  } finally {
    await store.close()
  }
}
