import { createHash } from 'node:crypto'
import { join } from 'node:path'

/**
 * ```
 * DIR/
 *   lock                     held by the server that runs on this directory
 *   secret                   32 random bytes: the root secret (or MODELMART_ROOT_SECRET); mode 0600
 *   metadata.sqlite          every row: resources, objects, images, logs, metrics, market, queue
 *   database                 the URL of the PostgreSQL database that has the rows instead; mode 0600
 *   blobs/sha256/ab/cdef…    content by digest: object data, image layers; cdef….sums are the sums of its blocks
 *   cache/                   of content that is in a bucket instead: what was put or needed here last, likewise
 *   work/HASH/               files of one job or endpoint while it runs; HASH is of its ARN
 *     ATTEMPT/algo-N/          a training host's volume, mounted from algo-N.ext4: ml (its /opt/ml), checkpoints, tmp
 *     ATTEMPT/algo-N-input/    its input, read-only to its container
 *     volume-ATTEMPT-HOST/     the volume of an instance that serves: /tmp of its containers
 *     model-ATTEMPT-HOST-N/    the unpacked model of its container N, read-only to it; in the volume when a key encrypts that
 *   metering/                what endpoints answered, before it is counted; set-aside/ holds what could not be
 *   invoke/WORKER/           a process that answers invocations: its socket, and metering/ of its own
 *   audit/DAY.jsonl          the security log as JSON lines; mode 0600
 *   reserve/                 room that is given up when the disk is full, see disk-room.ts
 *   engine-starts            when the container engine was started, as far as a server has seen it
 *   seen-images/             digests of images that were looked through before nodes of a cluster pull them
 *   shown/                   files of this program that its containers get, where its engine does not see them (engine-outside)
 *   aws/credentials, aws/config   profiles for the AWS clients, one per account; mode 0600
 * ```
 */
export function dataDirectory(root: string) {
  return {
    root,
    lock: join(root, 'lock'),
    secret: join(root, 'secret'),
    database: join(root, 'metadata.sqlite'),
    databaseUrl: join(root, 'database'),
    blobs: join(root, 'blobs'),
    cache: join(root, 'cache'),
    place: join(root, 'place'),
    work: join(root, 'work'),
    audit: join(root, 'audit'),
    metering: join(root, 'metering'),
    invoke: join(root, 'invoke'),
    reserve: join(root, 'reserve'),
    engineStarts: join(root, 'engine-starts'),
    shownFiles: join(root, 'shown'),
    seenImages: join(root, 'seen-images'),
    awsCredentials: join(root, 'aws', 'credentials'),
    awsConfig: join(root, 'aws', 'config'),
  }
}

export type DataDirectory = ReturnType<typeof dataDirectory>

/** Directory of one workload's files below `work`; `directory-workspace.ts` asks for it, and nobody else. */
export const workloadDirectory = (work: string, arn: string): string =>
  join(work, createHash('sha256').update(arn).digest('hex').slice(0, 24))
