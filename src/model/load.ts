import { readFileSync } from 'node:fs'
import type { ServiceModel } from './model.ts'

/** Reads the interface facts of a service by the name of its file: `load('sagemaker')`. */
export const load = (name: string): ServiceModel =>
  JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'))
