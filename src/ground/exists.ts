import { access } from 'node:fs/promises'

/** Whether there is something at a path that this process may look at. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
