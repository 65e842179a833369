import type { Context } from '../service/context.ts'
import type { Op } from './iam-operation.ts'
import { findIdentity, userNameOf } from './identity-row.ts'

/**
 * Kinds of credentials that nobody can have here: each list is empty, once the user is found. Clients ask for all of them before
 * they delete a user (IAM API Reference, DeleteUser: what must be removed first).
 */
export const listSSHPublicKeys: Op<'ListSSHPublicKeys'> = (input, ctx) =>
  noneOf(input, ctx, { SSHPublicKeys: [], IsTruncated: false })

export const listSigningCertificates: Op<'ListSigningCertificates'> = (input, ctx) =>
  noneOf(input, ctx, { Certificates: [], IsTruncated: false })

export const listMfaDevices: Op<'ListMFADevices'> = (input, ctx) =>
  noneOf(input, ctx, { MFADevices: [], IsTruncated: false })

export const listServiceSpecificCredentials: Op<'ListServiceSpecificCredentials'> = (input, ctx) =>
  noneOf(input, ctx, { ServiceSpecificCredentials: [] })

/** Of the whole account. */
export const listVirtualMfaDevices: Op<'ListVirtualMFADevices'> = async () => ({
  VirtualMFADevices: [],
  IsTruncated: false,
})

async function noneOf<List>(input: { UserName?: string | undefined }, ctx: Context, none: List): Promise<List> {
  await findIdentity(ctx.store, ctx.account, 'user', userNameOf(input, ctx))
  return none
}
