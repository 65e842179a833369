import { writeFile } from 'node:fs/promises'
import type { CommandContext } from './command-context.ts'
import { drawnLogo } from './drawn-logo.ts'

/** `modelmart logo NAME FILE`: a picture that is fit for a listing, drawn of a name, as a PNG. Exits 1 when it cannot be written. */
export async function logo(name: string, file: string, { err }: Pick<CommandContext, 'err'>): Promise<void> {
  try {
    await writeFile(file, drawnLogo(name))
  } catch (error) {
    err.write(`modelmart logo: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
