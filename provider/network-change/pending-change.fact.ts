import type { Fact } from "../core/fact";
import { sh } from "../core/shell";
import { changeFolder, failedFolder } from "../host-state/paths";

export interface NetworkChange {
  /**
   * The title of a change that is not confirmed yet. A confirmed change that only lacks its cleanup does not count: see
   * finishConfirmed.
   */
  pending?: string;
  /** The titles of the changes that the host rolled back together, and its log. */
  undone?: { titles: string[]; log: string };
  /** Whether the host has systemd, which runs the rollback. */
  systemd: boolean;
}

export const networkChange: Fact<NetworkChange> = {
  name: "pending network change",
  command: sh`
    if [ -d ${changeFolder} ] && [ ! -d ${changeFolder}/confirmed ]; then printf 'pending=%s\\n' "$(cat ${changeFolder}/title 2>/dev/null)"; fi
    if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then echo systemd; fi
    if [ -d ${failedFolder} ]; then
      printf 'undone=%s\\n' "$(tr '\\n' '\\t' <${failedFolder}/title 2>/dev/null)"
      tail -n 100 ${failedFolder}/log 2>/dev/null || :
    fi`,
  parse: (output) => {
    const [now = "", undone] = output.split(/^undone=/m);
    const pending = /^pending=(.*)$/m.exec(now)?.[1];
    const [titles = "", ...log] = (undone ?? "").split("\n");
    return {
      ...(pending !== undefined && { pending }),
      ...(undone !== undefined && { undone: { titles: titles.trim().split("\t"), log: log.join("\n").trim() } }),
      systemd: /^systemd$/m.test(now),
    };
  },
};
