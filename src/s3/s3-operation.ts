import type * as Sdk from '@aws-sdk/client-s3'
import type { Context, Platform } from '../service/context.ts'
import type { Input, Output } from '../service/operation.ts'
import type { Principal } from '../service/principal.ts'
import type { Bucket } from './bucket-row.ts'
import type { DataKeys } from './encryption.ts'

export type In<Name extends string> = Input<typeof Sdk, Name>
export type Out<Name extends string> = Output<typeof Sdk, Name>

/** What the code behind both faces of the object store needs: the S3 API (`service.ts`) and the jobs' port (`objects.ts`). */
export type S3Parts = Pick<Platform, 'store' | 'blobs' | 'iam' | 'now'> & {
  readonly keys: DataKeys
  /** Those that one request has looked at (`askedBucket`). */
  readonly buckets?: Map<string, Bucket>
}

/** With who asks. */
export type S3Asker = S3Parts & { readonly principal: Principal }

/** What operations of S3 find in their context besides the platform. */
export type S3Injected = Pick<S3Parts, 'keys' | 'buckets'> & { readonly checkPolicy: CheckPolicy }

/** A request to S3. */
export type S3Context = Context & S3Injected

/** Throws an Error that says what is wrong with the text of a resource's policy. */
export type CheckPolicy = (text: string) => void | Promise<void>

/** An S3 operation by its name, with the official SDK's shapes. */
export type Op<Name extends string> = (input: In<Name>, ctx: S3Context) => Promise<Out<Name>>
