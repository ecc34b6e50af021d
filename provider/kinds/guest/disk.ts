import { z } from "zod";
import { absent, unseen } from "../../core/actual";
import { kind, refuse, run, steps, type Wanted, wanted } from "../../core/kind";
import { isOwners } from "../../core/mark";
import { newUid, objectName } from "../../core/names";
import { ownerErrors } from "../../core/owner-errors";
import { lines, sh } from "../../core/shell";
import { guestNameArg } from "../../core/validators";
import { stateFolder } from "../../host-state/paths";
import { type Records, records } from "../../host-state/records.fact";
import { lacks } from "../host/errors";
import { machine, missingTools } from "../host/machine.fact";
import { type Disks, diskFolder, diskPath, disks, type StoredDisk } from "../image/disk-files.fact";
import { type Images, imagePath, imageProblem, images } from "../image/image-store.fact";
import { hex, largestDiskGiB, qcow2Problem } from "../image/qcow2";
import { imageUser, qemuImg, restingDiskOwner } from "../image/qemu-img";
import { guestOn, stopGuest } from "./disk-user";
import { diskErrors, diskWarnings } from "./errors";
import { type GuestState, guests, runFolder } from "./guest-state.fact";
import { monitor } from "./qemu-command";

/** Arguments of a Disk. A disk stays when a guest that uses it is deleted. */
const schema = z.strictObject({
  ...wanted,
  /**
   * Name of the disk on the host, at most 63 characters.
   * @default derived from the stack and the resource's name, plus random characters
   */
  name: guestNameArg,
  /**
   * Base image. The disk starts with the contents of the image, without a copy (a qcow2 overlay).
   * @resource Image.content
   * @default an empty disk
   */
  image: z
    .string()
    .regex(/^[0-9a-f]{64}\.(qcow2|raw)$/, "invalid image: must be the output content of an Image")
    .optional(),
  /**
   * Virtual size in GiB, at most 65536. It may grow, even while the guest runs. It cannot shrink.
   * @default the size of the image. Required without an image
   */
  sizeGiB: z.number().positive().max(largestDiskGiB, `must be at most ${largestDiskGiB}`).optional(),
});

type Want = z.infer<typeof schema> & Wanted;

interface Outputs {
  /** Path of the disk (a qcow2 file) on the host. */
  file: string;
}
const facts = { disks, images, guests, machine, records };

/**
 * A disk on a host: an overlay of an image, or an empty disk. With Pulumi's resource option `retainOnDelete`, the disk
 * remains on the host after a destroy. A new Disk with the same `name` uses it again.
 * @example
 * const image = new kvm.Image("debian", { host, source: "/srv/images/debian-13.qcow2" });
 * const disk = new kvm.Disk("web", { host, image, sizeGiB: 10 });
 */
export const disk = kind<Want, typeof facts, Outputs>({
  name: "Disk",
  schema,
  defaults: {},
  // A part of the name is random, because a replacement is created beside the old disk. The guest switches to it before
  // the old disk is deleted.
  derive: (given, known) => ({
    name: given.name ?? known.name ?? `${objectName(given.host.uid, "Disk", given.path)}-${newUid().slice(0, 4)}`,
  }),
  impact: { name: "replace", image: "replace", sizeGiB: "live" },
  forbiddenChanges: (known, want) => {
    if (known.sizeGiB === undefined || want.sizeGiB === undefined || want.sizeGiB >= known.sizeGiB) return [];
    const why = `the disk has ${known.sizeGiB} GiB and cannot shrink to ${want.sizeGiB}. The data beyond would be lost`;
    return [diskErrors.shrinks(`sizeGiB: ${why}`)];
  },
  createBeforeDelete: true,
  facts: () => facts,
  plan: (want, { disks, images, guests, machine, records }) => {
    const missing = missingTools(machine, ["qemu-img"]);
    if (missing.length > 0) return [refuse(lacks(missing, "Install it"))];
    const owner = otherOwner(want, records);
    if (owner) return [refuse(taken(want, owner))];
    const there = diskOf(want, disks);
    if (!there) return create(want, images);
    const bytes = bytesOf(want);
    if (bytes === undefined || bytes === there.bytes) return [];
    if (bytes < there.bytes)
      return [refuse(diskErrors.shrinks(`the disk has ${there.bytes} bytes and cannot shrink to ${bytes}`))];
    return steps(run("grow the disk", grow(want, bytes, there, guestOn(want.name, guests))));
  },
  absent: (want, { disks, guests, records }) => {
    if (otherOwner(want, records)) return [];
    const user = guestOn(want.name, guests);
    // The engine deletes a guest in the state before its disks. So this guest comes from an interrupted run.
    if (user && isOwners(want.host, user.description)) return stopGuest(user);
    if (user) return [refuse(diskErrors.inUse(`the guest ${user.name} uses the disk. Stop the guest first`))];
    return steps(diskOf(want, disks) && run("remove the disk", remove(want)));
  },
  retainReason: (want, { disks, records }) =>
    diskOf(want, disks)?.written && !otherOwner(want, records)
      ? diskWarnings.retained(
          `it stays on the host, because a guest has written to it. Delete ${diskPath(want.name)} when you do not need it any more`,
        )
      : undefined,
  actual: (want, { disks, records }) => {
    const there = otherOwner(want, records) ? undefined : diskOf(want, disks);
    if (!there) return absent;
    return { image: unseen, sizeGiB: want.sizeGiB === undefined ? unseen : there.bytes / 2 ** 30 };
  },
  outputs: (want) => ({ file: diskPath(want.name) }),
});

