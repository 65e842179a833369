/** A UTC day is compared at once, when it is over. */
export const windowMs = 86_400_000
/** Until all of a day is written: captured data are written every few seconds. */
export const settlesMs = 10 * 60_000
/** After its end a seller is told of a day, once: who is late is not in it. */
export const toldAfterMs = 6 * 3_600_000

export const nextDay = (time: number): number => time - (time % windowMs) + windowMs
