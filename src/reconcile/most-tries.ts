/** Work that the platform itself cannot do is tried so often, over some five minutes at the queue's pace; then it has failed, and holds up nothing behind it. */
export const mostTries = 12