function taken({ name }: Want, owner: string) {
  return ownerErrors.otherOwner(
    `the disk ${name} exists and belongs to another stack (owner ${owner}). Choose another name`,
  );
}

function create(want: Want, images: Images) {
  const [path, bytes] = [diskPath(want.name), bytesOf(want)];
  const temporary = `${path}.new`;
  const problem = want.image === undefined ? undefined : imageProblem(want.image, images);
  if (problem) return [refuse(problem)];
  if (want.image === undefined && bytes === undefined)
    return [refuse(diskErrors.noSize("the disk needs an image, or sizeGiB for an empty disk"))];
  const base =
    want.image === undefined ? sh`` : sh`-b ${imagePath(want.image)} -F ${want.image.split(".").at(-1) ?? "raw"}`;
  return steps(
    run(
      "make the disk",
      lines(
        onlyOwnDisk(want),
        want.image !== undefined && harmless(imagePath(want.image), ""),
        sh`mkdir -p ${diskFolder}; chmod 711 ${diskFolder}; rm -f ${temporary}; ( umask 077; : >${temporary} )`,
        sh`chown ${imageUser} ${temporary}`,
        sh`${qemuImg("create", "-q", "-f", "qcow2", base, temporary)} ${bytes === undefined ? sh`` : bytes}`,
        sh`chown ${restingDiskOwner} ${temporary}; touch -d @0 ${temporary}; sync ${temporary}`,
        sh`mv -n ${temporary} ${path}`,
      ),
    ),
  );
}

/** A disk may have a name like "constructor". */
function diskOf({ name }: Want, disks: Disks): StoredDisk | undefined {
  return Object.hasOwn(disks, name) ? disks[name] : undefined;
}

/**
 * The uid of another owner of the disk. A file has no mark, so the manifests tell the owner. This owner must not take
 * another owner's disk for its own.
 */
function otherOwner({ name, host }: Want, records: Records): string | undefined {
  const manifests = Object.keys(records).map((path) => path.split("/objects/")[1]?.split("/") ?? []);
  const [uid] = manifests.find(([uid, file]) => file === `Disk.${name}.json` && uid !== host.uid) ?? [];
  return uid;
}

/**
 * Fails, under the host's lock, when another owner has recorded a disk of this name since the last look. Then it
 * removes our own record: with two records, neither owner could tell who owns the disk.
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
 * While a guest runs, QEMU holds the lock on the file, so QEMU has to grow the disk. The script that started QEMU tells
 * which drive it is: block_resize would cut another drive to this size.
 */
function grow(want: Want, bytes: number, { image }: StoredDisk, user: GuestState | undefined) {
  const base = image === undefined ? "" : imagePath(image);
  if (!user) return resize(diskPath(want.name), base, bytes);
  return sh`
    drive=$(grep -o ${`disk[0-9]*,file=${diskPath(want.name)},`} ${`${runFolder}/${user.name}/started`} | cut -d, -f1)
    ${monitor(user.name, sh`"block_resize $drive "${bytes}B`)}`;
}

/**
 * Checks the file first, because a guest may have written its header. The file belongs to qemu-img's user only during
 * the resize.
 */
function resize(path: string, base: string, bytes: number) {
  return lines(
    harmless(path, base),
    sh`
    owner=$(stat -c %u:%g ${path}) code=0
    chown ${imageUser} ${path}
    ${qemuImg("resize", "-q", "-f", "qcow2", path, bytes)} || code=$?
    chown "$owner" ${path}
    [ $code != 124 ] || echo "qemu-img did not end in time" >&2
    [ $code = 0 ]`,
  );
}

/** Fails when QEMU must not open a qcow2 file, for example because it names a file that is not its base. */
function harmless(path: string, base: string) {
  if (!path.endsWith(".qcow2")) return false;
  return lines(
    hex,
    qcow2Problem,
    sh`
    problem=$(qcow2_problem ${path} ${base})
    [ -z "$problem" ] || { echo ${path}": $problem" >&2; exit 1; }`,
  );
}

function remove(want: Want) {
  return sh`rm -f ${diskPath(want.name)} ${`${diskPath(want.name)}.new`}; rmdir ${diskFolder} ${stateFolder} 2>/dev/null || :`;
}

/** The size in bytes. QEMU rounds it up to a multiple of 512. */
function bytesOf(want: Want): number | undefined {
  return want.sizeGiB === undefined ? undefined : Math.ceil((want.sizeGiB * 2 ** 30) / 512) * 512;
}
