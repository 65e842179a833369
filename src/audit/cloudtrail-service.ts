import type * as Sdk from '@aws-sdk/client-cloudtrail'
import { onAnything, type SdkApi, type Service, service } from '../service/service.ts'
import { lookupAccess, lookupEvents } from './lookup-events.ts'
import { describeTrails, getTrailStatus, listTrails } from './trail.ts'

/**
 * CloudTrail's event history. Trails, which copy it elsewhere, are not served: the log is in files of the data directory already. Who
 * asks for trails is told that there are none.
 */
export const createCloudTrailService = (): Service => {
  const access = onAnything('cloudtrail')
  return service<SdkApi<typeof Sdk>>({
    model: 'cloudtrail',
    operations: {
      DescribeTrails: { run: describeTrails, access },
      GetTrailStatus: { run: getTrailStatus, access },
      ListTrails: { run: listTrails, access },
      LookupEvents: { run: lookupEvents, access: lookupAccess },
    },
  })
}
