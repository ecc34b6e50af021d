import type { Fact } from "../core/fact";
import { sh } from "../core/shell";
import { changeFolder, failedFolder } from "../host-state/paths";

export interface NetworkChange {
  /** Whose change is not confirmed yet. One that is and lacks its end only does not count: see finishConfirmed. */
  pending?: string;
  /** Whose changes were undone together, and the host's log of it. */
  undone?: { titles: string[]; log: string };
  /** Whether there is a systemd that would undo it. */
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
