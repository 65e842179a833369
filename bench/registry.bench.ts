import type { Bench } from './bench.ts'
export const registryBench: Bench = {
  name: 'registry',
  async run() {
    return []
  },
}
