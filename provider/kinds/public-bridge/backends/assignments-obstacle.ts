import { contentOf, type Origin } from "../backend";
import { at, firstOf, named, unknownTo } from "../fates";
import { assignmentsIn } from "../formats/shell-variables";

/**
 * Why a file of assignments (ifcfg, wicked) is not understood, with the line: an unknown key, or more than a plain
 * text.
 */
export function strangeAssignment(origin: Origin, path: string, known: RegExp): string | undefined {
  return firstOf(
    assignmentsIn(contentOf(origin, path)).map(({ line, text, key }) => () => {
      return known.test(key) ? undefined : unknownTo(at(path, line), named(text));
    }),
  );
}

/** A regular expression that matches the keys. `#` stands for a number or a suffix. */
export function keysOf(list: string): RegExp {
  const names = list.trim().split(/\s+/);
  return new RegExp(`^(${names.map((name) => name.replace("#", "_?\\w*")).join("|")})$`);
}
