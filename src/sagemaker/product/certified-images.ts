import type { AlgorithmRow } from './algorithm.ts'
import type { ModelPackageRow } from './model-package.ts'

/** Digests of an algorithm's images by their names. */
export function algorithmImages({
  request,
  trainingImageDigest,
  inferenceImageDigests,
}: AlgorithmRow): Map<string, string> {
  const containers = request.InferenceSpecification?.Containers ?? []
  const inference = containers.map(
    ({ Image }, index) => [Image as string, inferenceImageDigests[index] as string] as const,
  )
  return new Map([...inference, [request.TrainingSpecification.TrainingImage, trainingImageDigest]])
}

/** Digests of a package's images by their names. */
export const packageImages = ({ containers }: ModelPackageRow): Map<string, string> =>
  new Map(containers.map(({ definition, imageDigest }) => [definition.Image as string, imageDigest]))
