import { useUrlState } from '../route/location.ts'

/** The regions that are offered; any other valid name in the address is taken as well. */
export const regions = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'sa-east-1',
]

const isRegion = (name: string): boolean => /^[a-z]{2}(-[a-z]+){1,2}-\d$/.test(name)

export const useRegion = () => useUrlState('region', 'us-east-1', isRegion)
