// Stored on hosts: a text in this file. Read docs/adr/043 before you change it.

import { sh } from "../../core/shell";

/**
 * Size limit in bytes for each of the two files of the console log, and for what we read of each. A full file replaces
 * the older one.
 */
export const consoleBytes = 262_144;

/**
 * Shell functions that read a guest's console log safely, whatever the guest wrote there. An older release kept the log
 * in one file of any size, in a folder where the guest's user could write.
 */
export const readConsole = sh`
  console_file() { # FILE: its beginning and its end
    [ -f "$1" ] && [ ! -L "$1" ] || return 0
    if [ "$(stat -c %s "$1")" -le ${consoleBytes} ]; then timeout 5 head -c ${consoleBytes} "$1" || :; return; fi
    timeout 5 head -c ${consoleBytes / 2} "$1" || :
    echo
    timeout 5 tail -c ${consoleBytes / 2} "$1" || :
  }
  console_of() { # FOLDER
    console_file "$1/log/console.old"
    console_file "$1/log/console"
  }
  host_keys() { # the lines in which cloud-init prints them
    sed -n '/BEGIN SSH HOST KEY KEYS/,/END SSH HOST KEY KEYS/p' | cut -c1-1200 | head -n 32
  }
  keys_in() { # such lines
    sed -n \
      -e 's/^.*\\(ssh-[a-z0-9]* AAAA[A-Za-z0-9+/=]*\\)[[:space:]].*$/key=\\1/p' \
      -e 's/^.*\\(ecdsa-[a-z0-9-]* AAAA[A-Za-z0-9+/=]*\\)[[:space:]].*$/key=\\1/p' | head -n 16
  }`;
