/** What a caller gives as the `SessionId` of a session that is to begin. */
export const newSession = 'NEW_SESSION'

export interface SessionKey {
  /** The endpoint's ARN. */
  readonly endpoint: string
  readonly id: string
}

/** Where a session is held. */
export interface SessionPlace {
  /** Of the instance, by which no other start of one is meant. */
  readonly logStream: string
  /** Milliseconds. */
  readonly expires: number
}

/**
 * Stateful sessions: a container begins one, says how long it lives and ends it; requests that name it go to that container's instance.
 * Source: SageMaker Developer Guide, "Stateful sessions with Amazon SageMaker AI models".
 */
export interface Sessions {
  /** Also one that has expired. Without a promise where it is known at once. */
  find(key: SessionKey): SessionPlace | undefined | Promise<SessionPlace | undefined>
  /**
   * Whoever is asked for it finds it when this resolves to true. False when one of `others`, the endpoint's other instances by their log
   * streams, holds a session by that id: models choose ids, and none takes over what is another one's.
   */
  open(key: SessionKey, place: SessionPlace, others: readonly string[]): Promise<boolean>
  /** Nobody finds it when this resolves. */
  close(key: SessionKey): Promise<void>
}
