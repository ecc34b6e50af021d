import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type Disks, diskFolder, diskPath, disks, type StoredDisk } from "../facts/disks";
import { type GuestState, guests, guestUser, runFolder } from "../facts/guests";
import { type Images, imagePath, imageProblem, images } from "../facts/images";
import { machine, missingTools } from "../facts/machine";
import { type Records, records, stateFolder } from "../facts/records";
import { monitor } from "../guest/command";
import { guestOn, stopGuest } from "../guest/on-disk";
import { kind, refuse, run, steps, type Wanted, wanted } from "../kind";
import { newUid, objectName } from "../names";
import { isOwners } from "../ownership";
import { type Inputs, type OnHost, onHost, Resource } from "../resource";
import { guestNameArg } from "../schema";
import { lines, sh } from "../shell";
import type { Image } from "./image";

/** What a disk should be: it outlives any guest that it is plugged into, and goes only with its own resource. */
export interface DiskArgs {
  /** Its name on the host, at most 63 characters. @default made from the stack's and the resource's name */
  name?: string;
  /** The image that it starts as a copy of, without copying (an overlay). @default empty */
  image?: Image;
  /** Virtual size. It may grow, also while its guest runs; shrinking is refused. @default the image's */
  sizeGiB?: number;
}

const schema = z.strictObject({
  ...wanted,
  name: guestNameArg,
  image: z.string().optional(),
  sizeGiB: z.number().positive().optional(),
});

type Want = z.infer<typeof schema> & Wanted;
const facts = { disks, images, guests, machine, records };

export const disk = kind<Want, typeof facts>({
  name: "Disk",
  schema,
  defaults: {},
  // A part of the name is random: a replacement is made beside the old disk, and the guest changes over before it goes.
  derive: (given, known) => ({
    name: given.name ?? known.name ?? `${objectName(given.host.uid, "Disk", given.path)}-${newUid().slice(0, 4)}`,
  }),
  impact: { name: "replace", image: "replace", sizeGiB: "live" },
  forbid: (known, want) => {
    if (known.sizeGiB === undefined || want.sizeGiB === undefined || want.sizeGiB >= known.sizeGiB) return [];
    return [
      `sizeGiB: the disk has ${known.sizeGiB} GiB and cannot shrink to ${want.sizeGiB}; what is beyond would be lost`,
    ];
  },
  createBeforeDelete: true,
  facts: () => facts,
  plan: (want, { disks, images, guests, machine, records }) => {
    const missing = missingTools(machine, ["qemu-img"]);
    if (missing.length > 0) return [refuse(`the host lacks ${missing.join(", ")}`)];
    const owner = otherOwner(want, records);
    if (owner) return [refuse(`disk ${want.name} belongs to another stack (owner ${owner}). Choose another name`)];
    const there = diskOf(want, disks);
    if (!there) return create(want, images);
    const bytes = bytesOf(want);
    if (bytes === undefined || bytes === there.bytes) return [];
    if (bytes < there.bytes) return [refuse(`it has ${there.bytes} bytes already and cannot shrink`)];
    return steps(run("grow the disk", grow(want, bytes, guestOn(want.name, guests))));
  },
  absent: (want, { disks, guests, records }) => {
    if (otherOwner(want, records)) return [];
    const user = guestOn(want.name, guests);
    // A guest that the state knows goes before its disks: this one is what an interrupted run left.
    if (user && isOwners(want.host, user.description)) return stopGuest(user);
    if (user) return [refuse(`guest ${user.name} is running on it. Stop it first`)];
    return steps(diskOf(want, disks) && run("remove the disk", remove(want)));
  },
  keeps: (want, { disks, records }) =>
    diskOf(want, disks)?.written && !otherOwner(want, records)
      ? `a guest has written to it. Remove ${diskPath(want.name)} when you need it no more`
      : undefined,
  actual: (want, { disks, records }) => {
    const there = otherOwner(want, records) ? undefined : diskOf(want, disks);
    return there && { ...(want.sizeGiB !== undefined && { sizeGiB: there.bytes / 2 ** 30 }) };
  },
  outputs: (want) => ({ file: diskPath(want.name) }),
});

