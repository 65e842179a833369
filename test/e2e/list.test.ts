import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { region } from '../../demo/clients.ts'
import { type PresentEngine, presentEngines } from './engines.ts'
import { signedRequest } from './market-signed.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { openWorld, type World } from './world.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const Catalog = 'AWSMarketplace'

// The exported script pushes with Docker's own command line, and asks with the AWS CLI.
const lacks = ['docker', '/usr/bin/aws'].filter(name => spawnSync(name, ['--version']).status !== 0)
const noDocker = lacks.length > 0 && `there is no ${lacks.join(' and no ')}`

// The story is the same on every engine; what differs between them is behind the driver.
const [engine] = (await presentEngines()) as [PresentEngine]

describe('a listing that writes itself', { timeout: 400_000 }, () => {
  let world: World
  let place = ''
  let seller: { readonly catalog: MarketplaceCatalog; readonly sagemaker: SageMaker; readonly s3: S3 }
  const product = () => join(place, 'topics')
  before(async () => {
    world = await openWorld(engine, 'ticket-topics')
    place = await mkdtemp(join(tmpdir(), 'modelmart-listed-'))
    const { accessKeyId, secretAccessKey } = await world.server.account('seller')
    const settings = { endpoint: world.server.url, region, credentials: { accessKeyId, secretAccessKey } }
    seller = {
      ...{ catalog: new MarketplaceCatalog(settings), sagemaker: new SageMaker(settings) },
      s3: new S3({ ...settings, forcePathStyle: true }),
    }
    await modelmart('init', 'ticket-topics', product())
  })
  after(async () => {
    await rm(place, { recursive: true, force: true })
    await world?.close()
  })

  const modelmart = (...line: string[]) => {
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: world.server.data }
    return run(process.execPath, [program, ...line], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code, out: stdout as string, err: stderr as string }),
    )
  }
  const credentialsOf = async (account: string) => {
    const { out } = await modelmart('env', account)
    const value = (name: string) => new RegExp(`export ${name}='(.*)'`).exec(out)?.[1] ?? ''
    return { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') }
  }
  const list = async (...flags: string[]) => {
    const told = await modelmart('list', product(), '--no-notebook', '--image', world.image, ...flags)
    assert.equal(told.code, 0, told.err)
    return told.out
  }
  // biome-ignore lint/suspicious/noExplicitAny: the file's members are AWS's
  const edit = async (change: (json: any) => void) => {
    const path = join(product(), 'product.json')
    const json = JSON.parse(await readFile(path, 'utf8'))
    change(json)
    await writeFile(path, JSON.stringify(json))
  }
  const entities = async (EntityType: 'MachineLearningProduct' | 'Offer') => {
    const { EntitySummaryList = [] } = await seller.catalog.listEntities({ Catalog, EntityType })
    return Promise.all(
      EntitySummaryList.map(async ({ EntityId }) => {
        const { DetailsDocument } = await seller.catalog.describeEntity({ Catalog, EntityId })
        // biome-ignore lint/suspicious/noExplicitAny: as above
        return { id: EntityId as string, details: DetailsDocument as any }
      }),
    )
  }
  const changeSets = async () => (await seller.catalog.listChangeSets({ Catalog })).ChangeSetSummaryList?.length

  it('shows what it would do, and does nothing', async () => {
    assert.match(await list('--dry-run'), /the product: Ticket Topics: what a short text is about/)
    assert.deepEqual(await entities('MachineLearningProduct'), [])
  })

  it('certifies a folder, lists it with its offer and shows it to everybody', async () => {
    // What the folder does not say comes of what lies in it and of what certification measured.
    await edit(json => {
      delete json.Delivery.OutputProperties.SampleOutput
      delete json.Delivery.RecommendedInstanceTypes
    })
    const told = await list()
    assert.match(told, /running tickets-TransformJob/)
    const [listed] = await entities('MachineLearningProduct')
    assert.match(told, new RegExp(`${listed?.id} is public`))
    assert.ok(listed)
    const { Description, Versions, PromotionalResources } = listed.details
    assert.equal(Description.Visibility, 'Public')
    const [{ DeliveryOptions: options }] = Versions
    assert.match(options[0].Instructions.OutputProperties.SampleOutput.BatchTransformText, /^(\w+\n)+/)
    assert.equal(options[0].RecommendedInstanceTypes.Training, 'ml.m5.large')
    for (const link of [PromotionalResources.LogoUrl, options[0].Instructions.SampleNotebookUrl])
      assert.equal((await fetch(link)).status, 200, link)
    const [offer] = await entities('Offer')
    assert.deepEqual([offer?.details.State, offer?.details.PricingModel], ['Released', 'Usage'])
  })

  it('shows with the certificate what certification measured, also to buyers', async () => {
    const [listed] = await entities('MachineLearningProduct')
    const asBuyer = { endpoint: world.server.url, region, credentials: await world.server.account('looks-on') }
    const catalog = new MarketplaceCatalog(asBuyer)
    const AssessmentTargetFilter = { EntityId: listed?.id as string }
    const { AssessmentSummaryList: found = [] } = await catalog.listAssessments({ Catalog, AssessmentTargetFilter })
    assert.equal(found.length, 1)
    const AssessmentIdentifier = found[0]?.AssessmentId
    const { ControlAssessments = [] } = await catalog.describeAssessment({ Catalog, AssessmentIdentifier })
    const measured = new Map(
      ControlAssessments.map(({ ControlId, Errors }) => [
        ControlId,
        Object.fromEntries((Errors?.[0]?.Scope ?? []).map(({ Name, Value }) => [Name, Value])),
      ]),
    )
    const value = (control: string, name: string) => Number(measured.get(control)?.[name])
    assert.equal(measured.get('StartUp')?.INSTANCE_TYPE, 'ml.m5.large')
    assert.ok(value('StartUp', 'SECONDS') > 0)
    assert.equal(measured.get('Latency')?.CONTENT_TYPE, 'text/plain')
    assert.ok(value('Latency', 'P50_MILLISECONDS') <= value('Latency', 'P99_MILLISECONDS'))
    assert.ok(value('Throughput', 'PER_SECOND') > 0)
    assert.ok(value('PeakMemory', 'BYTES') > 1e6, 'a server of Node holds some')
    assert.ok(value('ImageScan', 'IMAGE_BYTES') > 1e6)
    assert.ok(value('TrainingTime', 'SECONDS') >= 0)
    // It may have trained and ended before anybody looked, which is told as such.
    const trained = ControlAssessments.find(({ ControlId }) => ControlId === 'TrainingPeakMemory')
    if (trained?.ControlAssessmentResult !== 'NOT_EXECUTED')
      assert.ok(value('TrainingPeakMemory', 'BYTES') > 1e5, 'a program that has begun holds some')
  })

  it('changes nothing the second time', async () => {
    const before = await changeSets()
    assert.match(await list(), /shows what the folder says/)
    assert.equal(await changeSets(), before)
  })

  it('changes what differs, and shows it before', async () => {
    await edit(json => {
      json.Information.ShortDescription = 'Names what a text is about.'
      json.Version.ReleaseNotes = 'First version, told in other words.'
      json.Offer.PricingTerms.Terms[0].RateCards[0].RateCard[0].Price = '0.05'
    })
    const difference = /ShortDescription: Learns .* becomes Names what .*\n.*ReleaseNotes.*\n.*Offer\.PricingTerms/
    assert.match(await list('--dry-run'), difference)
    assert.match(await list(), difference)
    const [listed] = await entities('MachineLearningProduct')
    assert.equal(listed?.details.Description.ShortDescription, 'Names what a text is about.')
    assert.equal(listed?.details.Versions[0].ReleaseNotes, 'First version, told in other words.')
    assert.match(await list('--dry-run'), /shows what the folder says/)
  })

  it('wants another version for another image, and adds it', async () => {
    await writeFile(join(product(), 'container/program/more'), 'more')
    const refused = await modelmart('list', product(), '--no-notebook')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /version 1\.0\.0 is live with another image; give Version\.VersionTitle anew/)
    await edit(json => {
      json.Version.VersionTitle = '2.0.0'
    })
    assert.equal((await modelmart('list', product(), '--no-notebook')).code, 0)
    const [listed] = await entities('MachineLearningProduct')
    assert.deepEqual(
      listed?.details.Versions.map((version: { VersionTitle: string }) => version.VersionTitle),
      ['1.0.0', '2.0.0'],
    )
  })

  it('says what the market refuses, in its words', async () => {
    await edit(json => {
      json.Information.Categories = ['Gardening']
    })
    const { code, err } = await modelmart('list', product(), '--no-notebook')
    assert.equal(code, 1)
    assert.match(err, /is FAILED\n.*UpdateInformation: INVALID_CATEGORY_NAMES: There is no category Gardening/s)
  })

  it('lists a model that is trained already, and leaves it to the operator where that looks at what becomes public', async () => {
    const { TrainingJobSummaries = [] } = await seller.sagemaker.listTrainingJobs({})
    const TrainingJobName = TrainingJobSummaries[0]?.TrainingJobName as string
    const { ModelArtifacts } = await seller.sagemaker.describeTrainingJob({ TrainingJobName })
    const { host: Bucket, pathname } = new URL(ModelArtifacts?.S3ModelArtifacts as string)
    const { Body } = await seller.s3.getObject({ Bucket, Key: pathname.slice(1) })
    await writeFile(join(product(), 'model.tar.gz'), (await Body?.transformToByteArray()) as Uint8Array)
    await edit(json => {
      Object.assign(json, {
        ProductType: 'ModelPackage',
        ModelPackageName: 'topics',
        Model: { Artifact: 'model.tar.gz' },
      })
      Object.assign(json.Information, { ProductTitle: 'Topics, trained', Categories: ['Text'] })
      for (const profile of json.ValidationSpecification.ValidationProfiles) delete profile.TrainingJobDefinition
      const [card] = json.Offer.PricingTerms.Terms[0].RateCards
      card.RateCard = card.RateCard.filter(
        ({ DimensionKey }: { DimensionKey: string }) => !/\.a\.t$/.test(DimensionKey),
      )
    })
    await modelmart('change-set', 'review', 'on')
    const told = await list()
    const id = /(prod-\w+) waits for the operator, who approves change set (\w+)/.exec(told)
    assert.ok(id, told)
    assert.equal((await modelmart('change-set', 'approve', id[2] as string)).code, 0)
    await modelmart('change-set', 'review', 'off')
  })

  it('writes a product as calls of the AWS CLI, by which another seller lists it elsewhere', {
    skip: noDocker,
  }, async () => {
    const begun = join(place, 'begun')
    const folder = join(place, 'exported')
    await modelmart('init', 'ticket-topics', begun)
    const { code, out, err } = await modelmart('export', begun, folder, '--image', world.image)
    assert.equal(code, 0, err)
    assert.ok(out.includes(`BUCKET=NAME ${folder}/publish.sh`), out)
    assert.match((await modelmart('export', begun, folder)).err, /exported holds something/)
    const { accessKeyId, secretAccessKey } = await world.server.account('elsewhere')
    const env = {
      ...{ PATH: `/usr/bin:${process.env.PATH}`, HOME: place, BUCKET: 'elsewhere-topics', POLL_SECONDS: '0.2' },
      ...{ AWS_ENDPOINT_URL: world.server.url, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    }
    const { stdout } = await run(join(folder, 'publish.sh'), { env })
    assert.match(stdout, /^certified arn:aws:sagemaker:us-east-1:\d+:algorithm\/begun$/m)
    const id = /^listed (prod-\w+)$/m.exec(stdout)?.[1]
    const credentials = { accessKeyId, secretAccessKey }
    const catalog = new MarketplaceCatalog({ endpoint: world.server.url, region, credentials })
    const { DetailsDocument } = await catalog.describeEntity({ Catalog, EntityId: id })
    const { Description } = DetailsDocument as { Description: Record<string, unknown> }
    assert.deepEqual([Description.Visibility, Description.Sku], ['Public', 'begun'])
  })

  it('exports nothing that AWS would refuse for its form', async () => {
    await edit(json => {
      json.Information.ShortDescription = 'x'.repeat(1001)
      json.InferenceSpecification.SupportedContentType = ['text/plain']
    })
    const folder = join(place, 'refused')
    const refused = async () => (await modelmart('export', product(), folder)).err
    assert.match(await refused(), /Create\w+ has no InferenceSpecification\.SupportedContentType\./)
    await edit(json => delete json.InferenceSpecification.SupportedContentType)
    assert.match(await refused(), /UpdateInformation: Details\.ShortDescription .*1000/)
    assert.ok(!existsSync(folder))
  })

  it('fills a market with examples by one command, as an account of their own', async () => {
    const unknown = await modelmart('examples', 'publish', '--no-notebook', 'ticket-topics', 'rose-trees')
    assert.deepEqual([unknown.code, unknown.out], [1, ''])
    assert.match(unknown.err, /There is no example rose-trees\. There are .*ticket-topics/)
    assert.match((await modelmart('examples', 'list')).out, /^ticket-topics {2}Learns topics/m)
    const { code, out, err } = await modelmart('examples', 'publish', '--no-notebook', 'ticket-topics')
    assert.equal(code, 0, err)
    const id = /(prod-\w+) is public/.exec(out)?.[1]
    assert.ok(id && !(await entities('MachineLearningProduct')).some(mine => mine.id === id), out)
    // By the console's way, as the operator.
    await modelmart('console', '--operator')
    const credentials = await credentialsOf('operator')
    const operator = (method: string, path: string, input?: object) =>
      signedRequest(world.server.url, { credentials } as Party, method, `/2026-11-29/operator${path}`, input)
    const names = ['ticket-topics']
    const { status, text } = await operator('POST', '/examples/publications', { names })
    assert.equal(status, 200, text)
    const { publication } = await until(
      'the publication ends',
      async () => JSON.parse((await operator('GET', '/examples')).text),
      answer => answer.publication.status !== 'IN_PROGRESS',
    )
    assert.equal(publication.status, 'COMPLETED', publication.lines.join('\n'))
    assert.ok(publication.lines.includes(`${id} shows what the folder says`), publication.lines.join('\n'))
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
