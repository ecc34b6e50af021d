#!/bin/sh
# One throwaway hypervisor: pid 1 of a pid and mount namespace of its own, so that its end is the end of
# everything in it, mounts included. It ends when its stdin ends, which is when the run ends, however that does.
#
# Reads on stdin:    on    boot the container; it boots again by itself when it reboots
# Says on stdout:    up, rebooting, off CODE
set -u
name=$1 lower=$2 folder=$3 cgroup=$4
shift 4 # what is left goes to systemd-nspawn

# systemd in the container makes its tree below the cgroup that it finds itself in: without one of its own it
# would be the machine's. Hybrid, v1 and v2 machines differ in where that is.
enter_cgroup() {
	for hierarchy in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
		[ -e "$hierarchy/cgroup.procs" ] || continue
		mkdir -p "$hierarchy/$cgroup" && echo 0 >"$hierarchy/$cgroup/cgroup.procs" || return
	done
}

mount_root() {
	mount -t tmpfs tmpfs /run || return # nspawn keeps things there by machine name: two runs may both have a "tower"
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
}

boot() {
	code=133
	while [ $code = 133 ]; do
		echo up
		rm -rf "/run/systemd/nspawn/propagate/$name" # it does not start over the remains of its last boot
		systemd-nspawn --quiet --register=no --keep-unit --boot --machine="$name" --directory="$folder/root" \
			--capability=all --console=read-only "$@" >>"$folder/console.log" 2>&1 </dev/null
		code=$?
		[ $code != 133 ] || echo rebooting
	done
	echo "off $code"
}

enter_cgroup && mount_root || exit
while read -r command; do
	[ "$command" = on ] && boot "$@" &
done
