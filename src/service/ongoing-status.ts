/** Of whatever may have containers, or wait for them. */
export const ongoing: readonly string[] = [
  'InProgress',
  'Stopping',
  'Creating',
  'Updating',
  'RollingBack',
  'InService',
  'Deleting',
]
