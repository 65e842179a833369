import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { randomness } from '../ground/randomness.ts'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)
/** OWASP Password Storage Cheat Sheet: N = 2^15, r = 8, p = 3; 32 MiB for each of the three. */
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const size = 32

/** What is kept of a password: scrypt's parameters, a random salt and its key. The password cannot be read from it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomness.bytes(16)
  const key = await derive(password, salt, size, cost)
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64')}$${key.toString('base64')}`
}

/** Whether the hash was made from this password. Takes as long for a wrong one. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt = '', kept = ''] = hash.split('$')
  const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: cost.maxmem }
  const key = await derive(password, Buffer.from(salt, 'base64'), size, options)
  return timingSafeEqual(key, Buffer.from(kept, 'base64'))
}
