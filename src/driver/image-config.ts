import { ImageFault } from './image-fault.ts'

/** The members of an image's `config` that a container may take from it: what to run, as whom, where. */
const BELIEVED = {
  Env: 'strings',
  Entrypoint: 'strings',
  Cmd: 'strings',
  WorkingDir: 'string',
  User: 'string',
} as const

const KIND = {
  string: (value: unknown) => typeof value === 'string',
  strings: (value: unknown) => Array.isArray(value) && value.every(KIND.string),
}

const DIGEST = /^sha256:[0-9a-f]{64}$/

/**
 * The configuration that an engine is given in place of the image's own: the same layers, and of `config` what runs the program.
 * Labels, volumes, ports, health check, stop signal, build triggers, shell and whatever later versions bring are left out, so that
 * nothing of them is inherited. Throws ImageFault for one that no engine could use. Source: OCI Image Specification 1.1, "Image Configuration".
 */
export const plainConfig = (content: Buffer, layers: number): Buffer => {
  const { architecture, variant, os, config, rootfs } = parsed(content)
  if (os !== undefined && os !== 'linux') throw fault(`is for the operating system ${JSON.stringify(os)}, not linux`)
  const { diff_ids: ids } = (rootfs ?? {}) as { diff_ids?: unknown }
  if (!KIND.strings(ids) || !(ids as string[]).every(id => DIGEST.test(id)))
    throw fault('has no usable rootfs.diff_ids')
  if ((ids as string[]).length !== layers)
    throw fault(`names ${(ids as string[]).length} layers in rootfs.diff_ids, and the manifest has ${layers}`)
  return Buffer.from(
    JSON.stringify({
      ...{ architecture: text(architecture), variant: text(variant), os: 'linux' },
      config: believed((config ?? {}) as Record<string, unknown>),
      rootfs: { type: 'layers', diff_ids: ids },
    }),
  )
}

const parsed = (content: Buffer): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(content.toString())
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw fault('is not a JSON object')
}

const believed = (config: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(BELIEVED).flatMap(([name, kind]) => {
      const value = config[name]
      if (value === undefined || value === null) return []
      if (!KIND[kind](value))
        throw fault(`has a config.${name} that is no ${kind === 'string' ? 'text' : 'list of texts'}`)
      return [[name, value]]
    }),
  )

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const fault = (what: string) => new ImageFault(`The configuration of the image ${what}.`)
