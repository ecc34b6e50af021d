import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { diskFolder } from "../facts/disks";
import {
  type Fetch,
  fetchLog,
  fetchOf,
  fetchUnit,
  imageFolder,
  imagePath,
  imageProblem,
  images,
} from "../facts/images";
import { stateFolder } from "../facts/records";
import { kind, type Put, refuse, run, steps, type Wait, type Wanted, wanted } from "../kind";
import { objectName } from "../names";
import { type Inputs, type OnHost, onHost, Resource } from "../resource";
import { guestNameArg } from "../schema";
import { lines, sh, text } from "../shell";

/** What an image should be: a file that disks start as a copy of. */
export interface ImageArgs {
  /**
   * Where it comes from: a path on the host ("/srv/debian.qcow2"), a URL that the host fetches ("https://…", with its
   * sha256), or a file of the machine that runs Pulumi ("./debian.qcow2" or "file:///…"), which is uploaded.
   */
  source: string;
  /** SHA-256 in hex. Required for a URL; otherwise checked when given. */
  sha256?: string;
  /** How long fetching may take, in seconds. @default 1800 */
  timeoutSeconds?: number;
}

const schema = z
  .strictObject({
    ...wanted,
    name: guestNameArg,
    source: z
      .string()
      .regex(
        /^(\/|https?:\/\/|\.{1,2}\/|file:\/\/\/)/,
        'is "/path/on/the/host", "https://…", "./file" or "file:///path"',
      ),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "is 64 hexadecimal digits in lower case")
      .optional(),
    timeoutSeconds: z.number().positive(),
  })
  .refine(({ source, sha256 }) => sha256 !== undefined || !/^https?:/.test(source), {
    path: ["sha256"],
    message: "is required with a URL: what is fetched is checked, and stored by it",
  });

type Want = z.infer<typeof schema> & Wanted;
type Facts = { images: typeof images; fetch: ReturnType<typeof fetchOf> };

export const image = kind<Want, Facts>({
  name: "Image",
  schema,
  defaults: { timeoutSeconds: 1800 },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "Image", given.path) }),
  impact: { source: "replace", sha256: "replace", timeoutSeconds: "live" },
  facts: (want) => ({ images, fetch: fetchOf(want.name) }),
  plan: (want, { images, fetch }) => {
    const stored = fetch.content === undefined ? undefined : images[fetch.content];
    const reason = stored && imageProblem(fetch.content ?? "", images);
    if (reason !== undefined) return [refuse(reason)];
    if (stored && fetch.state !== "active") return [];
    if (fetch.state === "active" || fetch.state === "activating") return [arrival(want, fetch)];
    if (fetch.state === "failed") return steps(run("fetch the image", report(want)));
    if (!fetch.store) return steps(run("make the store of images", makeStore()));
    return [...upload(want), run("start fetching the image", start(want)), arrival(want, fetch)];
  },
  absent: (want, { fetch }) =>
    steps(
      (fetch.content !== undefined || fetch.state !== "inactive" || fetch.log !== "") &&
        run("let the image go", release(want)),
    ),
  // One that was written to is no longer that image: a refresh says so, and the next up why it cannot be had.
  actual: (_want, { images, fetch }) => (images[fetch.content ?? ""]?.modified === 0 ? {} : undefined),
  outputs: (_want, { fetch }) => ({ content: fetch.content ?? "", file: imagePath(fetch.content ?? "") }),
});

/** An image on a host, stored once by its content however many use it. */
export class Image extends Resource {
  /** SHA-256 and format: its name in the store. */
  declare readonly content: pulumi.Output<string>;
  /** Its path on the host. */
  declare readonly file: pulumi.Output<string>;
  constructor(name: string, args: Inputs<ImageArgs> & OnHost, opts?: pulumi.CustomResourceOptions) {
    super("Image", name, onHost(args), ["content", "file"], opts);
  }
}

function arrival(want: Want, fetch: Fetch): Wait {
  const otherwise = `Its last words: ${fetch.log || "none"}`;
  return { does: "wait", for: "fetching the image", seconds: want.timeoutSeconds, otherwise };
}

function paths(want: Want) {
  const own = `${imageFolder}/users/${want.name}`;
  return { own, part: `${own}.part`, log: fetchLog(want.name), script: `${own}.sh` };
}

