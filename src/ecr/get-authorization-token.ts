import type { Op } from './ecr-operation.ts'

/** One entry, or one per registry that is named: the token is good for every registry that lets the caller in. */
export const getAuthorizationToken: Op<'GetAuthorizationToken'> = async (input, ctx) => {
  const { password, expiresAt } = ctx.tokens.issue({ principal: ctx.principal, region: ctx.region })
  const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64')
  const registries = input.registryIds ?? [ctx.account]
  return { authorizationData: registries.map(() => ({ authorizationToken, expiresAt, proxyEndpoint: ctx.url })) }
}
