import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { quotaOf } from '../quotas/account-quota.ts'
import { quotas } from '../quotas/quotas.ts'
import { storageAbove } from '../quotas/storage-quota.ts'
import type { Transaction } from '../store/store.ts'
import { parseS3Uri } from '../workload/s3-uri.ts'
import { type AsyncInvocation, asyncBacklog } from './async-backlog.ts'
import { asyncLocations } from './async-location.ts'
import { validation } from './endpoint-target.ts'
import type { Route } from './routing-table.ts'
import type { In, RuntimeContext } from './runtime-operation.ts'

/** Source: SageMaker Developer Guide, "Invoke an Asynchronous Endpoint"; SageMaker Runtime API reference, InvokeEndpointAsync. */
const defaults = { ttlSeconds: 21_600, timeoutSeconds: 900 }
const mostInlineBytes = 128_000

/** All that accepting one takes. */
export type AsyncContext = Pick<RuntimeContext, 'account' | 'region' | 'now' | 'store' | 'findRoute'>

/** Takes a request in: accepted is written down. The answer goes to S3, by the reconciler of asynchronous endpoints. */
export const invokeEndpointAsync = async (input: In<'InvokeEndpointAsync'>, ctx: AsyncContext) => {
  const route = await ctx.findRoute(input.EndpointName as string, ctx)
  if (!route.async)
    throw validation(
      `Endpoint ${route.name} is not asynchronous: its configuration has no AsyncInferenceConfig. Use InvokeEndpoint.`,
    )
  const now = ctx.now().getTime()
  const paths = { ...route.async, extension: input.S3OutputPathExtension, filename: input.Filename }
  const invocation: AsyncInvocation = {
    inferenceId: input.InferenceId ?? randomness.uuid(),
    input: inputOf(input),
    ...(input.ContentType && { contentType: input.ContentType }),
    ...(input.Accept && { accept: input.Accept }),
    ...(input.CustomAttributes && { customAttributes: input.CustomAttributes }),
    ...asyncLocations(randomness.uuid(), paths),
    expires: now + (input.RequestTTLSeconds ?? defaults.ttlSeconds) * 1000,
    timeoutMs: (input.InvocationTimeoutSeconds ?? defaults.timeoutSeconds) * 1000,
  }
  await ctx.store.transaction(async tx => {
    await requireServing(tx, route, ctx)
    await asyncBacklog.add(tx, route, now, invocation)
    await requireRoom(tx, route)
    await tx.enqueue('async-inference', route.arn)
  })
  return {
    InferenceId: invocation.inferenceId,
    OutputLocation: invocation.outputLocation,
    FailureLocation: invocation.failureLocation,
  }
}

function inputOf({ InputLocation, Body }: In<'InvokeEndpointAsync'>): AsyncInvocation['input'] {
  const body = Buffer.from((Body as Uint8Array | undefined) ?? [])
  if ((InputLocation === undefined) === (body.length === 0))
    throw validation('Give either InputLocation or a Body, and not both.')
  if (body.length > mostInlineBytes)
    throw validation(`The Body has ${body.length} bytes, more than ${mostInlineBytes}. Use InputLocation.`)
  if (InputLocation === undefined) return { inline: body.toString('base64') }
  requireKey(InputLocation)
  return { location: InputLocation }
}

function requireKey(location: string): void {
  try {
    if (parseS3Uri(location).key) return
  } catch (error) {
    throw validation((error as Error).message)
  }
  throw validation(`InputLocation ${location} names no object: it must be of the form s3://bucket/key.`)
}

/** An endpoint that is being deleted takes nothing that nobody would answer. */
async function requireServing({ db }: Transaction, { arn, name }: Route, { account }: AsyncContext): Promise<void> {
  const row = await db.selectFrom('resource').select('status').where('arn', '=', arn).executeTakeFirst()
  if (row && row.status !== 'Deleting') return
  throw validation(`Endpoint ${name} of account ${account} not found.`)
}

/**
 * Throws ServiceUnavailable, which clients ask again after, when more waits than the endpoint's account may have wait. AWS publishes neither a
 * number nor an error of its own for it; of those that the API reference lists for the operation this is the one.
 */
async function requireRoom({ db }: Transaction, { arn, account, name }: Route): Promise<void> {
  const quota = quotas.sagemaker.waitingInvocations
  const may = await quotaOf(db, account, { service: 'sagemaker', quota })
  if ((await asyncBacklog.count({ db }, arn)) > may)
    throw full(`${may} requests wait for endpoint ${name}, as many as may ('${quota.name}', ${quota.code}).`)
  const above = await storageAbove(db, account, 'sagemaker', 'after')
  const { name: size, code } = quotas.sagemaker.waitingBytes
  if (above)
    throw full(`Requests of ${above.may} bytes wait for the account's endpoints, as much as may ('${size}', ${code}).`)
}

const full = (message: string) => new ServiceError('ServiceUnavailable', `${message} Ask again later.`, { status: 503 })
