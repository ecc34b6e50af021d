import { z } from "zod";
import { absent, unseen } from "../../core/actual";
import { kind, type Put, refuse, run, steps, type Wait, type Wanted, wanted } from "../../core/kind";
import { objectName } from "../../core/names";
import { sh } from "../../core/shell";
import { complain, secondsArg, urlProblem } from "../../core/validators";
import { stateFolder } from "../../host-state/paths";
import { diskFolder } from "./disk-files.fact";
import { imageErrors } from "./errors";
import { paths, start } from "./fetch";
import { type Fetch, fetchOf, fetchUnit, imageFolder, imagePath, imageProblem, images } from "./image-store.fact";

/** Arguments of an Image: a file that disks use as their base. */
const schema = z
  .strictObject({
    ...wanted,
    /**
     * Source of the image: a path on the host ("/srv/debian.qcow2"), a URL that the host downloads ("https://…", with
     * `sha256`), or a local file that the provider uploads ("./debian.qcow2" or "file:///…"). The format must be qcow2 or
     * raw. If the file is compressed (xz, gzip, zstd, bzip2), or a tar archive with one file, the host unpacks it, up to
     * 64 GiB. The provider refuses a qcow2 file that needs another file, such as a backing file.
     */
    source: z
      .string()
      .regex(
        /^(\/|https?:\/\/|\.{1,2}\/|file:\/\/\/)/,
        'invalid source: must be "/path/on/the/host", "https://…", "./file" or "file:///path"',
      )
      .check((ctx) => {
        const problem = /^https?:/.test(ctx.value) && urlProblem(ctx.value);
        if (problem) complain(ctx, problem);
      }),
    /**
     * SHA-256 of the source file in hex. For a compressed file, it is the checksum of the compressed file. Required for a
     * URL, optional for other sources.
     */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "invalid SHA-256: must be 64 hexadecimal digits in lower case")
      .optional(),
    /** Time limit for the fetch, in seconds. */
    timeoutSeconds: secondsArg,
  })
  .refine(({ source, sha256 }) => sha256 !== undefined || !/^https?:/.test(source), {
    path: ["sha256"],
    message: "is required with a URL, to check the download",
  });

type Want = z.infer<typeof schema> & Wanted;

interface Outputs {
  /** Name of the image in the store: its SHA-256 and format, `<SHA-256>.qcow2` or `<SHA-256>.raw`. */
  content: string;
  /** Path of the image on the host. */
  file: string;
}
type Facts = { images: typeof images; fetch: ReturnType<typeof fetchOf> };

/**
 * A disk image on a host. Images with the same content share one file on the host.
 * @example
 * const image = new kvm.Image("debian", { host, source: "/srv/images/debian-13.qcow2" });
 */
export const image = kind<Want, Facts, Outputs>({
  name: "Image",
  schema,
  defaults: { timeoutSeconds: 1800 },
  derive: (given, known) => ({ name: known.name ?? objectName(given.host.uid, "Image", given.path) }),
  impact: { source: "replace", sha256: "replace", timeoutSeconds: "live" },
  localFiles: ({ source }) => ({ source: localFile(source) }),
  facts: (want) => ({ images, fetch: fetchOf(want.name) }),
  plan: (want, { images, fetch }) => {
    const stored = fetch.content === undefined ? undefined : images[fetch.content];
    const problem = stored && imageProblem(fetch.content ?? "", images);
    if (problem) return [refuse(problem)];
    if (stored && fetch.state !== "active") return [];
    if (fetch.state === "active" || fetch.state === "activating") return [arrival(want, fetch)];
    if (fetch.state === "failed") return steps(run("fetch the image", report(want), imageErrors.notFetched));
    if (!fetch.store) return steps(run("make the store of images", makeStore()));
    return [...upload(want), run("start fetching the image", start(want)), arrival(want, fetch)];
  },
  absent: (want, { fetch }) =>
    steps(
      (fetch.content !== undefined || fetch.state !== "inactive" || fetch.log !== "") &&
        run("let the image go", release(want)),
    ),
  // An image that was written to is no longer that image. A refresh reports it as absent, and the next update reports
  // why it cannot be used.
  actual: (_want, { images, fetch }) => {
    if (images[fetch.content ?? ""]?.modified !== 0) return absent;
    return { source: unseen, sha256: unseen, timeoutSeconds: unseen };
  },
  outputs: (_want, { fetch }) => ({ content: fetch.content ?? "", file: imagePath(fetch.content ?? "") }),
});

/** Seconds that we wait longer than the host. The host ends the fetch at the time limit, and knows the reason. */
const grace = 15;

function arrival(want: Want, fetch: Fetch): Wait {
  const otherwise = `Last output: ${fetch.log || "none"}`;
  return {
    does: "wait",
    for: "fetching the image",
    looksAt: ["images", "fetch"],
    seconds: want.timeoutSeconds + grace,
    failure: imageErrors.late,
    otherwise,
  };
}

function makeStore() {
  return sh`mkdir -p ${`${imageFolder}/users`}; chmod 711 ${stateFolder} ${imageFolder}; chmod 700 ${`${imageFolder}/users`}`;
}

/** The path on the machine that runs Pulumi. Undefined when the image comes from elsewhere. */
function localFile(source: string): string | undefined {
  if (/^\.{1,2}\//.test(source)) return source;
  return source.startsWith("file://") ? source.slice("file://".length) : undefined;
}

function upload(want: Want): Put[] {
  const local = localFile(want.source);
  if (local === undefined) return [];
  return [{ does: "put", purpose: `upload ${local}`, from: local, to: paths(want).part, mode: 0o600 }];
}

/** Prints why the fetch failed, and removes its files, so that the next run can try again. */
function report(want: Want) {
  const { log, part, unpacked, script } = paths(want);
  return sh`
    tail -c 4096 ${log} >&2
    if [ "$(systemctl show ${fetchUnit(want.name)} -p Result --value)" = timeout ]; then
      echo ${`it took longer than ${want.timeoutSeconds} s. Give it more by timeoutSeconds`} >&2
    fi
    systemctl reset-failed ${fetchUnit(want.name)} 2>/dev/null || :
    rm -f ${[log, part, unpacked, script]}
    rmdir ${`${imageFolder}/users`} ${imageFolder} 2>/dev/null || :
    exit 1`;
}

/**
 * The last user removes the file, unless a disk has it as its base. Our own entry among the users goes last, because it
 * shows a later run that something is left.
 */
function release(want: Want) {
  const { own, part, unpacked, log, script } = paths(want);
  return sh`
    systemctl stop ${fetchUnit(want.name)} 2>/dev/null || :
    systemctl reset-failed ${fetchUnit(want.name)} 2>/dev/null || :
    content=$(cat ${own} 2>/dev/null || :)
    rm -f ${[part, unpacked, log, script]}
    used=no
    # The name of what an overlay stands on is in its first cluster.
    for disk in ${diskFolder}/*.qcow2; do
      if head -c 65536 "$disk" 2>/dev/null | grep -qaF "$content"; then used=yes; fi
    done
    # A name with a dot is that of an upload or of a download that is under way.
    for user in ${imageFolder}/users/*; do
      [ "$user" != ${own} ] || continue
      case "\${user##*/}" in *.*) ;; *) ! grep -qxF "$content" "$user" 2>/dev/null || used=yes ;; esac
    done
    if [ -n "$content" ] && [ $used = no ]; then
      rm -f ${imageFolder}/"$content"
    fi
    rm -f ${own}
    rmdir ${`${imageFolder}/users`} ${imageFolder} ${stateFolder} 2>/dev/null || :`;
}
