import type { Bench } from './bench.ts'
export const apiBench: Bench = {
  name: 'api',
  async run() {
    return []
  },
}
