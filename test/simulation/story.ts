import { ServiceError } from '../../src/ground/errors.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { deleteEndpoint } from '../../src/sagemaker/serving/endpoint.ts'
import { updateEndpointWeightsAndCapacities } from '../../src/sagemaker/serving/endpoint-capacity.ts'
import { stopTrainingJob } from '../../src/sagemaker/training/training-job.ts'
import { stopTransformJob } from '../../src/sagemaker/transform/transform-job.ts'
import { stopHyperParameterTuningJob } from '../../src/sagemaker/tuning/hyper-parameter-tuning-job.ts'
import type { Context } from '../../src/service/context.ts'
import type { Ask, Asked } from './ask.ts'
import { askLater } from './async-story.ts'
import { sell } from './catalog-story.ts'
import { certifyAlgorithm, certifyPackage } from './certification-story.ts'
import { connect } from './connection-story.ts'
import { train, transform } from './job-story.ts'
import { recorded } from './record.ts'
import { push } from './registry-story.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedServer } from './server.ts'
import { deploy, invoke, update } from './serving-story.ts'
import { keep } from './storage-story.ts'
import { tune } from './tuning-story.ts'
import { upload } from './upload-story.ts'
import { watch } from './watch-story.ts'
import { account, region, type World } from './world.ts'

export const makes = new Set(['train', 'transform', 'deploy', 'tune', 'certify'])

/** Draws what clients do, and when. Returns what they asked for, with the answers as they come. */
export function tellStory(world: World): Asked[] {
  const { options } = world
  const asked: Asked[] = []
  const ask = (
    what: string,
    kind: string,
    name: string,
    work: (ctx: Context, server: SimulatedServer) => Promise<unknown>,
  ) => {
    const arn = `arn:aws:sagemaker:${region}:${account}:${kind}/${name}`
    const same = asked.filter(other => other.what === what && other.arn === arn).length + 1
    const request: Asked = { what, arn, name: `${what} ${name} ${same}`, makes: makes.has(what), answer: 'none' }
    asked.push(request)
    world.at(world.random.of(`when ${request.name}`).between(0, options.horizonMs), () => {
      const answer = world.call(server => {
        const done = () => work(serviceContext(server.platform, account, region), server)
        return options.records ? recorded(server.trail, request, done) : done()
      })
      world.note(`${what} ${name}${answer ? '' : ': nobody listens'}`)
      answer?.then(
        () => {
          request.answer = 'acknowledged'
        },
        error => {
          request.answer = error instanceof ServiceError ? 'refused' : 'none'
        },
      )
    })
  }
  for (let number = 1; number <= options.trainingJobs; number++) train(world, `t${number}`, ask)
  for (let number = 1; number <= options.transformJobs; number++) transform(world, `b${number}`, ask)
  for (let number = 1; number <= options.endpoints; number++) deploy(world, `e${number}`, ask)
  for (let number = 1; number <= options.updates; number++) {
    const endpoint = one(world.random.of(`update ${number}`), options.endpoints, 'e')
    update(world, endpoint, `${endpoint}u${number}`, ask)
  }
  for (let number = 0; number < options.invocations; number++)
    invoke(world, number, one(world.random.of(`invoke ${number}`), options.endpoints, 'e'), ask)
  for (let number = 1; number <= options.asyncEndpoints; number++) deploy(world, `q${number}`, ask, true)
  for (let number = 0; number < options.asyncBursts && options.asyncEndpoints > 0; number++)
    askLater(world, number, one(world.random.of(`later ${number}`), options.asyncEndpoints, 'q'), ask)
  for (let number = 1; number <= options.tuningJobs; number++) tune(world, `h${number}`, ask)
  for (let number = 1; number <= options.algorithms; number++) certifyAlgorithm(world, `a${number}`, ask)
  for (let number = 1; number <= options.packages; number++) certifyPackage(world, `p${number}`, ask)
  for (let number = 1; number <= options.objects; number++) keep(world, number, ask)
  for (let number = 1; number <= options.images && options.objects > 0; number++) push(world, number, ask)
  for (let number = 1; number <= options.uploads && options.objects > 0; number++) upload(world, number, ask)
  for (let number = 1; number <= options.products; number++) sell(world, number, ask)
  for (let number = 1; number <= options.connections; number++) connect(number, ask)
  if (options.watched > 0) watch(world, ask)
  for (let number = 0; number < options.interventions; number++) intervene(world, number, ask)
  return asked
}

const one = (random: SeededRandom, count: number, letter: string) => `${letter}${random.between(1, Math.max(1, count))}`

function intervene({ random: { of }, options }: World, number: number, ask: Ask): void {
  const random = of(`intervention ${number}`)
  const [training, batch, endpoint, tuning] = [
    one(random, options.trainingJobs, 't'),
    one(random, options.transformJobs, 'b'),
    one(random, options.endpoints, 'e'),
    one(random, options.tuningJobs, 'h'),
  ]
  random.pick([
    () => ask('stop', 'training-job', training, ctx => stopTrainingJob({ TrainingJobName: training }, ctx)),
    () => ask('stop', 'transform-job', batch, ctx => stopTransformJob({ TransformJobName: batch }, ctx)),
    () =>
      ask('stop', 'hyper-parameter-tuning-job', tuning, ctx =>
        stopHyperParameterTuningJob({ HyperParameterTuningJobName: tuning }, ctx),
      ),
    () =>
      ask('delete', 'endpoint', endpoint, (ctx, { endRoute }) =>
        deleteEndpoint({ EndpointName: endpoint }, { ...ctx, endRoute }),
      ),
    () =>
      ask('scale', 'endpoint', endpoint, ctx =>
        updateEndpointWeightsAndCapacities(
          { EndpointName: endpoint, DesiredWeightsAndCapacities: [{ VariantName: 'v', DesiredInstanceCount: 2 }] },
          ctx,
        ),
      ),
  ])()
}
