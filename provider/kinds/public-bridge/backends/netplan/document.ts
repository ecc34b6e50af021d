import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type Document as Yaml,
} from "yaml";
import { contentOf, type Origin } from "../../backend";
import { at } from "../../fates";

/** A parsed netplan file, with the line numbers of its parts. */
export interface Document {
  path: string;
  network: Network;
  /** Why the file is not understood, with the line. */
  problem?: string;
  /** The line of an entry, by its keys from the top. */
  lineOf(keys: readonly string[]): number;
  /** The line where a name stands as a key or a value, outside the entry with the keys `besides`. */
  lineNaming(name: string, besides: readonly string[]): number | undefined;
}

export interface Definition {
  match?: { name?: string; macaddress?: string; driver?: unknown };
  "set-name"?: string;
  addresses?: unknown[];
  routes?: { to?: string; via?: string; table?: number }[];
  [key: string]: unknown;
}

export type Kind = Readonly<Record<string, Definition | null>>;

export interface Network {
  renderer?: unknown;
  ethernets?: Kind;
  bridges?: Kind;
  [key: string]: unknown;
}

export function documentsOf(origin: Origin): Document[] {
  return origin.sources.map((path) => read(path, contentOf(origin, path)));
}

/** The parsed content. Empty when the file is not understood. */
export function contentFor(origin: Origin, path: string): Content {
  const content = contentIn(parseDocument(contentOf(origin, path)));
  return "what" in content ? {} : content.value;
}

type Content = Record<string, unknown> & { network?: Network };

interface Broken {
  what: string;
  node?: unknown;
  line?: number;
}

function read(path: string, content: string): Document {
  const counter = new LineCounter();
  const tree = parseDocument(content, { lineCounter: counter });
  const line = (node: unknown) => counter.linePos((node as Node | undefined)?.range?.[0] ?? 0).line;
  const found = contentIn(tree);
  const broken = "what" in found ? found : shapeOf(tree, found.value);
  return {
    path,
    network: "what" in found || broken ? {} : (found.value.network ?? {}),
    ...(broken && { problem: `${at(path, broken.line ?? line(broken.node))}: ${broken.what}` }),
    lineOf: (keys) => line(nodeAt(tree, keys)),
    lineNaming: (name, besides) => {
      const found = scalarNaming(tree, name, besides);
      return found === undefined ? undefined : line(found);
    },
  };
}

/**
 * The content, or a problem: an error in the YAML, an unknown tag, or nested aliases that make the content too large.
 */
function contentIn(tree: Yaml): { value: Content } | Broken {
  const [first] = [...tree.errors, ...tree.warnings];
  if (first) return { what: first.message.split(/ at line |:?\n/)[0] ?? "", line: first.linePos?.[0].line ?? 1 };
  try {
    return { value: (tree.toJS() ?? {}) as Content };
  } catch (error) {
    return { what: (error as Error).message, node: firstAlias(tree) };
  }
}

/** Checks that mappings are mappings, and that each number keeps its spelling when it is written back. */
function shapeOf(tree: Yaml, value: Content): Broken | undefined {
  if (!isMapping(value)) return { what: "it is not a mapping" };
  const network = value.network ?? {};
  if (!isMapping(network)) return { what: "network is not a mapping", node: nodeAt(tree, ["network"]) };
  for (const [kind, definitions] of Object.entries(network)) {
    if (["version", "renderer"].includes(kind) || definitions === null) continue;
    if (!isMapping(definitions)) return { what: `${kind} is not a mapping`, node: nodeAt(tree, ["network", kind]) };
    const odd = Object.entries(definitions).find(([id, one]) => id !== "renderer" && one !== null && !isMapping(one));
    if (odd) return { what: `${odd[0]} is not a mapping`, node: nodeAt(tree, ["network", kind, odd[0]]) };
  }
  return otherwiseWritten(tree);
}

/** netplan reads every value as text, so 0100 and 100 are different. */
function otherwiseWritten(tree: Yaml): Broken | undefined {
  let found: Broken | undefined;
  visit(tree, {
    Scalar(_key, node) {
      if (typeof node.value !== "number" || node.source === undefined || String(node.value) === node.source) return;
      found = { what: `${node.source} would be written back as ${node.value}. Put it in quotes`, node };
      return visit.BREAK;
    },
  });
  return found;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstAlias(tree: Yaml): unknown {
  let found: unknown;
  visit(tree, {
    Alias(_key, node) {
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

/** The node of the key, not of its value. An aliased value stands in another place. */
function nodeAt(tree: Yaml, keys: readonly string[]): unknown {
  let node: unknown = tree.contents;
  let key: unknown;
  for (const name of keys) {
    const map = isAlias(node) ? node.resolve(tree) : node;
    const pair = isMap(map) ? map.items.find((one) => String(one.key) === name) : undefined;
    if (!pair) return key;
    [key, node] = [pair.key, pair.value];
  }
  return key;
}

function scalarNaming(tree: Yaml, name: string, besides: readonly string[]): unknown {
  let found: unknown;
  visit(tree, {
    Scalar(_key, node, ancestors) {
      if (String(node.value) !== name) return;
      const keys = ancestors.filter(isPair).map(({ key }) => (isScalar(key) ? String(key.value) : ""));
      if (besides.every((one, i) => keys[i] === one)) return;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}
