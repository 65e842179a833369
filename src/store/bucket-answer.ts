import { pipeline, type Readable, Transform } from 'node:stream'
import type { GetObjectCommandOutput, S3 } from '@aws-sdk/client-s3'
import { clock } from '../ground/clock.ts'

/** What a bucket may answer besides content: its longest are lists of a thousand keys of a thousand bytes. */
const mostBytes = 8 * 1024 ** 2

/** What of the SDK's chain comes after this. */
type Next = (args: unknown) => Promise<{ readonly response: { readonly statusCode: number; body: Readable } }>

/** Has a client give up answers that it reads whole, all but content, when they become too long or take too long, in milliseconds. */
export function boundAnswers({ middlewareStack }: S3, longestMs: number): void {
  const bound = (next: Next, context: { readonly commandName: string }) => async (args: unknown) => {
    const result = await next(args)
    const answer = result.response
    const isContent = context.commandName === 'GetObjectCommand' && answer.statusCode < 300
    if (!isContent) answer.body = bounded(answer.body, longestMs)
    return result
  }
  const place = { relation: 'after', toMiddleware: 'deserializerMiddleware', name: 'boundAnswers' } as const
  middlewareStack.addRelativeTo(bound as never, place)
}

function bounded(body: Readable, longestMs: number): Readable {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Uint8Array, _, done) {
      bytes += chunk.byteLength
      done(bytes > mostBytes ? new Error(`it answered more than ${mostBytes} bytes`) : null, chunk)
    },
  })
  const late = clock.after(longestMs, () => counted.destroy(new Error(`its answer took longer than ${longestMs} ms`)))
  return pipeline(body, counted, () => late[Symbol.dispose]())
}

/** Bytes that were asked for, inclusive. */
export interface Asked {
  readonly start: number
  readonly end?: number
}

/** How large all of an object is, by an answer that is what was asked for and says how long it is; undefined for any other. */
export function sizeOf(
  { ContentLength: length, ContentRange = '' }: Pick<GetObjectCommandOutput, 'ContentLength' | 'ContentRange'>,
  asked: Asked | undefined,
): number | undefined {
  if (!asked) return isSize(length) ? length : undefined
  const [start, end, size] = (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange) ?? []).slice(1).map(Number)
  if (start === undefined || end === undefined || !isSize(size)) return undefined
  const last = Math.min(asked.end ?? size - 1, size - 1)
  return start === asked.start && end === last && length === end - start + 1 ? size : undefined
}

const isSize = (size: number | undefined): size is number => Number.isSafeInteger(size)
