/** Files of workloads beside their containers, wherever they lie: a directory here, a volume of a Pod elsewhere. */
export interface Workspace {
  /** Notes that a part of long work is done, so that it is not done again after a crash. */
  mark(arn: string, part: string): Promise<void>
  /** What was marked. A mark that a crash or a full disk broke off is none. */
  marks(arn: string): Promise<Set<string>>
  /** Removes all files of a workload, whatever its containers have left there. No error when there are none. */
  remove(arn: string): Promise<void>
  /**
   * Removes the files of workloads with volumes that are not among the known ones, which are asked for only if there are volumes.
   * Returns where they were. To be called before anything is staged.
   */
  removeStrays(known: () => Promise<readonly string[]>): Promise<readonly string[]>
}