/**
 * A disk on a host: an overlay of an image, or empty. With `retainOnDelete` it stays on the host when all else goes,
 * and a Disk of its name takes it up again.
 */
export class Disk extends Resource {
  declare readonly name: pulumi.Output<string>;
  /** Its path on the host. */
  declare readonly file: pulumi.Output<string>;
  constructor(
    name: string,
    args: Inputs<Omit<DiskArgs, "image">> & { image?: Image } & OnHost,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const { image, ...rest } = args;
    const props = { ...onHost(rest), ...(image && { image: image.content }) };
    super("Disk", name, props, ["name", "file"], { deleteBeforeReplace: false, ...opts });
  }
}

function create(want: Want, images: Images) {
  const [path, bytes] = [diskPath(want.name), bytesOf(want)];
  const reason = want.image === undefined ? undefined : imageProblem(want.image, images);
  if (reason !== undefined) return [refuse(reason)];
  if (want.image === undefined && bytes === undefined)
    return [refuse("it needs an image, or sizeGiB for an empty disk")];
  const base =
    want.image === undefined ? sh`` : sh`-b ${imagePath(want.image)} -F ${want.image.split(".").at(-1) ?? "raw"}`;
  return steps(
    run(
      "make the disk",
      lines(
        onlyOwnDisk(want),
        sh`mkdir -p ${diskFolder}; chmod 711 ${diskFolder}; rm -f ${`${path}.new`}`,
        sh`qemu-img create -q -f qcow2 ${base} ${`${path}.new`} ${bytes === undefined ? sh`` : bytes}`,
        sh`chown ${guestUser} ${`${path}.new`}; chmod 600 ${`${path}.new`}; touch -d @0 ${`${path}.new`}`,
        sh`mv -n ${`${path}.new`} ${path}`,
      ),
    ),
  );
}

/** Names like "constructor" are names of disks too. */
function diskOf({ name }: Want, disks: Disks): StoredDisk | undefined {
  return Object.hasOwn(disks, name) ? disks[name] : undefined;
}

/** A file has no mark: whose it is stands in the manifests. Nothing of another owner's may be seen as this one's. */
function otherOwner({ name, host }: Want, records: Records): string | undefined {
  const manifests = Object.keys(records).map((path) => path.split("/objects/")[1]?.split("/") ?? []);
  const [uid] = manifests.find(([uid, file]) => file === `Disk.${name}.json` && uid !== host.uid) ?? [];
  return uid;
}

/**
 * Fails under the host's lock when another owner recorded a disk of this name since the host was looked at. The own
 * record goes: with two records neither owner could tell whose the disk is.
 */
function onlyOwnDisk({ name, host }: Want) {
  const own = `${stateFolder}/objects/${host.uid}/Disk.${name}.json`;
  return sh`
    for record in ${`${stateFolder}/objects`}/*/${`Disk.${name}.json`}; do
      if [ -e "$record" ] && [ "$record" != ${own} ]; then
        rm -f ${own}
        echo ${`disk ${name} belongs to another stack. Choose another name`} >&2
        exit 1
      fi
    done`;
}

/**
 * While a guest runs, QEMU holds the lock on the file, and is asked to grow it. Which of its drives that is stands in
 * the script that it was started by: another one would be cut to this size.
 */
function grow(want: Want, bytes: number, user: GuestState | undefined) {
  if (!user) return sh`qemu-img resize -q -f qcow2 ${diskPath(want.name)} ${bytes}`;
  return sh`
    drive=$(grep -o ${`disk[0-9]*,file=${diskPath(want.name)},`} ${`${runFolder}/${user.name}/started`} | cut -d, -f1)
    ${monitor(user.name, sh`"block_resize $drive "${bytes}B`)}`;
}

function remove(want: Want) {
  return sh`rm -f ${diskPath(want.name)}; rmdir ${diskFolder} ${stateFolder} 2>/dev/null || :`;
}

/** QEMU rounds up to 512 bytes. */
function bytesOf(want: Want): number | undefined {
  return want.sizeGiB === undefined ? undefined : Math.ceil((want.sizeGiB * 2 ** 30) / 512) * 512;
}