function makeStore() {
  return sh`mkdir -p ${`${imageFolder}/users`}; chmod 711 ${stateFolder} ${imageFolder}`;
}

function upload(want: Want): Put[] {
  const local = /^\.{1,2}\//.test(want.source)
    ? want.source
    : /^file:\/\//.test(want.source)
      ? want.source.slice(7)
      : "";
  if (local === "") return [];
  return [{ does: "put", purpose: `upload ${local}`, from: local, to: paths(want).part, mode: 0o600 }];
}

/**
 * A transient unit of its own: it outlives this connection, and nobody waits for it under the host's lock, but until
 * it is there: else the next look would find nothing begun, and begin again.
 */
function start(want: Want) {
  const { script, log, own } = paths(want);
  return lines(
    sh`printf %s ${text(fetchScript(want))} >${script}`,
    sh`rm -f ${own}`,
    sh`systemd-run --quiet --unit=${fetchUnit(want.name)} /bin/sh -c ${'exec /bin/sh "$0" >"$1" 2>&1'} ${script} ${log}`,
  );
}

function fetchScript(want: Want) {
  const { own, part, script, log } = paths(want);
  return sh`
    set -eu
    trap 'rm -f "$0" '${part} EXIT
    ${obtain(want)}
    sum=$(sha256sum ${part} | cut -c1-64)
    wanted=${want.sha256 ?? ""}
    if [ -n "$wanted" ] && [ "$sum" != "$wanted" ]; then
      echo "the checksum of "${want.source}" is $sum, not $wanted"; exit 1
    fi
    format=raw
    if [ "$(head -c 4 ${part} | od -An -tx1 | tr -d ' ')" = 514649fb ]; then
      format=qcow2
      if [ "$(od -An -v -tx1 -j8 -N8 ${part} | tr -d ' ')" != 0000000000000000 ]; then
        echo "it stands on another file (it has a backing file). Flatten it with: qemu-img convert"; exit 1
      fi
    fi
    target=${imageFolder}/$sum.$format
    if [ ! -e "$target" ]; then
      chmod 444 ${part}
      touch -d @0 ${part}
      mv -n ${part} "$target"
    fi
    printf '%s\n' "$sum.$format" >${`${own}.new`}
    mv ${`${own}.new`} ${own}
    rm -f ${log} ${script}`;
}

function obtain(want: Want) {
  const { part } = paths(want);
  if (/^https?:/.test(want.source)) return sh`curl -fsSL --retry 3 --connect-timeout 20 -o ${part} -- ${want.source}`;
  if (want.source.startsWith("/")) return sh`cp --reflink=auto -- ${want.source} ${part}`;
  return sh`[ -f ${part} ]`;
}

/** Says why it failed, once, and clears the way for the next try. */
function report(want: Want) {
  const { log, part, script } = paths(want);
  return sh`
    cat ${log} >&2
    systemctl reset-failed ${fetchUnit(want.name)} 2>/dev/null || :
    rm -f ${log} ${part} ${script}
    rmdir ${`${imageFolder}/users`} ${imageFolder} 2>/dev/null || :
    exit 1`;
}

/** The file goes with its last user, unless a disk stands on it: that one still needs it. */
function release(want: Want) {
  const { own, part, log, script } = paths(want);
  return sh`
    systemctl stop ${fetchUnit(want.name)} 2>/dev/null || :
    systemctl reset-failed ${fetchUnit(want.name)} 2>/dev/null || :
    content=$(cat ${own} 2>/dev/null || :)
    rm -f ${own} ${part} ${log} ${script}
    used=no
    # The name of what an overlay stands on is in its first cluster.
    for disk in ${diskFolder}/*.qcow2; do
      if head -c 65536 "$disk" 2>/dev/null | grep -qaF "$content"; then used=yes; fi
    done
    if [ -n "$content" ] && [ $used = no ] && ! grep -qxF "$content" ${imageFolder}/users/* 2>/dev/null; then
      rm -f ${imageFolder}/"$content"
    fi
    rmdir ${`${imageFolder}/users`} ${imageFolder} ${stateFolder} 2>/dev/null || :`;
}
