import type * as Sdk from '@aws-sdk/client-sagemaker'
import { invokeEndpoint } from '../../src/runtime/invoke-endpoint.ts'
import { createEndpoint, updateEndpoint } from '../../src/sagemaker/serving/endpoint.ts'
import { endpointConfigs } from '../../src/sagemaker/serving/endpoint-config.ts'
import { models } from '../../src/sagemaker/serving/model.ts'
import type { Context } from '../../src/service/context.ts'
import type { Input } from '../../src/service/operation.ts'
import type { Ask } from './ask.ts'
import { asyncConfig } from './async-story.ts'
import { modelOf } from './job-story.ts'
import { servingPlan } from './programs.ts'
import type { World } from './world.ts'

/** A model of one image and a configuration that deploys it, both by the image's name. */
export function drawConfig(
  { random: { of }, plans, sold }: World,
  name: string,
  later = false,
  instances?: number,
): (ctx: Context) => Promise<void> {
  const random = of(name)
  plans.set(name, servingPlan(random))
  if (random.chance(0.6)) sold.add(name)
  const model = modelOf(name, sold.has(name))
  const InitialInstanceCount = instances ?? random.between(1, 2)
  return ctx =>
    ctx.store.transaction(async tx => {
      const now = ctx.now().getTime()
      const common = {
        account: ctx.account,
        region: ctx.region,
        name,
        parent: '',
        status: '',
        created: now,
        modified: now,
      }
      const [of, config] = [ctx.arn('model', name), ctx.arn('endpoint-config', name)]
      if (await models.get(tx, of)) return
      await models.insert(tx, { ...common, ...model, arn: of, isolated: true })
      await endpointConfigs.insert(tx, {
        ...{ ...common, arn: config, ...(later && { async: asyncConfig }) },
        variants: [
          {
            ...{ VariantName: 'v', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount },
            ContainerStartupHealthCheckTimeoutInSeconds: 60,
          },
        ],
      })
    })
}

/** `later`: it answers asynchronously. */
export function deploy(world: World, name: string, ask: Ask, later = false): void {
  const configure = drawConfig(world, name, later)
  ask('deploy', 'endpoint', name, async ctx => {
    await configure(ctx)
    await createEndpoint({ EndpointName: name, EndpointConfigName: name }, ctx)
  })
}

/** Another model on the same endpoint. */
export function update(world: World, name: string, image: string, ask: Ask): void {
  const configure = drawConfig(world, image)
  const DeploymentConfig = drawGuard(world, image)
  const RetainAllVariantProperties = world.random.of(`retain ${image}`).chance(0.3)
  ask('update', 'endpoint', name, async ctx => {
    await configure(ctx)
    const at = ctx.now().getTime()
    const wanted = { EndpointName: name, EndpointConfigName: image, RetainAllVariantProperties }
    await updateEndpoint({ ...wanted, ...(DeploymentConfig && { DeploymentConfig }) }, ctx)
    if (DeploymentConfig?.AutoRollbackConfiguration) world.guarded.push({ endpoint: name, config: image, at })
  })
}

/** How the traffic goes over, and what takes it back; undefined for at once and by nothing. */
function drawGuard(
  { random: { of }, options }: World,
  image: string,
): Input<typeof Sdk, 'UpdateEndpoint'>['DeploymentConfig'] {
  const random = of(`guard ${image}`)
  if (options.watched === 0 || random.chance(0.2)) return undefined
  const size = (Value: number) => ({ Type: 'CAPACITY_PERCENT', Value }) as const
  const TrafficRoutingConfiguration = random.pick([
    { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 },
    { Type: 'CANARY', WaitIntervalInSeconds: 60, CanarySize: size(30) },
    { Type: 'LINEAR', WaitIntervalInSeconds: 30, LinearStepSize: size(25) },
  ] as const)
  const timeout = random.pick([undefined, 900])
  const limit = timeout && { MaximumExecutionTimeoutInSeconds: timeout }
  const TerminationWaitInSeconds = random.pick([0, 120])
  const alarmed = random.chance(0.7) && { AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'load' }] } }
  const rolling = of(`rolling ${image}`)
  if (rolling.chance(0.4)) {
    const WaitIntervalInSeconds = rolling.pick([0, 60])
    return { RollingUpdatePolicy: { MaximumBatchSize: size(50), WaitIntervalInSeconds, ...limit }, ...alarmed }
  }
  return { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration, TerminationWaitInSeconds, ...limit }, ...alarmed }
}

/** Some invocations, one after another, until one is not answered. */
export function invoke(world: World, burst: number, name: string, ask: Ask): void {
  const count = world.random.of(`burst ${burst}`).between(1, 5)
  ask('invoke', 'endpoint', name, async (ctx, { runtime }) => {
    for (let number = 0; number < count; number++) {
      const { ContentType: ticket } = await invokeEndpoint(
        { EndpointName: name, Body: Buffer.from('a') },
        { ...ctx, ...runtime },
      )
      world.answered.add(ticket as string)
    }
  })
}
