import type { CallContext, ValueContext } from "./bijection.ts";

/**
 * The context a composite hands to one of its parts: the part's own random key and its place in the model.
 *
 * `key` is the part's prefix in parameter names, so that paths and names agree.
 */
export function childContext<Context extends CallContext | ValueContext>(
  context: Context,
  key: string,
): Context {
  return {
    ...context,
    random: context.random.fold(key),
    path: context.path ? `${context.path}.${key}` : key,
  };
}
