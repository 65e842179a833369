import { pickVariant, type Route, type RouteInstance, type RouteVariant } from '../../runtime/routing-table.ts'

/** What is told with how a request ended: for which variant, and in which log. */
export interface Place {
  readonly variant: Pick<RouteVariant, 'name'>
  readonly instance: Pick<RouteInstance, 'logStream'>
}

/** Leave to ask an instance. */
export interface Slot extends Place {
  readonly variant: RouteVariant
  readonly instance: RouteInstance
  release(): void
}

/** How many requests each instance of an asynchronous endpoint is busy with, by its log stream, which no two starts share. */
export interface Slots {
  /** How many more requests the route's instances can take. */
  free(route: Route): number
  /** At a variant by the weights, at its instance with the fewest; undefined when all are busy. `random` is in [0, 1). */
  take(route: Route, random: number): Slot | undefined
}

/** Slots of instances that take `most` requests at once. */
export function createSlots(most: number): Slots {
  const busy = new Map<string, number>()
  const freeAt = ({ logStream }: RouteInstance) => Math.max(0, most - (busy.get(logStream) ?? 0))
  const freeOf = ({ instances }: RouteVariant) => instances.reduce((sum, instance) => sum + freeAt(instance), 0)
  const used = ({ variants }: Route) => variants.filter(({ weight }) => weight > 0)
  return {
    free: route => used(route).reduce((sum, variant) => sum + freeOf(variant), 0),
    take(route, random) {
      const open = used(route).filter(variant => freeOf(variant) > 0)
      const variant = pickVariant(open, random)
      const [instance] = variant?.instances.toSorted((a, b) => freeAt(b) - freeAt(a)) ?? []
      if (!variant || !instance) return undefined
      const { logStream } = instance
      busy.set(logStream, (busy.get(logStream) ?? 0) + 1)
      return {
        variant,
        instance,
        release() {
          const left = (busy.get(logStream) ?? 1) - 1
          if (left > 0) busy.set(logStream, left)
          else busy.delete(logStream)
        },
      }
    },
  }
}
