import { lazy } from 'react'

const pausesMs = [200, 1000, 3000]

/**
 * React's `lazy`, for a part that is loaded when it is first shown. A connection that breaks meanwhile is made again: browsers end what is
 * under way whenever a network of the machine comes or goes, as the containers' do, also on the way to the same machine.
 */
export const part: typeof lazy = load => lazy(() => loadAgain(load))

async function loadAgain<Module>(load: () => Promise<Module>): Promise<Module> {
  for (const pause of pausesMs)
    try {
      return await load()
    } catch (error) {
      if (!isCutOff(error)) throw error
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  return load()
}

/** Of a script browsers tell it as TypeError, of its style Vite does. */
const isCutOff = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof Error && error.message.startsWith('Unable to preload CSS'))
