import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.mjs'

/** What an image's Python is: Debian 12's. */
const target = [
  '--python-version',
  '3.11',
  '--implementation',
  'cp',
  '--abi',
  'cp311',
  '--abi',
  'abi3',
  '--abi',
  'none',
]
const machines = { x64: 'x86_64', arm64: 'aarch64' }
/** Of glibc 2.36, and of older ones that packages are built for. */
const glibcs = [36, 34, 31, 28, 27, 26, 24, 17, 12, 5].map(minor => `manylinux_2_${minor}`)

/**
 * Fetches what `requirements.txt` of a folder names, each checked by its hash, into `wheels` of that folder, by this machine's own way
 * to its index: the image's build then needs none, and no address or password is in it.
 * @param {string} python an interpreter that has pip
 */
export const fetchWheels = async (python, folder) => {
  const wheels = join(folder, 'wheels')
  await mkdir(wheels)
  const platforms = [...glibcs, 'manylinux2014', 'manylinux2010', 'manylinux1', 'linux'].flatMap(name => [
    '--platform',
    `${name}_${machines[process.arch]}`,
  ])
  const flags = ['--quiet', '--no-deps', '--require-hashes', '--disable-pip-version-check', ...target, ...platforms]
  const args = ['-m', 'pip', 'download', ...flags, '-r', join(folder, 'requirements.txt'), '-d', wheels]
  const { code, output } = await run(python, args)
  if (code !== 0)
    throw new Error(`The packages of ${folder}/requirements.txt cannot be had: ${output.trim().split('\n').at(-1)}`)
}
