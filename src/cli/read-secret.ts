import { readFileSync } from 'node:fs'

/** The secret that a file holds, without the line's end; `-` is standard input. */
export function readSecret(path: string): string {
  const text = readFileSync(path === '-' ? 0 : path, 'utf8').replace(/\r?\n$/, '')
  if (text === '' || text.includes('\n')) throw new Error(`${path} must hold one line, the secret`)
  return text
}
