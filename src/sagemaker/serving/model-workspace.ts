import type { Readable } from 'node:stream'
import type { Limits, Mount } from '../../driver/driver.ts'
import type { ModelVolume } from './model-volume.ts'

/** One instance that serves, as far as its files go. */
export interface ModelInstance {
  readonly arn: string
  readonly attempt: number
  /** Unique within the workload. */
  readonly host: string
  readonly volume?: ModelVolume
}

/** A model's `.tar.gz`. */
export interface ModelArtifact {
  /** As reasons name it. */
  readonly what: string
  open(): Promise<Readable>
  /** Hears the digest of what was unpacked before a container may see it, and throws if that is not what it should be. */
  check(digest: string): Promise<void>
}

/** A model's files as they are. */
export interface ModelFiles {
  readonly what: string
  /** Puts them into a directory that is there. Throws ServiceErrors for what the owner can mend. */
  into(directory: string): Promise<void>
}

/** The files of instances that serve. Nothing above it knows where they lie. */
export interface ModelWorkspace {
  /**
   * Makes the instance's volume anew, with a /tmp for each container; for an instance of which nothing runs. Nothing for one without a
   * volume. Throws a ServiceError of code `CapacityError` for one that the machine cannot hold.
   */
  makeVolume(instance: ModelInstance, containers: number, limits: Limits): Promise<void>
  /**
   * Unpacks the artifact of the container with this index, once for each attempt, whole or not at all, or makes the place for those of a
   * multi-model endpoint; returns what the container finds where. Throws ServiceErrors for what the owner can mend.
   */
  stage(
    instance: ModelInstance,
    index: number,
    artifact: ModelArtifact | ModelFiles | 'several' | undefined,
  ): Promise<Mount[]>
  /**
   * Unpacks a model of a multi-model endpoint where its container with this index finds it by this name, unless it is there. Throws NoRoom,
   * and ServiceErrors for what the owner can mend.
   */
  stageTarget(instance: ModelInstance, index: number, name: string, artifact: ModelArtifact): Promise<void>
  dropTarget(instance: ModelInstance, index: number, name: string): Promise<void>
  /** Nothing is left of an attempt's files. Its containers are gone; the workload goes on. */
  discard(arn: string, attempt: number): Promise<void>
}
