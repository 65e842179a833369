import { type InstanceUse, instanceHour } from '../service/instance-hour.ts'

/** Real-time requests, counted from the metering header or one by one. */
export const requests = 'inference.count.m.i.c'

/** AWS's guide writes `m.i.c` where entities show `inference.count.m.i.c`: the same dimension. */
export const dimensionKey = (key: string): string => (key === 'm.i.c' ? requests : key)

export type InstanceTypes = Readonly<Record<InstanceUse, readonly string[]>>

export interface Dimension {
  readonly Name: string
  readonly Description: string
  readonly Key: string
  readonly Unit: 'HostHrs' | 'Requests'
  readonly Types: readonly ['Metered']
}

const uses = [
  { of: 'training', name: 'Training', what: 'Algorithm training' },
  { of: 'batch', name: 'Inference (Batch)', what: 'Model inference in batch mode' },
  { of: 'realtime', name: 'Inference (Real-Time)', what: 'Model inference in real-time mode' },
] as const

/**
 * The dimensions of a product, generated from the instance types that its versions support (AWS Marketplace API Reference, "Update
 * pricing terms": they cannot be chosen). Requests are one dimension of every product that can be hosted.
 */
export function dimensionsOf(versions: readonly InstanceTypes[]): Dimension[] {
  const hourly = uses.flatMap(({ of, name, what }) =>
    [...new Set(versions.flatMap(version => version[of]))].map(type => ({
      Name: `${type} ${name}`,
      Description: `${what} on the ${type} instance type`,
      Key: instanceHour(type, of),
      Unit: 'HostHrs' as const,
      Types: ['Metered'] as const,
    })),
  )
  if (!versions.some(version => version.realtime.length > 0)) return hourly
  const counted = {
    Name: `${requests} Inference Pricing`,
    Description: 'Real-time inference, by request',
    Key: requests,
  }
  return [...hourly, { ...counted, Unit: 'Requests', Types: ['Metered'] }]
}

export const isHourly = (key: string): boolean => key !== requests
export const isTrainingHour = (key: string): boolean => key.endsWith(instanceHour('', 'training'))
export const isRealtimeHour = (key: string): boolean => key.endsWith(instanceHour('', 'realtime'))
