/** Real-time requests, counted from the metering header or one by one. */
export const requests = 'inference.count.m.i.c'

/** AWS's guide writes `m.i.c` where entities show `inference.count.m.i.c`: the same dimension. */
export const dimensionKey = (key: string): string => (key === 'm.i.c' ? requests : key)

export interface InstanceTypes {
  readonly training: readonly string[]
  readonly realtime: readonly string[]
  readonly batch: readonly string[]
}

export interface Dimension {
  readonly Name: string
  readonly Description: string
  readonly Key: string
  readonly Unit: 'HostHrs' | 'Requests'
  readonly Types: readonly ['Metered']
}

const uses = [
  { of: 'training', suffix: '.a.t', name: 'Training', what: 'Algorithm training' },
  { of: 'batch', suffix: '.m.i.b', name: 'Inference (Batch)', what: 'Model inference in batch mode' },
  { of: 'realtime', suffix: '.m.i.r', name: 'Inference (Real-Time)', what: 'Model inference in real-time mode' },
] as const

/**
 * The dimensions of a product, generated from the instance types that its versions support (AWS Marketplace API Reference, "Update
 * pricing terms": they cannot be chosen). Requests are one dimension of every product that can be hosted.
 */
export function dimensionsOf(versions: readonly InstanceTypes[]): Dimension[] {
  const hourly = uses.flatMap(({ of, suffix, name, what }) =>
    [...new Set(versions.flatMap(version => version[of]))].map(type => ({
      Name: `${type} ${name}`,
      Description: `${what} on the ${type} instance type`,
      Key: `${type}${suffix}`,
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
export const isRealtimeHour = (key: string): boolean => key.endsWith('.m.i.r')
