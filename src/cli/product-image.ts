// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { imageIds } from '../../setup/engine.mjs'
// @ts-expect-error as above
import { buildImage } from '../../setup/images.mjs'
import type { Product } from './certify-product.ts'
import type { Session } from './certify-session.ts'
import type { CommandContext } from './command-context.ts'
import { type Engine, pushImage } from './push-image.ts'

export interface ImageOptions {
  /** An image that the engine has already, instead of building one. */
  readonly image?: string
  /** `NAME=VALUE`, or a name that the environment has. */
  readonly buildArg: readonly string[]
  /** `id=NAME,src=FILE` or `id=NAME,env=NAME`: neither the image nor its history keeps them. */
  readonly buildSecret: readonly string[]
}

/** The id of the image that is certified: of the one that is named, or of what is built. */
export async function imageOf(
  product: Product,
  engine: Engine,
  { image: named, buildArg, buildSecret }: ImageOptions,
  { environment }: CommandContext,
  tell: (line: string) => void,
): Promise<string> {
  if (named === undefined) {
    const given = Object.fromEntries(buildArg.map(text => buildArgument(text, environment)))
    tell(`building ${product.buildContext}`)
    return buildImage(
      engine,
      product.buildContext,
      `modelmart-certify-${product.repository}:latest`,
      given,
      buildSecret,
    )
  }
  const [id] = await imageIds(engine, [named])
  if (!id) throw new Error(`The ${engine.engine} engine at ${engine.socket} has no image ${named}.`)
  return id
}

function buildArgument(text: string, environment: NodeJS.ProcessEnv): [string, string] {
  const [name = '', ...rest] = text.split('=')
  const value = rest.length > 0 ? rest.join('=') : environment[name]
  if (value === undefined) throw new Error(`--build-arg ${name} has no value, and the environment has none.`)
  return [name, value]
}

/** Pushes it to the product's repository, which is made when there is none, and returns its URI. */
export async function push(
  session: Pick<Session, 'ecr'>,
  engine: Engine,
  product: Product,
  image: string,
): Promise<string> {
  await session.ecr.createRepository({ repositoryName: product.repository }).catch((error: Error) => {
    if (error.name !== 'RepositoryAlreadyExistsException') throw error
  })
  const { repositories } = await session.ecr.describeRepositories({ repositoryNames: [product.repository] })
  return pushImage(engine, image, repositories?.[0]?.repositoryUri as string, session, tagOf(image))
}

/** Of each image its own: runs beside this one push others to the same repository. */
export const tagOf = (image: string): string => `certify-${image.replace('sha256:', '').slice(0, 12)}`
