import type { Bench } from './bench.ts'
export const s3Bench: Bench = {
  name: 's3',
  async run() {
    return []
  },
}
