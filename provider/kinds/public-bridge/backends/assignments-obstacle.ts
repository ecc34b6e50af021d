import { contentOf, type Origin } from "../backend";
import { at, firstOf, named, unknownTo } from "../fates";
import { assignmentsIn } from "../formats/shell-variables";

/** What is not understood of a file of assignments (ifcfg, wicked), with the line: another key, or more than a text. */
export function strangeAssignment(origin: Origin, path: string, known: RegExp): string | undefined {
  return firstOf(
    assignmentsIn(contentOf(origin, path)).map(({ line, text, key }) => () => {
      return known.test(key) ? undefined : unknownTo(at(path, line), named(text));
    }),
  );
}

/** The keys as a regular expression; `#` stands for a number or a suffix. */
export function keysOf(list: string): RegExp {
  const names = list.trim().split(/\s+/);
  return new RegExp(`^(${names.map((name) => name.replace("#", "_?\\w*")).join("|")})$`);
}
