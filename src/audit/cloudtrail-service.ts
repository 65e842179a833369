import type * as Sdk from '@aws-sdk/client-cloudtrail'
import { type SdkApi, type Service, service } from '../service/service.ts'
import { lookupAccess, lookupEvents } from './lookup-events.ts'

/** CloudTrail's event history. Trails, which copy it elsewhere, are not served: the log is in files of the data directory already. */
export const createCloudTrailService = (): Service =>
  service<SdkApi<typeof Sdk>>({
    model: 'cloudtrail',
    operations: { LookupEvents: { run: lookupEvents, access: lookupAccess } },
  })
